/** What comes out of running a trace again, on the simulated server or on a real one. */
export type ReplayResult =
  /** Every step did what the trace says. `notes` are sentences on what could not be compared. */
  | { readonly kind: "reproduced"; readonly steps: number; readonly notes: readonly string[] }
  /** The first step that did something else; step 0 is the world before the first step. */
  | { readonly kind: "differs"; readonly step: number; readonly expected: string; readonly actual: string }
  /** A server that cannot be made to take this step at this place. */
  | { readonly kind: "cannot-force"; readonly step: number; readonly why: string };
