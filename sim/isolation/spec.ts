/**
 * A test in PostgreSQL's isolation-test notation, as data: sessions with steps, and the orders in which to run them.
 *
 *     setup       { CREATE TABLE t (a int); }
 *     teardown    { DROP TABLE t; }
 *     session s1
 *     setup       { BEGIN; }
 *     step w1     { UPDATE t SET a = 1; }
 *     step c1     { COMMIT; }
 *     session s2
 *     step w2     { UPDATE t SET a = 2; }
 *     permutation w1 w2(c1) c1
 *
 * Source: PostgreSQL, `src/test/isolation/README`.
 */

/** SQL that a session sends as one message, by name. */
export interface SpecStep {
  readonly name: string;
  readonly sql: string;
  /** The index of the step's session. */
  readonly session: number;
}

export interface SpecSession {
  readonly name: string;
  readonly setup: string | null;
  readonly steps: readonly SpecStep[];
  readonly teardown: string | null;
}

/** A condition on when a step of a permutation may be reported as completed. */
export type Marker =
  /** `(*)`: it is reported as waiting once, whether it waits or not. */
  | { readonly kind: "once" }
  /** `(other)`: not while the other step is active. */
  | { readonly kind: "after"; readonly step: SpecStep }
  /** `(other notices 2)`: not before the other step's session has sent this many notices since this step was sent. */
  | { readonly kind: "notices"; readonly step: SpecStep; readonly count: number };

export interface PermutationStep {
  readonly step: SpecStep;
  readonly markers: readonly Marker[];
}

export type Permutation = readonly PermutationStep[];

export interface Spec {
  /** Each is sent as a message of its own, before every permutation. */
  readonly setups: readonly string[];
  readonly teardown: string | null;
  readonly sessions: readonly SpecSession[];
  /** Empty where all interleavings are to be run. */
  readonly permutations: readonly Permutation[];
}
