/** `lockstep stress`: a protocol's clients on a real server at once, by chance, with its properties checked meanwhile. */
import { randomInt } from "node:crypto";
import type { Command } from "commander";
import type { ServerOptions } from "../../sim/postgres/server.ts";
import type { Instance } from "../../sim/system/from-scenario.ts";
import { openServer, type ServerPlace, serverPlace, serverText } from "../postgres/server.ts";
import { type StressResult, stress } from "../postgres/stress.ts";
import { interruptible } from "../process-exit.ts";
import { allowAnySqlOption, databaseUrlOption, givenServer, SERVER_HELP, type ServerChoice } from "./database-url.ts";
import { EXIT } from "./exit-status.ts";
import { instanceOf, integerFrom, isolationOption } from "./instance-options.ts";
import { checkOnce, checkSqlToRun, sqlOfSetup } from "./sql-to-run.ts";
import { count, counted, ProgressLine, paint, print, printJson } from "./terminal.ts";

interface StressCommandOptions extends ServerChoice {
  readonly protocol?: string;
  readonly clients: number;
  readonly buffers?: number;
  readonly isolation: ServerOptions["isolation"];
  readonly attempts: number;
  readonly seed?: number;
  readonly pauseMs: number;
  readonly json?: boolean;
}

const SEED_MAX = 2 ** 31 - 1;

/** Adds the command to the program; `finish` takes the exit status. */
export function addStress(program: Command, finish: (status: number) => void): void {
  program
    .command("stress")
    .summary("run a protocol's clients on a real PostgreSQL at once, and look for what breaks")
    .description(
      "Runs the machines of a protocol on real connections at once, with pauses by chance, until every client has had its wishes or a\n" +
        "property breaks. Nothing that broke is no proof: check says what holds, this says that the real server does not object.",
    )
    .argument("<scenario>", "the name of a scenario, or a module of your own that exports one")
    .option("--protocol <name>", "what the clients do (default: the scenario's own)")
    .option("--clients <n>", "how many clients there are", integerFrom(1, 100), 4)
    .option("--buffers <n>", "how many buffers there are (default: the scenario's own)", integerFrom(1, 1000))
    .addOption(isolationOption())
    .option("--attempts <n>", "how many wishes each client has", integerFrom(1, 1_000_000), 100)
    .option("--seed <n>", "draws the wishes and the pauses (default: by chance)", integerFrom(0, SEED_MAX))
    .option("--pause-ms <n>", "the longest pause before a statement", integerFrom(0, 10_000), 5)
    .addOption(databaseUrlOption())
    .addOption(allowAnySqlOption())
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      SERVER_HELP +
        "\n\nExit status: 0 nothing broke, 1 violated, 2 wrong input, 3 nobody ever came to own, so nothing was shown, 130 interrupted.",
    )
    .action(async (name: string, options: StressCommandOptions) => finish(await runStress(name, options)));
}

async function runStress(name: string, options: StressCommandOptions): Promise<number> {
  const instance = await instanceOf(name, { ...options, granularity: "coarse" });
  const databaseUrl = givenServer(options);
  const allowAnySql = options.allowAnySql === true;
  const functions = allowAnySql ? null : await checkSqlToRun(sqlOfSetup(instance));
  const seed = options.seed ?? randomInt(SEED_MAX);
  let where: ServerPlace | null = null;
  const result = await interruptible(async (signal) => {
    const server = await openServer({ databaseUrl, allowAnySql });
    where = serverPlace(server);
    if (options.json !== true) printHead(instance, serverText(server), seed);
    const line = new ProgressLine("stress");
    const started = performance.now();
    try {
      return await stress(instance, server, {
        attempts: options.attempts,
        seed,
        pauseMsMax: options.pauseMs,
        check:
          functions === null ? () => {} : checkOnce(`${instance.scenario.name}, ${instance.protocol.name}`, functions),
        signal,
        onAttempt: (attempts) => {
          const seconds = (performance.now() - started) / 1000;
          line.reportRuns(attempts, options.attempts * instance.clients, seconds);
        },
      });
    } finally {
      line.clear();
      await server.close();
    }
  });
  const { scenario, protocol, clients, buffers, isolation } = instance;
  if (options.json === true) {
    const about = { scenario: scenario.name, protocol: protocol.name, clients, buffers, isolation, seed, where };
    printJson({ ...about, ...result });
  } else {
    for (const text of resultLines(result)) print(text);
  }
  return STATUS[result.kind];
}

function printHead({ scenario, protocol, clients, isolation }: Instance, where: string, seed: number): void {
  print(`${paint.bold(protocol.name)}: ${protocol.sentence}`);
  print(`  ${scenario.name}, ${clients} clients, ${isolation}, seed ${seed}`);
  print(`  on ${where}`);
}

const STATUS: Readonly<Record<StressResult["kind"], number>> = {
  survived: EXIT.ok,
  violated: EXIT.violated,
  unseen: EXIT.inconclusive,
  stuck: EXIT.inconclusive,
  interrupted: EXIT.interrupted,
};

function resultLines({
  kind,
  broken,
  unseen,
  stuck,
  vacuous,
  attempts,
  statements,
  looks,
  errors,
  lately,
  seconds,
}: StressResult) {
  const errorText = Object.entries(errors).map(([sqlstate, times]) => `${sqlstate} ${count(times)} times`);
  const done =
    `${counted(attempts, "wish").replace(/wishs$/, "wishes")}, ${counted(statements, "statement")}, ${counted(looks, "look")} at beliefs and rows` +
    `${errorText.length === 0 ? "" : `, errors ${errorText.join(", ")}`} (${seconds.toFixed(1)} s)`;
  switch (kind) {
    case "survived":
      return [`  ${paint.green("survived")}: nothing broke in ${done}; that proves nothing, check does`];
    case "unseen":
      return [`  ${paint.yellow("nothing was shown")}: ${unseenText({ unseen, vacuous })}, in ${done}`];
    case "stuck":
      return [`  ${paint.yellow("inconclusive")}: a statement had no answer for a minute, after ${done}`, `  ${stuck}`];
    case "interrupted":
      return [`  ${paint.yellow("interrupted")}: nothing broke in ${done}`];
    case "violated":
      return [
        `  ${paint.red("violated")}: ${broken?.property}, after ${done}`,
        "",
        paint.red(broken?.message ?? ""),
        "",
        "What was answered last:",
        ...lately.map((text) => `  ${text}`),
      ];
  }
}

function unseenText({ unseen, vacuous }: Pick<StressResult, "unseen" | "vacuous">): string {
  const never = unseen.length > 0 ? [`never seen was ${unseen.join(", ")}`] : [];
  return [...never, ...vacuous.map((why) => `vacuous: ${why}`)].join("; ");
}
