/** The coverage of a check: as the line that `check` prints, and as the object under `coverage` of its JSON. */
import type { Coverage, Machines } from "../../sim/explore/coverage.ts";
import { countText, type ScaledCount } from "../../sim/explore/scaled-count.ts";
import type { Instance } from "../../sim/system/from-scenario.ts";
import { count, counted } from "./terminal.ts";

/** What the clients of an instance are, for the coverage of their machine. */
export function machinesOf({ protocol, buffers }: Instance): Machines {
  return { protocol, buffers: Array.from({ length: buffers }, (_, at) => at + 1) };
}

/** `coverage: 9 of 14 machine transitions, 31 of 40 pairs of steps in both orders, 1.20e+9 interleavings of 14 steps`. */
export function coverageLine({ transitions, pairs, interleavings, states, complete }: Coverage): string {
  const parts = [
    `${pairs.bothOrders} of ${counted(pairs.seen, "pair")} of steps in both orders`,
    `${scaledText(interleavings.count)} interleavings${lengthOf(interleavings)}`,
  ];
  if (transitions !== null) {
    const all = transitions.taken.length + transitions.never.length;
    parts.unshift(`${transitions.taken.length} of ${counted(all, "machine transition")}`);
  }
  return `coverage: ${parts.join(", ")}${complete ? "" : ` (from the first ${count(states)} states)`}`;
}

/** `2,057,949`, or where a double cannot hold it exactly `3.95e+18`. */
export function scaledText(scaled: ScaledCount): string {
  const text = countText(scaled);
  return /^\d+$/.test(text) ? count(Number(text)) : text;
}

function lengthOf({ steps, all }: Coverage["interleavings"]): string {
  return all ? ", which are all there are" : ` of ${counted(steps, "step")}`;
}

/** Everything that the coverage knows, with the count of interleavings as a text, since it may outgrow a number. */
export function coverageJson({ interleavings, ...coverage }: Coverage): Record<string, unknown> {
  const { steps, count: interleaved, all } = interleavings;
  return { ...coverage, interleavings: { steps, count: countText(interleaved), all } };
}
