/**
 * `lockstep sim`: the tour. The incident's race found, the fixes proved, the counterexample run on a real PostgreSQL.
 *
 * It ends with 0 when everything came out as it should: the broken protocol violated and reproduced, the right ones hold.
 */
import type { Command } from "commander";
import { race001 } from "../../model/scenarios/race-001.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";
import type { Instance } from "../../sim/system/from-scenario.ts";
import { renderText } from "../../sim/trace/text.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { interruptible, interruptedStatus } from "../process-exit.ts";
import { type TimedCheck, timedCheck } from "./exploring.ts";
import { EXIT } from "./exit-status.ts";
import { integerFrom } from "./instance-options.ts";
import { replayLines, replayOnReal } from "./replaying.ts";
import { DEFAULT_OUT, replayCommand, reportJson, type TraceFiles, verdictLine, writeTraceFiles } from "./report.ts";
import { paint, print, printJson, textWidth } from "./terminal.ts";

interface SimOptions {
  readonly clients: number;
  readonly out: string;
  readonly databaseUrl?: string;
  readonly json?: boolean;
}
