/** `lockstep show`: a trace file as text, Mermaid, JSON or a page, or exported for other tools. */
import { type Command, Option } from "commander";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { parseStart } from "../../sim/start-time.ts";
import { type Instance, protocolOf, systemOf } from "../../sim/system/from-scenario.ts";
import { setupOf } from "../../sim/system/set-up.ts";
import { aloneTrace } from "../../sim/trace/alone.ts";
import { notForced } from "../../sim/trace/forcing.ts";
import { renderIsolationSpec } from "../../sim/trace/isolation-spec.ts";
import { renderItf } from "../../sim/trace/itf.ts";
import { renderMermaid } from "../../sim/trace/mermaid.ts";
import { renderPerfetto } from "../../sim/trace/perfetto.ts";
import { readTrace, writeTrace } from "../../sim/trace/read.ts";
import { type OtherCode, renderRegressionTest } from "../../sim/trace/regression-test.ts";
import { renderText } from "../../sim/trace/text.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { renderHtml } from "../page/html.ts";
import { EXIT } from "./exit-status.ts";
import { readText, writeWhole } from "./files.ts";
import { findScenario } from "./find-scenario.ts";
import { paint, print, textWidth } from "./terminal.ts";

const FORMATS = ["text", "mermaid", "json", "html", "spec", "test", "itf", "perfetto"] as const;
type Format = (typeof FORMATS)[number];

interface ShowOptions {
  readonly format: Format;
  readonly with?: string;
  readonly out?: string;
}

/** Adds the command to the program; `finish` takes the exit status. */
export function addShow(program: Command, finish: (status: number) => void): void {
  program
    .command("show")
    .summary("print a trace: text, mermaid, json, html, spec, test, itf or perfetto")
    .argument("<trace>", "a trace file that check, simulate or sim wrote; - reads standard input")
    .addOption(new Option("--format <format>", "how it is shown").choices(FORMATS).default("text"))
    .option("--with <protocol>", "with --format test: the code of this protocol of the same scenario")
    .option("--out <file>", "write it to a file instead of standard output")
    .addHelpText(
      "after",
      "\nspec:     a test for PostgreSQL's isolationtester and for lockstep isolation; refused where a step cannot be forced.\n" +
        "test:     a vitest file that runs the schedule on the server of DATABASE_URL; fails until its code is mended.\n" +
        "itf:      the states of the run in Apalache's Informal Trace Format.\n" +
        "perfetto: the run on a time line, a step a millisecond, for ui.perfetto.dev.",
    )
    .action(async (path: string, options: ShowOptions) => {
      const trace = readTrace(readText(path), path);
      const text = await rendered(trace, options).catch((error: unknown) => withTwin(trace, error));
      if (options.out === undefined) print(text.replace(/\n$/, ""));
      else writeWhole(options.out, text.endsWith("\n") ? text : `${text}\n`);
      finish(EXIT.ok);
    });
}

async function rendered(trace: Trace, options: ShowOptions): Promise<string> {
  if (options.with !== undefined && options.format !== "test") {
    throw new UsageError(
      "option-without-use",
      `--with is of no use to --format ${options.format}`,
      "Give --format test.",
    );
  }
  const toTerminal = options.out === undefined;
  switch (options.format) {
    case "text":
      return renderText(trace, toTerminal ? { width: textWidth(), color: paint } : { width: 100, color: null });
    case "mermaid":
      return renderMermaid(trace);
    case "json":
      return writeTrace(trace);
    case "html":
      return renderHtml(trace);
    case "spec":
      return renderIsolationSpec(trace);
    case "test":
      return renderRegressionTest(trace, options.with === undefined ? null : await otherCode(trace, options.with));
    case "itf":
      return renderItf(trace);
    case "perfetto":
      return renderPerfetto(trace);
  }
}

/** How another protocol does for each client what its user asked of it in the trace, nobody else being there. */
async function otherCode({ parameters, steps }: Trace, name: string): Promise<OtherCode> {
  const scenario = await findScenario(parameters.scenario);
  const { buffers, isolation } = parameters;
  const instance: Instance = {
    scenario,
    protocol: protocolOf(scenario, name),
    clients: parameters.clients.length,
    buffers,
    isolation,
    granularity: "coarse",
    ...(parameters.now === undefined ? {} : { now: parseStart(parameters.now, "the trace's start") }),
  };
  await loadGrammar();
  const system = systemOf(instance);
  const about = { parameters: { ...parameters, protocol: name }, setup: setupOf(instance) };
  const runs: Record<string, Trace> = {};
  for (const client of parameters.clients) {
    const wishes = steps.filter((step) => step.client === client).map(({ action }) => action);
    runs[client] = await aloneTrace(system, client, wishes, about);
  }
  return { protocol: name, runs };
}

/** An export that fails for a move inside a statement names the protocol that does the same statement by statement. */
async function withTwin({ parameters, steps }: Trace, error: unknown): Promise<never> {
  if (!(error instanceof UsageError) || !["not-a-spec", "not-a-test"].includes(error.code)) throw error;
  if (notForced(steps) === null) throw error;
  const scenario = await findScenario(parameters.scenario).catch(() => null);
  const twin = scenario?.protocols.find(({ name }) => name === parameters.protocol)?.spelledOut;
  if (twin === undefined) throw error;
  const command = `npm run -s check -- ${parameters.scenario} --protocol ${twin} --granularity coarse`;
  throw new UsageError(
    error.code,
    error.message,
    `${twin} does the same in one transaction, statement by statement, and its trace can be exported: ${command}`,
  );
}
