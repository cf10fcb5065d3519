/** Which orders of steps a test runs. */
import type { Permutation, Spec, SpecStep } from "./spec.ts";

/**
 * The permutations that a test names, or every interleaving of its sessions' steps where it names none: those in which
 * the first session moves first come first.
 */
export function* permutationsOf(spec: Spec): Generator<Permutation> {
  if (spec.permutations.length > 0) {
    yield* spec.permutations;
    return;
  }
  for (const steps of interleavings(spec.sessions.map((session) => session.steps))) {
    yield steps.map((step) => ({ step, markers: [] }));
  }
}

function* interleavings(left: readonly (readonly SpecStep[])[]): Generator<readonly SpecStep[]> {
  if (left.every((steps) => steps.length === 0)) {
    yield [];
    return;
  }
  for (const [session, [first, ...others]] of left.entries()) {
    if (first === undefined) continue;
    for (const rest of interleavings(left.with(session, others))) yield [first, ...rest];
  }
}

/** The names of the steps that no permutation uses, in order of their characters. */
export function unusedSteps(spec: Spec): readonly string[] {
  if (spec.permutations.length === 0) return [];
  const used = new Set(spec.permutations.flatMap((permutation) => permutation.map(({ step }) => step.name)));
  const names = spec.sessions.flatMap((session) => session.steps.map((step) => step.name));
  return names.filter((name) => !used.has(name)).sort();
}
