/**
 * The door of the simulator: the world in which a claim of `model/` is checked. Pure and deterministic: no input or
 * output, no clock, no chance but from a seed, so it runs unchanged in a browser.
 *
 * Life of a step:
 *
 *  1. An explorer holds a state: the number of a row `| database | alice's node | bob's node | …` (`system/`).
 *  2. For each client it asks which steps are enabled. They depend on the database and that client's node only, so they
 *     are looked up in a table (`system/local-steps.ts`); what follows happens once for each entry of it.
 *  3. The client's process offers requests in its node (`process/`): a statement to send, or a local step.
 *  4. The simulated server takes the statement as far as it goes (`postgres/`): it ends, waits for somebody, stops at a
 *     point where others may step in, or has finished and awaits its commit.
 *  5. When the statement has ended, its reply moves the process to its next node, in the same step.
 *  6. The new database is interned by the canonical texts of its parts, the new state by its row: equal
 *     states are equal numbers.
 *  7. The properties judge what can be seen of the state: beliefs, waits, committed rows. Once for each visible state.
 *  8. A state that is new joins the queue, with the state and the choice that led to it (`explore/exhaustive.ts`).
 *  9. Where a property breaks, the choices that led there are a schedule: names, no numbers.
 * 10. The schedule is run again with everything recorded: that is the trace, from which text, diagram, page and replay
 *     are made (`trace/`).
 */
export { type AnyNumberCheck, checkAnyNumber } from "./explore/any-number.ts";
export { type Bounds, NO_BOUNDS, type ProgressReport, type Stop, type Watch } from "./explore/bounds.ts";
export { type Check, check, parametersOf } from "./explore/check.ts";
export { type Coverage, coverageOf } from "./explore/coverage.ts";
export { exploreDepthFirst } from "./explore/depth-first.ts";
export { explore } from "./explore/exhaustive.ts";
export type { Exploration, How, Reduction, SearchOrder } from "./explore/exploration.ts";
export { type Hunt, hunt, type ScheduleStrategy, type StrategyOptions, strategyOf } from "./explore/hunt.ts";
export { type Opened, openSystem } from "./explore/oracles.ts";
export { type RandomSchedule, randomSchedule } from "./explore/random.ts";
export { type Shrunk, shrink } from "./explore/shrink.ts";
export { createServer, loadGrammar } from "./postgres/index.ts";
export type {
  Database,
  Server,
  ServerMove,
  ServerOptions,
  ServerOutcome,
  ServerProgress,
  SessionId,
  SessionStatus,
} from "./postgres/server.ts";
export {
  type Code,
  type CodeProcessOptions,
  type CodeSession,
  codeProcess,
  type QueryConfig,
  type QueryResult,
} from "./process/code-process.ts";
export { machineProcess } from "./process/machine-process.ts";
export type { Node, Process, Request } from "./process/process.ts";
export { buildSystem, type SystemParts } from "./system/build.ts";
export type { MetError } from "./system/evidence.ts";
export type { Expansion, ExplorableSystem, Judgement, Violation } from "./system/explorable-system.ts";
export { type FaultyServer, faultyServer } from "./system/faulty-server.ts";
export { type Instance, livenessNamed, type Oracle, protocolOf, systemOf } from "./system/from-scenario.ts";
export { setupOf } from "./system/set-up.ts";
export type { Choice, Granularity, Progress, StateId, System, Taken } from "./system/system.ts";
export { replaySimulated } from "./trace/compare.ts";
export { renderMermaid } from "./trace/mermaid.ts";
export { readTrace, writeTrace } from "./trace/read.ts";
export { recordTrace } from "./trace/record.ts";
export type { ReplayResult } from "./trace/replay-result.ts";
export { renderText } from "./trace/text.ts";
export type { Race, Trace, TraceParameters, TraceStep } from "./trace/trace.ts";
export { UsageError } from "./usage-error.ts";
