/**
 * What may go wrong besides the order of steps: the kinds of faults, and how many of each the environment has to spend.
 *
 *     { crash: 1, stall: 2 }      in one run at most one client crashes, and at most twice a lease's time passes in one stroke
 *
 * What each does to the world is told in sim/system/faulty-server.ts.
 */
export type FaultKind = "crash" | "disconnect" | "lost-commit" | "lock-timeout" | "stall" | "skew" | "pooler";

export type FaultBudget = Readonly<Partial<Record<FaultKind, number | undefined>>>;

/** Each kind in one line, in the order in which they are listed. */
export const FAULTS: Readonly<Record<FaultKind, string>> = {
  crash: "a client dies and starts again with an empty memory",
  disconnect: "a client's connection is lost; its memory is kept",
  "lost-commit": "the connection is lost during COMMIT, which may have been done or not",
  "lock-timeout": "a statement that waits for a lock gives up (55P03)",
  stall: "time passes while nobody does anything, up to a deadline that is stored, or past it",
  skew: "a client's clock goes ahead, or behind, by more than a lease's time",
  pooler: "a transaction pooler gives two clients each other's server connection",
};

/** How long a lease lasts, and how far a stall or a skew moves a clock: a little longer. */
export const LEASE_SECONDS = 30;
export const STALL_SECONDS = 31;
