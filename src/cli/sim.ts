/**
 * `lockstep sim`: the tour. The incident's race found, the fixes proved, the counterexample run on a real PostgreSQL.
 *
 * It ends with 0 when everything came out as it should: the broken protocol violated and reproduced, the right ones hold.
 */
import type { Command } from "commander";
import { race001 } from "../../model/scenarios/race-001.ts";
import { NO_BOUNDS } from "../../sim/explore/bounds.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { type Instance, protocolOf } from "../../sim/system/from-scenario.ts";
import { renderText } from "../../sim/trace/text.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { replayOnPostgres } from "../postgres/replay.ts";
import { type OpenServer, openServer, serverPlace, serverText } from "../postgres/server.ts";
import { interruptedStatus, interruptible } from "../process-exit.ts";
import { databaseUrlOption, givenServer, type ServerChoice } from "./database-url.ts";
import { EXIT } from "./exit-status.ts";
import { type TimedCheck, timedCheck } from "./exploring.ts";
import { integerFrom } from "./instance-options.ts";
import { probeFolder } from "./out-folder.ts";
import { replayLines, replayStatus } from "./replaying.ts";
import { checkFilesIn, DEFAULT_OUT, replayCommand, reportJson, verdictLine, writeCheckFiles } from "./report.ts";
import { errorJson, paint, print, printJson, textWidth, warnUnwritten } from "./terminal.ts";
import type { TraceFiles } from "./trace-files.ts";

/** The incident's protocol and the two ways to mend it; all others of the scenario are for `check`. */
const TOUR = ["check-then-act", "atomic-update", "select-for-update"].map((name) => protocolOf(race001, name));

interface SimOptions extends ServerChoice {
  readonly clients: number;
  readonly out: string;
  readonly json?: boolean;
}

/** Adds the command to the program; `finish` takes the exit status. */
export function addSim(program: Command, finish: (status: number) => void): void {
  program
    .command("sim")
    .summary("the tour: race-001 found, its fixes proved, the race run on a real PostgreSQL")
    .description(
      "The tour: finds the incident's race, proves the fixes in every interleaving, and makes the race happen on a real PostgreSQL.",
    )
    .option("--clients <n>", "how many clients compete", integerFrom(2, 6), 2)
    .option("--out <folder>", "where the trace is written", DEFAULT_OUT)
    .addOption(databaseUrlOption())
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExit status: 0 everything came out as it should, 1 something did not, 3 no real server could be had, 130 interrupted.",
    )
    .action(async (options: SimOptions) => finish(await runSim(options)));
}

async function runSim(options: SimOptions): Promise<number> {
  probeFolder(options.out);
  await loadGrammar();
  const say = options.json === true ? () => {} : print;
  const real = new RealServer(givenServer(options));
  try {
    return await interruptible(async (signal) => {
      const tour = await explorations(options, signal, say);
      if (signal.aborted || tour.broken === null) return interruptedStatus() ?? EXIT.violated;
      const replay = await onRealServer(tour.broken.trace, real, say);
      if (signal.aborted) return interruptedStatus() ?? EXIT.interrupted;
      say("");
      say(`step through it:  ${tour.broken.files.html}`);
      say(`the trace:        ${tour.broken.files.json}`);
      say(`run it again:     ${replayCommand(tour.broken.files.json, "postgres")}`);
      if (options.json === true) printJson({ scenario: race001.name, checks: tour.reports, replay: replay.json });
      return tour.asExpected ? replay.status : EXIT.violated;
    });
  } finally {
    await real.close();
  }
}

interface Tour {
  readonly broken: { readonly trace: Trace; readonly files: TraceFiles } | null;
  readonly asExpected: boolean;
  readonly reports: readonly Record<string, unknown>[];
}

async function explorations(options: SimOptions, signal: AbortSignal, say: (line: string) => void): Promise<Tour> {
  let broken: Tour["broken"] = null;
  let asExpected = true;
  const reports: Record<string, unknown>[] = [];
  say(paint.bold("RACE-001: under load, two users owned one buffer of a collaborative editor."));
  say(
    `${options.clients} clients acquire and release one buffer; every interleaving is explored on a simulated PostgreSQL.\n`,
  );
  for (const protocol of TOUR) {
    const instance: Instance = {
      scenario: race001,
      protocol,
      clients: options.clients,
      buffers: 1,
      isolation: "read committed",
      granularity: "fine",
    };
    const { check, seconds }: TimedCheck = await timedCheck(instance, NO_BOUNDS, signal);
    say(`${paint.bold(protocol.name)}: ${protocol.sentence}`);
    say(`  ${verdictLine(check, seconds)}`);
    const expected = protocol.broken ? "violated" : "holds";
    if (check.exploration.verdict !== expected) asExpected = false;
    const files = checkFilesIn(options.out, check, []);
    if (check.trace !== null && files.trace !== null) {
      if (protocol.broken) broken = { trace: check.trace, files: files.trace };
      say("");
      say(renderText(check.trace, { width: textWidth(), color: paint }));
    }
    say("");
    const error = await writeCheckFiles(check, files);
    if (error !== null) warnUnwritten(error);
    reports.push({ ...reportJson(check, seconds, error === null ? files : null), ...(error && errorJson(error)) });
    if (signal.aborted) break;
  }
  return { broken, asExpected, reports };
}

/** The server that the tour ends on: it starts while the explorations run. */
class RealServer {
  readonly #opening: Promise<OpenServer | Error>;

  constructor(databaseUrl: string | undefined) {
    this.#opening = openServer(databaseUrl === undefined ? {} : { databaseUrl }).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
  }

  /** The server, or why there is none. */
  open(): Promise<OpenServer | Error> {
    return this.#opening;
  }

  async close(): Promise<void> {
    const server = await this.#opening;
    if (!(server instanceof Error)) await server.close();
  }
}

async function onRealServer(
  trace: Trace,
  real: RealServer,
  say: (line: string) => void,
): Promise<{ status: number; json: Record<string, unknown> }> {
  const server = await real.open();
  const where = server instanceof Error ? "a real PostgreSQL" : serverText(server);
  say(paint.bold(`The same schedule, statement by statement, on ${where}`));
  if (server instanceof Error) {
    say(`  ${paint.yellow("not run")}: ${server.message}`);
    if (server instanceof UsageError) say(`  ${server.hint}`);
    return { status: EXIT.inconclusive, json: { kind: "not-run", why: server.message } };
  }
  const result = await replayOnPostgres(trace, server);
  for (const line of replayLines(result, `PostgreSQL ${server.version}`)) say(`  ${line}`);
  return {
    status: replayStatus(result),
    json: { on: "postgres", server: `PostgreSQL ${server.version}`, where: serverPlace(server), ...result },
  };
}
