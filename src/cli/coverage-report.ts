/** The coverage of a check: as the line that `check` prints, and as the object under `coverage` of its JSON. */
import type { Coverage } from "../../sim/explore/coverage.ts";
import type { Machines, TransitionsTaken } from "../../sim/explore/machine-graph.ts";
import { countText, type ScaledCount } from "../../sim/explore/scaled-count.ts";
import type { Instance } from "../../sim/system/from-scenario.ts";
import { count, counted } from "./terminal.ts";

/** What the clients of an instance are, for the coverage of their machine. */
export function machinesOf({ protocol, buffers }: Instance): Machines {
  return { protocol, buffers: Array.from({ length: buffers }, (_, at) => at + 1) };
}

/** What a check has covered. */
export interface Covered {
  readonly transitions: TransitionsTaken;
  /** What is told by the states; null where they were not kept, or a reduction has left some out. */
  readonly orders: Coverage | null;
}

/** So many of the errors of a walk are shown. */
const THREW_SHOWN = 3;

/** The line of the coverage, and one for each function of the protocol that threw on a reply that the search need not have met. */
export function coverageLines(covered: Covered): readonly string[] {
  const threw = covered.transitions.threw
    .slice(0, THREW_SHOWN)
    .map((message) => `coverage: on the protocol's own \`replies\` ${message}`);
  return [coverageLine(covered), ...threw];
}

/** `coverage: 9 of 14 machine transitions, 31 of 40 pairs of steps in both orders, 1.20e+9 interleavings of 14 steps`. */
function coverageLine({ transitions: { taken, never }, orders }: Covered): string {
  const transitions = `${taken.length} of ${counted(taken.length + never.length, "machine transition")}`;
  return `coverage: ${transitions}${orders === null ? "" : `, ${ordersText(orders)}`}`;
}

function ordersText({ pairs, interleavings, states, complete }: Coverage): string {
  const parts = [
    `${pairs.bothOrders} of ${counted(pairs.seen, "pair")} of steps in both orders`,
    `${scaledText(interleavings.count)} interleavings${lengthOf(interleavings)}`,
  ];
  return `${parts.join(", ")}${complete ? "" : ` (from the first ${count(states)} states)`}`;
}

/** `2,057,949`, or where a double cannot hold it exactly `3.95e+18`. */
export function scaledText(scaled: ScaledCount): string {
  const text = countText(scaled);
  return /^\d+$/.test(text) ? count(Number(text)) : text;
}

function lengthOf({ steps, all }: Coverage["interleavings"]): string {
  return all ? ", which are all there are" : ` of ${counted(steps, "step")}`;
}

/** Everything that is known of the coverage, with the count of interleavings as a text, since it may outgrow a number. */
export function coverageJson({ transitions, orders }: Covered): Record<string, unknown> {
  if (orders === null) return { states: null, complete: false, transitions, pairs: null, interleavings: null };
  const { states, complete, pairs, interleavings } = orders;
  const { steps, count: interleaved, all } = interleavings;
  return { states, complete, transitions, pairs, interleavings: { steps, count: countText(interleaved), all } };
}
