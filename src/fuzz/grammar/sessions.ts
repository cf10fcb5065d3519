/**
 * Whole cases of the grammar: a world, two to four sessions of transactions and single statements, who moves when.
 *
 * Each case has tastes of its own, drawn anew: some of it looks at joins, some at DDL, some at errors. What is on in all cases
 * is met together more seldom than what is on in some.
 */
import { DEFINING, type FuzzCase, PLANNED, type Statement, UNORDERED } from "../case.ts";
import type { Features } from "../features.ts";
import { change } from "./changes.ts";
import { command, definition } from "./definitions.ts";
import { Draw } from "./draw.ts";
import { FREE, type Generation, ORDERED, someTable, type Taste } from "./generation.ts";
import { mistake } from "./mistakes.ts";
import { query } from "./queries.ts";
import { TYPES } from "./signatures.ts";
import { world } from "./worlds.ts";

const PICKS = 40;

/** The weights of kinds of statements in a case. */
interface Mix {
  readonly queries: number;
  readonly changes: number;
  readonly definitions: number;
  readonly commands: number;
  readonly mistakes: number;
  readonly locks: number;
  readonly savepoints: number;
  readonly advisory: number;
  readonly messages: number;
}

/** The case of a seed. */
export function grammarCase(seed: number, features: Features): FuzzCase {
  const draw = new Draw(seed);
  const taste = drawTaste(draw, features);
  const types = draw.several(2, 5, () => draw.pick(TYPES));
  const favourite = draw.pick(["t", "t", "o", "c"]);
  const blank: Generation = { draw, features, tables: [], types, favourite, taste, notes: new Set() };
  const { tables, statements } = world(blank);
  const generation: Generation = { ...blank, tables };
  const mix = drawMix(draw, features);
  const count = draw.one([3, () => 1], [8, () => 2], [3, () => 3], [1, () => 4]);
  const level = levelOf(draw, features);
  const sessions = Array.from({ length: count }, () => script(generation, mix, level));
  const defining = statements.map((text): Statement => ({ query: { text, values: [] }, labels: [DEFINING] }));
  return {
    setup: [],
    prelude: defining,
    tables: tables.map(({ name }) => name),
    sessions,
    picks: Array.from({ length: PICKS }, () => draw.int(0, count - 1)),
  };
}

function drawTaste(draw: Draw, features: Features): Taste {
  const some = (on: boolean, often: number): number => (on && draw.often(0.6) ? often * draw.pick([0.5, 1, 2]) : 0);
  return {
    expressions: draw.pick([0.1, 0.3, 0.6]),
    subSelects: some(features.has("sub-select"), 0.3),
    joins: some(features.has("joins"), 0.4),
    ctes: some(features.has("cte"), 0.3),
    aggregates: some(true, 0.4),
    locking: some(features.has("locking"), 0.3),
    derived: some(features.has("joins"), 0.4),
    mistakes: some(features.has("errors"), 0.3),
    deferrable: features.has("foreign-key") ? draw.pick([0, 0.3, 0.9]) : 0,
    readOnly: features.has("read-only") ? draw.pick([0.02, 0.02, 0.02, 0.3]) : 0,
  };
}

function drawMix(draw: Draw, features: Features): Mix {
  const some = (on: boolean, weight: number): number => (on && draw.often(0.6) ? weight * draw.pick([0.5, 1, 2]) : 0);
  return {
    queries: draw.pick([2, 5, 8]),
    changes: draw.pick([2, 5, 8]),
    definitions: some(features.has("definitions"), 3),
    commands: some(features.has("settings"), 1.5),
    mistakes: some(features.has("errors"), 1.5),
    locks: some(features.has("lock-table"), 1),
    savepoints: some(features.has("savepoints"), 1.5),
    advisory: some(features.has("advisory"), 1),
    messages: some(features.has("messages"), 1),
  };
}

function levelOf(draw: Draw, features: Features): () => string {
  const repeatable = features.has("repeatable-read") ? draw.pick([0, 0, 2, 6]) : 0;
  const serializable = features.has("serializable") ? draw.pick([0, 0, 0, 0, 6]) : 0;
  return () =>
    draw.one(
      [4, () => ""],
      [repeatable, () => " ISOLATION LEVEL REPEATABLE READ"],
      [serializable, () => " ISOLATION LEVEL SERIALIZABLE"],
    );
}

function script(generation: Generation, mix: Mix, level: () => string): readonly Statement[] {
  const { draw, features } = generation;
  const texts: Statement[] = [];
  const add = (text: string, labels: readonly string[]): void => {
    texts.push({ query: { text, values: [] }, labels });
  };
  if (mix.commands > 0 && draw.often(0.4))
    add(`SET TimeZone = '${draw.pick(["PST8PDT", "PST8PDT", "Europe/Berlin"])}'`, ["SET"]);
  for (let at = draw.int(1, 3); at > 0; at--) {
    if (draw.often(0.3)) {
      texts.push(anything(generation, mix, false));
      continue;
    }
    const mode = features.has("read-only") ? draw.maybe(generation.taste.readOnly, () => " READ ONLY") : "";
    const deferrable = mode !== "" && features.has("deferrable") ? draw.maybe(0.2, () => " DEFERRABLE") : "";
    add(`BEGIN${level()}${mode}${deferrable}`, ["BEGIN"]);
    for (let inner = draw.int(1, 5); inner > 0; inner--) texts.push(anything(generation, mix, true));
    add(draw.one([5, () => "COMMIT"], [1, () => "ROLLBACK"]), []);
  }
  return texts;
}

/** One statement, with what the comparison has to know of it. */
function anything(generation: Generation, mix: Mix, inside: boolean): Statement {
  const { draw, notes } = generation;
  notes.clear();
  const plain = (): string => draw.one([mix.queries, () => query(generation)], [mix.changes, () => change(generation)]);
  const text = draw.one(
    [mix.queries, () => query(generation)],
    [mix.changes, () => change(generation)],
    [mix.definitions, () => definition(generation)],
    [mix.commands, () => command(generation, plain)],
    [mix.mistakes, () => mistake(generation)],
    [mix.locks * Number(inside), () => lockTable(generation)],
    [mix.savepoints * Number(inside), () => draw.pick(["SAVEPOINT a", "ROLLBACK TO a", "RELEASE a", "SAVEPOINT b"])],
    [mix.advisory, () => advisory(draw)],
    [mix.messages, () => message(generation, plain)],
  );
  const labels = [text.split(" ")[0] ?? ""];
  if (!notes.has(ORDERED) || /^(EXECUTE|WITH|PREPARE)/.test(text) || text.includes(";")) labels.push(UNORDERED);
  if (notes.has(FREE)) labels.push(PLANNED);
  return { query: { text, values: [] }, labels };
}

function lockTable(generation: Generation): string {
  const { draw } = generation;
  const modes = ["ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE", "EXCLUSIVE", "ACCESS EXCLUSIVE"];
  return `LOCK TABLE ${someTable(generation).name}${draw.maybe(0.6, () => ` IN ${draw.pick(modes)} MODE`)}`;
}

function advisory(draw: Draw): string {
  const name = draw.pick(["lock", "lock", "xact_lock", "lock_shared", "unlock", "xact_lock_shared"]);
  const tried = draw.maybe(name === "unlock" ? 0 : 0.3, () => "try_");
  return `SELECT pg_${tried}advisory_${name}(${draw.pick(["1", "2", "id"])})${draw.maybe(0.3, () => " FROM t")}`.replace(
    /\(id\)$/,
    "(1)",
  );
}

/** Several statements in one message. */
function message(generation: Generation, plain: () => string): string {
  const { draw } = generation;
  const first = draw.one(
    [3, plain],
    [1, () => `LOCK TABLE ${someTable(generation).name}`],
    [1.5, () => "SELECT pg_advisory_unlock(1)"],
    [0.5, () => "BEGIN"],
  );
  return draw.often(0.4) ? `SELECT 1 AS one; ${first}` : `${first}; ${plain()}`;
}
