/** Asks each claim about whole runs of the kept graph, and answers the first that is broken, with its lasso as choices' codes. */
import type { ExplorableSystem, Violation } from "../system/explorable-system.ts";
import type { Claim } from "../system/liveness-facts.ts";
import type { StateId } from "../system/system.ts";
import { UsageError } from "../usage-error.ts";
import { inUserCode } from "../user-code.ts";
import type { KeptGraph } from "./graph.ts";
import { type Fairness, findLasso } from "./liveness.ts";

export interface BrokenClaim {
  readonly violation: Violation;
  readonly stem: readonly number[];
  /** Repeats for ever; empty where nobody can move. */
  readonly loop: readonly number[];
}

/** The first claim, in the order of the system, that a fair run breaks; null when none does. */
export function brokenClaim(
  system: ExplorableSystem,
  graph: KeptGraph,
  stateAt: (place: number) => StateId,
  fairness: Fairness = "weak",
): BrokenClaim | null {
  for (const [at, claim] of system.claims.entries()) {
    const facts = new Uint8Array(graph.size);
    for (let place = 0; place < graph.size; place++) facts[place] = system.facts(stateAt(place))[at] as number;
    const lasso = findLasso(graph, { facts, fromStart: claim.property.kind === "eventually", fairness });
    if (lasso === null) continue;
    const codes = (steps: readonly number[]): readonly number[] => steps.map((step) => graph.code(step));
    return { violation: violationOf(system, claim), stem: codes(lasso.stem), loop: codes(lasso.loop) };
  }
  return null;
}

/**
 * A reduction keeps what is true of states. Of runs it does not: with symmetry a loop may return to the state with two clients
 * exchanged, which is another one, and what is left out of a state's steps may be the step that fairness asks for.
 */
export function refuseReductions({ claims }: ExplorableSystem, reductions: readonly string[]): void {
  const claim = claims[0];
  if (claim === undefined || reductions.length === 0) return;
  throw new UsageError(
    "reduction-loses-liveness",
    `${claim.property.name} is about runs without end, which ${reductions.join(" and ")} would not keep as they are`,
    "Leave the reduction out (--reductions none), or leave out --liveness.",
  );
}

function violationOf(system: ExplorableSystem, { property, client }: Claim): Violation {
  const message = inUserCode(`violation of the liveness property ${property.name}`, () =>
    property.violation(system.clients[client] ?? ""),
  );
  return { property: property.name, sentence: property.sentence, message };
}
