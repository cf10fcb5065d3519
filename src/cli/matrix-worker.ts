/** A process of `lockstep matrix`: judges the cells that it is sent, one after the other, and writes their traces. */
import { setImmediate } from "node:timers/promises";
import type { FaultBudget } from "../../model/fault.ts";
import { type Cell, type CellName, judgeCell } from "../../sim/explore/matrix.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";
import type { Microseconds } from "../../sim/postgres/server.ts";
import { protocolOf } from "../../sim/system/from-scenario.ts";
import type { Granularity } from "../../sim/system/system.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { EXIT } from "./exit-status.ts";
import { findScenario } from "./find-scenario.ts";
import { guestFault } from "./guest.ts";
import { traceFilesIn, writeTraceFiles } from "./trace-files.ts";

/** A cell that is to be judged, and how. */
export interface CellTask extends CellName {
  readonly clients: number;
  /** Null for as many as the scenario has by itself. */
  readonly buffers: number | null;
  readonly granularity: Granularity;
  /** What may go wrong; null for the faults that the scenario has by itself. */
  readonly faults: FaultBudget | null;
  /** When it begins; null for when the scenario says. */
  readonly now: Microseconds | null;
  readonly statesMax: number;
  /** The folder for its trace; null where none is wanted. */
  readonly out: string | null;
}

/** What the process sends back: the cell, or what the person who typed the SQL has to know. */
export type CellAnswer =
  | { readonly kind: "cell"; readonly cell: Cell }
  | { readonly kind: "usage"; readonly code: string; readonly message: string; readonly hint: string };

async function judge(task: CellTask): Promise<Cell> {
  await loadGrammar();
  const scenario = await findScenario(task.scenario);
  const { clients, granularity, isolation } = task;
  const buffers = task.buffers ?? scenario.defaults.buffers;
  const protocol = protocolOf(scenario, task.protocol);
  const { cell, trace } = await judgeCell(
    {
      scenario,
      protocol,
      clients,
      buffers,
      isolation,
      granularity,
      ...(task.faults && { faults: task.faults }),
      ...(task.now === null ? {} : { now: task.now }),
    },
    task.statesMax,
    // A command that is gone must not leave a process behind that goes on: others run in between.
    { pause: () => setImmediate() },
  );
  const files = task.out === null || trace === null ? null : traceFilesIn(task.out, trace);
  if (files !== null && trace !== null) await writeTraceFiles(trace, files);
  return { scenario: task.scenario, protocol: task.protocol, isolation, ...cell, trace: files?.html ?? null };
}

async function answer(task: CellTask): Promise<CellAnswer> {
  try {
    const cell = await judge(task);
    const fault = guestFault();
    if (fault !== null) throw fault;
    return { kind: "cell", cell };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { kind: "usage", code: error.code, message: error.message, hint: error.hint };
  }
}

// Ctrl-C reaches every process of a terminal's group. The command is the one to answer it, and ends this process.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit());
process.on("message", (task: CellTask) => {
  void answer(task).then(
    (found) => process.send?.(found),
    (error: unknown) => {
      // The command waits for an answer: a process that ends is one.
      console.error(error);
      process.exit(EXIT.internal);
    },
  );
});
