/** Runs a trace again, on the simulated server or on a real one, and says in words how it ended. */
import type { Scenario } from "../../model/scenario.ts";
import { scenarioNamed } from "../../model/scenarios/index.ts";
import { NO_BOUNDS } from "../../sim/explore/bounds.ts";
import { openSystem } from "../../sim/explore/oracles.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { parseStart } from "../../sim/start-time.ts";
import { type Instance, protocolOf } from "../../sim/system/from-scenario.ts";
import { claimsDifference, setupDifference } from "../../sim/trace/claims.ts";
import { replaySimulated } from "../../sim/trace/compare.ts";
import type { ReplayResult } from "../../sim/trace/replay-result.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { replayOnPostgres } from "../postgres/replay.ts";
import { openServer, type ServerOptions, type ServerPlace, serverPlace, serverText } from "../postgres/server.ts";
import { EXIT } from "./exit-status.ts";
import { counted, paint } from "./terminal.ts";

/** Runs the trace on the simulated server; its scenario and protocol are looked up by their names. */
export async function replayOnSimulated(trace: Trace): Promise<ReplayResult> {
  await loadGrammar();
  const { parameters } = trace;
  const scenario = scenarioNamed(parameters.scenario);
  if (scenario === null) {
    throw new UsageError(
      "unknown-scenario",
      `the trace is of the scenario "${parameters.scenario}", which is not known here`,
      "Traces of a scenario in a file of your own can be replayed with --on postgres.",
    );
  }
  const instance: Instance = {
    scenario,
    protocol: protocolOf(scenario, parameters.protocol),
    clients: parameters.clients.length,
    buffers: parameters.buffers,
    isolation: parameters.isolation,
    granularity: parameters.granularity,
    faults: parameters.faults ?? {},
    sends: trace.steps.flatMap(({ sent }) => (sent === null ? [] : [sent])),
    ...(parameters.now === undefined ? {} : { now: parseStart(parameters.now, "the trace's start") }),
    ...(parameters.property === undefined ? {} : { property: parameters.property }),
    ...(parameters.oracle === undefined ? {} : { oracle: parameters.oracle }),
    ...livenessOf(trace, scenario),
  };
  const setup = setupDifference(trace, instance);
  if (setup !== null) return setup;
  const { system } = await openSystem(instance, NO_BOUNDS);
  const result = await replaySimulated(system, trace);
  return (result.kind === "reproduced" ? await claimsDifference(system, trace, instance) : null) ?? result;
}

/** The claim about whole runs that a trace without end says is broken, where the scenario has it. */
function livenessOf({ repeatsFrom, verdict }: Trace, { liveness = [] }: Scenario): Pick<Instance, "liveness"> {
  if (repeatsFrom === undefined || verdict.kind !== "violated") return {};
  const claim = liveness.find(({ name }) => name === verdict.property);
  return claim === undefined ? {} : { liveness: claim };
}

interface RealReplay extends ServerOptions {
  readonly say: (line: string) => void;
}

/** Runs the trace on a real server, the user's or one that is started for it and removed afterwards, and says first which. */
export async function replayOnReal(
  trace: Trace,
  { say, ...options }: RealReplay,
): Promise<ReplayResult & { server: string; where: ServerPlace }> {
  const server = await openServer(options);
  try {
    say(`${counted(trace.setup.length, "statement")} of set-up and ${counted(trace.steps.length, "step")}, run on`);
    say(`  ${serverText(server)}`);
    const result = await replayOnPostgres(trace, server);
    return { ...result, server: `PostgreSQL ${server.version}`, where: serverPlace(server) };
  } finally {
    await server.close();
  }
}

/** How a replay ended, in lines for people. */
export function replayLines(result: ReplayResult, where: string): readonly string[] {
  switch (result.kind) {
    case "reproduced":
      return [
        `${paint.green("reproduced")} on ${where}: all ${result.steps} steps did what the trace says`,
        ...result.notes.map((note) => `  ${note}`),
      ];
    case "differs":
      return [
        `${paint.red(`differs at step ${result.step}`)} on ${where}`,
        `  the trace says:  ${result.expected}`,
        `  ${where} did:  ${result.actual}`,
      ];
    case "cannot-force":
      return [`${paint.yellow(`cannot be forced at step ${result.step}`)} on ${where}: ${result.why}`];
  }
}

/** The exit status of a replay. */
export function replayStatus(result: ReplayResult): number {
  switch (result.kind) {
    case "reproduced":
      return EXIT.ok;
    case "differs":
      return EXIT.violated;
    case "cannot-force":
      return EXIT.inconclusive;
  }
}
