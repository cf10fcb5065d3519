/** What an exploration has found: the verdict, what it rests on, and the way to what broke. */
import type { Violation } from "../system/explorable-system.ts";
import type { Choice } from "../system/system.ts";
import type { Stop } from "./bounds.ts";
import type { OrbitGraph } from "./orbit-graph.ts";

/** What may be left out of a search without changing its verdict. */
export type Reduction = "symmetry" | "partial-order";

/** In which order states are expanded: as they were met, or those first that were met last. */
export type SearchOrder = "breadth-first" | "depth-first";

/** How a search is to be made. */
export interface How {
  readonly reductions?: readonly Reduction[];
  readonly search?: SearchOrder;
}

export interface Exploration {
  readonly verdict: "holds" | "violated" | "inconclusive";
  /** What was violated, or null. */
  readonly violation: Violation | null;
  /** The shortest way to the violation (but see `depthFirst`); null where there is none to show. */
  readonly schedule: readonly Choice[] | null;
  /**
   * For a violated liveness property: how many steps of the schedule come before those that repeat for ever. Where it is the whole
   * schedule, nobody can move at its end. Null for all others.
   */
  readonly stem: number | null;
  /** True when every reachable state was seen. */
  readonly exhaustive: boolean;
  readonly distinctStates: number;
  readonly transitions: number;
  /**
   * The longest distance from the initial state that was reached; of the states of an orbit that of the nearest. Depth first, the longest
   * path that was followed.
   */
  readonly depth: number;
  /**
   * The states that the distinct ones stand for: the sizes of their orbits added up. Null where a partial order left
   * some out, where they are more than a number can say exactly, and where interchangeable rows do not come into each order of themselves.
   */
  readonly fullStates: number | null;
  readonly reductions: readonly Reduction[];
  /** Whether interchangeable rows were exchanged as well, or why not; null where symmetry was not used or no rows are interchangeable. */
  readonly rows: "exchanged" | { readonly notExchanged: string } | null;
  /** Why it ended before its end, or null. */
  readonly stop: Stop | null;
  /** Why nothing is said by it that nothing broke (vacuity.ts), as sentences; empty where something is. */
  readonly vacuous: readonly string[];
  /** Where each `sometimes` property was first witnessed, as a depth; null where it was not. */
  readonly witnesses: Readonly<Record<string, number | null>>;
  /** The shortest way to each error that a client was answered with, by SQLSTATE in the order in which they were met. */
  readonly failures: Readonly<Record<string, readonly Choice[]>>;
  /** How much was computed once and shared, and the memory of the states. */
  readonly size: { readonly databases: number; readonly localSteps: number; readonly bytes: number };
  /** The steps between orbits, where the search went by them; null where it did not, and where a partial order left some out. */
  readonly orbits: OrbitGraph | null;
  /** True where every state was visited, but the steps out of them were computed once for each of the orbits (unfold.ts). */
  readonly unfolded: boolean;
  /** Where the search was depth first: whether its schedule is known to be a shortest one. Null where it was breadth first. */
  readonly depthFirst: { readonly isShortest: boolean } | null;
}
