/** Buffer ownership on PostgreSQL: strategies, the pool that runs them, their errors, and the migrations. */
export { type Acquisition, BufferLocks } from "./buffer-locks.ts";
export {
  BufferError,
  type BufferErrorKind,
  BufferNotFound,
  Contended,
  DatabaseUnavailable,
  NotOwner,
  SchemaMissing,
  TransactionLeftOpen,
  UnexpectedDatabaseError,
} from "./errors.ts";
export { type MigrateOptions, migrate } from "./migrate.ts";
export { recordedOwner, releaseBuffer } from "./release.ts";
export type { Session, SessionResult } from "./session.ts";
export { atomicUpdate } from "./strategies/atomic-update.ts";
export { brokenCheckThenAct } from "./strategies/broken-check-then-act.ts";
export { selectForUpdate } from "./strategies/select-for-update.ts";
export type { Attempt, Strategy } from "./strategy.ts";
