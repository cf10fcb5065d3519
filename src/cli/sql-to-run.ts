/**
 * What SQL a command is about to run on a real server, with the place of each text, and the check that comes before there is a server.
 *
 * A trace and a test may be somebody else's, and what they hold is run. What the simulated server models is harmless in a database of one's
 * own; anything else is refused here by its place, unless it was asked for.
 */
import type { Spec } from "../../sim/isolation/spec.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { checkModelled, functionsMadeBy } from "../../sim/postgres/modelled.ts";
import type { Instance } from "../../sim/system/from-scenario.ts";
import { setupOf } from "../../sim/system/set-up.ts";
import { pathText, placeOf } from "../../sim/trace/json-text.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { UsageError } from "../../sim/usage-error.ts";

export interface SqlText {
  readonly sql: string;
  /** Where it stands, for messages. */
  readonly place: () => string;
}

/** Refuses the first text that is not modelled, with its place; returns the functions that the texts make. */
export async function checkSqlToRun(texts: readonly SqlText[]): Promise<ReadonlySet<string>> {
  await loadGrammar();
  const functions = new Set(texts.flatMap((text) => inPlace(text, () => [...functionsMadeBy(text.sql)])));
  for (const text of texts) inPlace(text, () => checkModelled(text.sql, functions));
  return functions;
}

function inPlace<T>({ place }: SqlText, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(
      error.code,
      `${place()}: ${error.message}`,
      "SQL of your own that is meant to be run all the same is let through by --allow-any-sql (see --help).",
    );
  }
}

/** The SQL of a trace: what it sends before the first step and in each. `text` is the file's, for places. */
export function sqlOfTrace({ setup, steps }: Trace, text: string, source: string): readonly SqlText[] {
  const placed = (sql: string, path: readonly (string | number)[]): SqlText => ({
    sql,
    place: () => {
      const { line, column } = placeOf(text, path);
      return `${source}, line ${line}, column ${column}, ${pathText(path)}`;
    },
  });
  return [
    ...setup.map((sql, n) => placed(sql, ["setup", n])),
    ...steps.flatMap(({ sent }, n) => (sent === null ? [] : [placed(sent.text, ["steps", n, "sent", "text"])])),
  ];
}

/** The SQL of an isolation test. */
export function sqlOfSpec({ setups, teardown, sessions }: Spec, source: string): readonly SqlText[] {
  const placed = (sql: string | null, what: string): readonly SqlText[] =>
    sql === null ? [] : [{ sql, place: () => `${source}, ${what}` }];
  return [
    ...setups.flatMap((sql) => placed(sql, "setup")),
    ...sessions.flatMap((session) => [
      ...placed(session.setup, `setup of session ${session.name}`),
      ...session.steps.flatMap((step) => placed(step.sql, `step ${step.name}`)),
      ...placed(session.teardown, `teardown of session ${session.name}`),
    ]),
    ...placed(teardown, "teardown"),
  ];
}

/** The SQL that makes a scenario's tables and rows. */
export function sqlOfSetup(instance: Pick<Instance, "scenario" | "protocol" | "buffers">): readonly SqlText[] {
  return setupOf(instance).map((sql, n) => ({ sql, place: () => `${instance.scenario.name}, set-up ${n + 1}` }));
}

/** Checks each text when it is met for the first time: what a scenario's clients send is known only then. */
export function checkOnce(place: string, functions: ReadonlySet<string>): (sql: string) => void {
  const checked = new Set<string>();
  return (sql) => {
    if (checked.has(sql)) return;
    inPlace({ sql, place: () => place }, () => checkModelled(sql, functions));
    checked.add(sql);
  };
}
