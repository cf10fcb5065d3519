/**
 * The searches as the library gives them: with a clock, which the simulator has not, so that bounds on time and memory work by themselves; and
 * with the grammar loaded, where that is needed. What the caller brings of `Watch` goes before.
 */
import { setImmediate } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import {
  type AnyNumberCheck,
  type Bounds,
  type Check,
  checkAnyNumber as checkAnyNumberIn,
  check as checkIn,
  type ExplorableSystem,
  type Exploration,
  exploreDepthFirst as exploreDepthFirstIn,
  explore as exploreIn,
  type How,
  type Instance,
  loadGrammar,
  NO_BOUNDS,
  type Reduction,
  type Watch,
} from "../sim/index.ts";
import { startingNow } from "./starting-now.ts";

/** The world around a search in this process: its clock, others' turns, and the memory that is taken. */
export const PROCESS_WATCH: Required<Pick<Watch, "now" | "pause" | "memory">> = {
  now: () => performance.now(),
  pause: () => setImmediate(),
  memory: () => {
    const { used_heap_size: heapBytes, heap_size_limit: heapBytesMax } = getHeapStatistics();
    return { bytes: process.memoryUsage.rss(), heapBytes, heapBytesMax };
  },
};

/** Bounds of which only some are given: the others are not there. */
export type SomeBounds = Partial<Bounds>;

/** Explores the instance and records its counterexample. */
export async function check(
  instance: Instance,
  bounds: SomeBounds = {},
  watch: Watch = {},
  how: How = {},
): Promise<Check> {
  await loadGrammar();
  return checkIn(startingNow(instance), { ...NO_BOUNDS, ...bounds }, { ...PROCESS_WATCH, ...watch }, how);
}

/** Checks the instance with every number of clients; its own number is not looked at. */
export async function checkAnyNumber(
  instance: Instance,
  bounds: SomeBounds = {},
  watch: Watch = {},
): Promise<AnyNumberCheck> {
  await loadGrammar();
  return checkAnyNumberIn(startingNow(instance), { ...NO_BOUNDS, ...bounds }, { ...PROCESS_WATCH, ...watch });
}

/** Explores `system` from its initial state until a property breaks, everything was seen, or a bound is reached. */
export function explore(
  system: ExplorableSystem,
  bounds: SomeBounds = {},
  watch: Watch = {},
  reductions: readonly Reduction[] = [],
): Promise<Exploration> {
  return exploreIn(system, { ...NO_BOUNDS, ...bounds }, { ...PROCESS_WATCH, ...watch }, reductions);
}

/** As `explore`, the states that were met last first: where memory is short. */
export function exploreDepthFirst(
  system: ExplorableSystem,
  bounds: SomeBounds = {},
  watch: Watch = {},
  reductions: readonly Reduction[] = [],
): Promise<Exploration> {
  return exploreDepthFirstIn(system, { ...NO_BOUNDS, ...bounds }, { ...PROCESS_WATCH, ...watch }, reductions);
}
