/**
 * Writes a counterexample as a vitest file that fails on the broken code and passes on the code that is put in its place.
 *
 *     the code      one async function, or one a client where they differ: the part that a developer replaces
 *     the schedule  whose turn it is: alice, bob, alice, bob
 *     the claim     at most one client owns a thing, or no statement ends in a deadlock
 *     the frame     `regression-frame.ts`: connections, turns, waits
 *
 * A turn lets a client send one statement. Who has ended or waits for a lock is passed over, so one schedule drives the
 * broken code into its race and any other code through the same order of turns. The code is that of the trace's clients, or
 * of clients that run another protocol alone (`alone.ts`).
 *
 * Refused: properties other than mutual-exclusion and no-deadlock, runs without end, faults, moves inside a statement, between
 * its end and its autocommit or before a woken client's, several woken at once, statements that fail.
 */
import type { UsageError } from "../usage-error.ts";
import { clientCode, takesTurn } from "./client-code.ts";
import { notExported, notRunnable } from "./exporting.ts";
import { regressionFrame } from "./regression-frame.ts";
import type { Trace } from "./trace.ts";
import { listed } from "./wording.ts";
import { visible } from "./wrap.ts";

/** What is asserted at the end, in plain words. */
const CLAIMS: Readonly<Record<string, readonly string[]>> = {
  "mutual-exclusion": [
    "  expect(twoOwners).toEqual([]);",
    "  // Otherwise code that does nothing would pass.",
    '  expect(everOwned, "somebody gets to own").toBe(true);',
  ],
  "no-deadlock": [
    '  expect(clients.filter(({ error }) => error?.code === "40P01").map(({ name }) => name)).toEqual([]);',
  ],
};

/** Another protocol's code: a run of each client alone. */
export interface OtherCode {
  readonly protocol: string;
  readonly runs: Readonly<Record<string, Trace>>;
}

/** The counterexample as the text of a test; one that cannot be written so is a `UsageError` that says why. */
export function renderRegressionTest(trace: Trace, other: OtherCode | null = null): string {
  const { verdict, parameters } = trace;
  if (verdict.kind !== "violated") throw refused("nothing breaks in it, so no code would fail");
  const claim = CLAIMS[verdict.property];
  if (claim === undefined) {
    throw refused(`${verdict.property} breaks in it, and only ${listed(Object.keys(CLAIMS))} can be asserted`);
  }
  refuseSteps(trace);
  const turns = trace.steps.filter(takesTurn);
  const clients = parameters.clients.filter((name) => turns.some(({ client }) => client === name));
  const run = (client: string): Trace => other?.runs[client] ?? trace;
  for (const client of clients) refuseFailures(run(client), client);
  const bodies = clients.map((client) => clientCode(run(client), client));
  const { functions, byClient } = functionsOf(clients, bodies, nameOf(turns[0]?.action ?? ""));
  const first = clients[0];
  const head = [
    "/**",
    ...[
      `${parameters.scenario}, ${parameters.protocol}, ${parameters.isolation}: ${verdict.message}.`,
      ...trace.races.slice(0, 1).map(({ sentence }) => sentence),
      ...(other === null ? [] : [`The code below is that of ${other.protocol}.`]),
      "Run it with vitest; DATABASE_URL names the server. All tables are in a schema of its own, which is dropped.",
    ].map((text) => ` * ${visible(text).replaceAll("*/", "* /")}`),
    " */",
  ];
  const text = regressionFrame({
    head: head.join("\n"),
    functions,
    code: byClient,
    schedule: turns.map(({ client }) => client),
    setup: first === undefined ? trace.setup : run(first).setup,
    isolation: parameters.isolation,
    sentence: verdict.sentence,
    claim: claim.join("\n"),
  });
  return text.includes("isDeepStrictEqual(") ? text : text.replace(/^import \{ isDeepStrictEqual \}.*\n/m, "");
}

function refuseSteps(trace: Trace): void {
  if (trace.repeatsFrom !== undefined) throw refused("its last steps repeat for ever, and a test ends");
  const why = notRunnable(trace);
  if (why !== null) throw refused(why);
  const real = trace.steps.filter(({ statement }) => statement !== null);
  for (const [at, { n, client, action, progress }] of real.entries()) {
    const next = real[at + 1];
    if (action === "deadlock") throw refused(`the server chooses who fails in the deadlock of step ${n}`);
    if (next !== undefined && progress.kind === "finished" && next.client !== client) {
      throw refused(
        `in step ${next.n} ${next.client} moves between the end of ${client}'s statement and its autocommit`,
      );
    }
  }
}

function refuseFailures({ steps }: Trace, client: string): void {
  for (const { n, client: who, progress } of steps) {
    if (who !== client || progress.kind !== "replied" || progress.reply.kind !== "failed") continue;
    throw refused(`${client}'s statement fails in step ${n}, and the code after an error is not written`);
  }
}

function refused(why: string): UsageError {
  return notExported("test", why);
}

interface Functions {
  readonly functions: string;
  readonly byClient: string;
}

/** One function where all clients do the same, else one each. */
function functionsOf(clients: readonly string[], bodies: readonly (readonly string[])[], verb: string): Functions {
  const isOne = bodies.every((body) => body.join("\n") === bodies[0]?.join("\n"));
  const names = clients.map((_, at) => (isOne ? verb : `${verb}${at + 1}`));
  const written = isOne ? bodies.slice(0, 1) : bodies;
  return {
    functions: written
      .map((body, at) =>
        [
          `async function ${names[at] ?? verb}(client: Client): Promise<void> {`,
          ...body.map((line) => `  ${line}`),
          "}",
        ].join("\n"),
      )
      .join("\n\n"),
    byClient: clients.map((client, at) => `[${JSON.stringify(client)}, ${names[at] ?? verb}]`).join(", "),
  };
}

/** The user's wish in the trace as a function's name: `acquire 1` is `acquire`. */
function nameOf(action: string): string {
  const word = /^[a-z]+/i.exec(action)?.[0] ?? "";
  return word === "" || word === "next" ? "work" : word;
}
