/**
 * SELECT: what stands in FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT and the locking clause, at every level.
 *
 * A query that orders by all of its columns has but one order; any other may give its rows in every order, and one with LIMIT and
 * without such an order may give other rows on another plan.
 */
import { condition, expression, keyCondition } from "./expressions.ts";
import {
  FREE,
  type Generation,
  note,
  ORDERED,
  ofType,
  type Scope,
  scopeOf,
  someColumn,
  someTable,
  someType,
  type Table,
} from "./generation.ts";
import { AGGREGATES, type SqlType } from "./signatures.ts";

/** What a query may read: its text in FROM, and the columns that it brings. */
export interface Source {
  readonly from: string;
  readonly scope: Scope;
  /** The aliases of tables that a locking clause can name. */
  readonly aliases: readonly string[];
}

const ROW_LOCKS = ["UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"] as const;

function orderTypes(type: SqlType): boolean {
  return type !== "jsonb";
}

/** FOR UPDATE and its relatives. */
export function lockingClause({ draw }: Generation, aliases: readonly string[]): string {
  const of = aliases.length > 1 && draw.often(0.5) ? ` OF ${draw.pick(aliases)}` : "";
  const wait = draw.one([6, () => ""], [1, () => " NOWAIT"], [1, () => " SKIP LOCKED"]);
  return ` FOR ${draw.pick(ROW_LOCKS)}${of}${wait}`;
}

/** One table under its own name or another one. */
function plainSource(
  { draw }: Generation,
  table: Table,
  alias = draw.pick([table.name, table.name, `${table.name}1`]),
): Source {
  const from = alias === table.name ? table.name : `${table.name} ${draw.maybe(0.3, () => "AS ")}${alias}`;
  return { from, scope: scopeOf(table, alias), aliases: [alias] };
}

/** A derived table: conditions, an order and a LIMIT, aggregates, set operations, locks. */
function derived(generation: Generation, alias: string): Source {
  const { draw, taste } = generation;
  const table = someTable(generation);
  const scope = scopeOf(table, alias);
  const own = scopeOf(table, table.name);
  const all = table.columns.filter(({ type }) => orderTypes(type)).map(({ name }) => name);
  const where = draw.maybe(
    0.4,
    () => ` WHERE ${draw.often(0.3) ? keyCondition(generation, draw.pick(own)) : condition(generation, own, 1)}`,
  );
  const lock = draw.maybe(taste.locking / 1.5, () => lockingClause(generation, [table.name]));
  const order = ` ORDER BY ${[draw.pick(all), ...all].map((name) => `${name}${draw.maybe(0.3, () => " DESC")}`).join(", ")}`;
  const text = draw.one(
    [
      4,
      () =>
        `SELECT * FROM ${table.name}${where}${order} LIMIT ${draw.int(1, 2)}${draw.maybe(0.2, () => " OFFSET 1")}${lock}`,
    ],
    [2, () => `SELECT * FROM ${table.name}${where}${lock}`],
    [1, () => `SELECT DISTINCT * FROM ${table.name}${where}`],
    [
      1,
      () =>
        `SELECT * FROM ${table.name}${where} ${draw.pick(["UNION", "UNION ALL", "EXCEPT", "INTERSECT"])} SELECT * FROM ${table.name}`,
    ],
  );
  return { from: `(${text}) ${alias}`, scope, aliases: [alias] };
}

/** Rows that are no table's: VALUES, unnest, generate_series. */
function rowSource({ draw }: Generation, alias: string): Source {
  const column = { text: `${alias}.n`, type: "int4" as const };
  const from = draw.pick([
    `(VALUES (2), (1), (3)) ${alias}(n)`,
    `unnest(ARRAY[2, 1]) AS ${alias}(n)`,
    `generate_series(1, 3) AS ${alias}(n)`,
    `(SELECT 1 AS n) ${alias}`,
  ]);
  return { from, scope: [column], aliases: [] };
}

function onePart(generation: Generation, at: number): Source {
  const { draw, taste } = generation;
  return draw.one(
    [8, () => plainSource(generation, someTable(generation), at === 0 ? undefined : `j${at}`)],
    [taste.derived * 6, () => derived(generation, `s${at}`)],
    [0.7, () => rowSource(generation, `r${at}`)],
  );
}

/** Two columns of one type, for a join: mostly those that are keys. */
function joinCondition(generation: Generation, left: Scope, right: Scope): string {
  const { draw } = generation;
  const pairs = left.flatMap((one) => ofType(right, one.type).map((other) => `${one.text} = ${other.text}`));
  const keys = pairs.filter((pair) => /\.(id|p|n) = \w+\.(id|p|n)$/.test(pair));
  const equal = (): string => draw.pick(keys.length > 0 && draw.often(0.8) ? keys : pairs);
  return draw.one(
    [pairs.length > 0 ? 10 : 0, equal],
    [pairs.length > 0 ? 2 : 0, () => `${equal()} AND ${keyCondition(generation, draw.pick([...left, ...right]))}`],
    [1, () => condition(generation, [...left, ...right], 1)],
    [1, () => keyCondition(generation, draw.pick(right))],
  );
}

/** FROM of one or more tables. */
export function source(generation: Generation): Source {
  const { draw, taste } = generation;
  let joined = onePart(generation, 0);
  for (let at = 1; at < 3 && draw.often(taste.joins / at); at++) {
    const next = onePart(generation, at);
    const scope = [...joined.scope, ...next.scope];
    const aliases = [...joined.aliases, ...next.aliases];
    const on = (): string => joinCondition(generation, joined.scope, next.scope);
    const from = draw.one(
      [5, () => `${joined.from} JOIN ${next.from} ON ${on()}`],
      [3, () => `${joined.from} ${draw.pick(["LEFT", "RIGHT", "FULL", "LEFT OUTER"])} JOIN ${next.from} ON ${on()}`],
      [1, () => `${joined.from} CROSS JOIN ${next.from}`],
      [2, () => `${joined.from}, ${next.from}`],
      [0.5, () => `${joined.from} JOIN ${next.from} USING (${draw.pick(["id", "v", "n"])})`],
      [0.3, () => `${joined.from} NATURAL JOIN ${next.from}`],
    );
    joined = { from, scope, aliases };
  }
  return joined;
}

/** Where the parts of FROM are joined by a comma, or one of them alone: conditions that may tie them. */
function whereOf(generation: Generation, { from, scope }: Source): string {
  const { draw } = generation;
  if (from.includes(",") && draw.often(0.6)) {
    return ` WHERE ${joinCondition(generation, scope, scope)} AND ${draw.often(0.5) ? keyCondition(generation, someColumn(draw, scope)) : condition(generation, scope, 1)}`;
  }
  return draw.maybe(0.75, () => ` WHERE ${condition(generation, scope)}`);
}

/** Any SELECT. */
export function query(generation: Generation, depth = 1): string {
  const { draw, taste } = generation;
  return draw.one(
    [8, () => rows(generation)],
    [4, () => byKey(generation)],
    [taste.aggregates * 8, () => aggregated(generation)],
    [taste.aggregates * 5, () => extreme(generation)],
    [depth > 0 ? taste.derived * 2 : 0, () => setOperation(generation)],
    [depth > 0 ? taste.ctes * 8 : 0, () => withQuery(generation)],
    [0.7, () => valuesOnly(generation)],
  );
}

/** A query of rows. */
function rows(generation: Generation): string {
  const { draw, taste } = generation;
  const from = source(generation);
  const where = whereOf(generation, from);
  const simple = draw.often(0.4);
  const outputs: readonly string[] = simple
    ? ["*"]
    : draw.several(1, 3, () => {
        const type = draw.often(0.5) ? draw.pick(from.scope).type : someType(generation);
        return expression(generation, from.scope, type);
      });
  const distinct = draw.maybe(0.1, () => "DISTINCT ");
  const lock = draw.maybe(taste.locking, () => lockingClause(generation, from.aliases));
  const names = simple
    ? from.scope.filter(({ type }) => orderTypes(type)).map(({ text }) => text)
    : outputs.map((_, at) => String(at + 1));
  const text = `SELECT ${distinct}${outputs.map((each, at) => (simple ? each : `${each} AS c${at}`)).join(", ")} FROM ${from.from}${where}`;
  return text + orderAndLimit(generation, names) + lock;
}

/** The first rows of a table by a column, mostly its key. */
function byKey(generation: Generation): string {
  const { draw, taste } = generation;
  const { name, columns, keys } = someTable(generation);
  const scope = columns.map((each) => ({ text: each.name, type: each.type }));
  const by = draw.often(0.7) ? "id" : draw.pick(columns.filter(({ type }) => orderTypes(type))).name;
  const where = draw.maybe(0.8, () => ` WHERE ${keyCondition(generation, someColumn(draw, scope))}`);
  const limit = draw.maybe(0.8, () => ` LIMIT ${draw.int(1, 2)}`);
  const lock = draw.maybe(taste.locking * 1.5, () => lockingClause(generation, [name]));
  const rest = columns.filter(({ type }) => orderTypes(type)).map((each) => each.name);
  const unique = by === "id" && keys.includes("(id)");
  const more = unique ? "" : `, ${rest.join(", ")}`;
  note(generation, ORDERED);
  return `SELECT ${draw.pick(["*", "id", `id, ${by}`])} FROM ${name}${where} ORDER BY ${by}${draw.pick(["", " DESC"])}${more}${limit}${lock}`;
}

/** ORDER BY and LIMIT over outputs, which are all there are where the order is to be forced. */
function orderAndLimit(generation: Generation, names: readonly string[]): string {
  const { draw } = generation;
  const direction = (): string =>
    draw.maybe(0.35, () => draw.pick([" DESC", " ASC", " DESC NULLS LAST", " NULLS FIRST"]));
  const limit = (): string => ` LIMIT ${draw.int(0, 2)}${draw.maybe(0.2, () => " OFFSET 1")}`;
  return draw.one(
    [5, () => ""],
    [
      4,
      () => {
        note(generation, ORDERED);
        const first = draw.pick(names);
        return ` ORDER BY ${[first, ...names.filter((each) => each !== first)].map((each) => `${each}${direction()}`).join(", ")}${draw.maybe(0.6, limit)}`;
      },
    ],
    [1, () => ` ORDER BY ${draw.pick(names)}${direction()}`],
    [
      0.15,
      () => {
        note(generation, FREE);
        return limit();
      },
    ],
  );
}

function aggregated(generation: Generation): string {
  const { draw } = generation;
  const from = source(generation);
  const aggregate = (): string => {
    const wanted = someType(generation);
    const about = AGGREGATES.filter(({ parameters }) => parameters.length === 0 || parameters[0] === wanted);
    const { form, parameters } = draw.pick(draw.often(0.7) ? about : AGGREGATES);
    const argument = expression(generation, from.scope, parameters[0] ?? "int4", 1);
    return form.replaceAll("$1", () => argument);
  };
  const where = whereOf(generation, from);
  const outputs = draw.several(1, 2, aggregate);
  if (draw.often(0.5)) return `SELECT ${outputs.join(", ")} FROM ${from.from}${where}`;
  const key = draw.pick(from.scope).text;
  const having = draw.maybe(0.3, () => ` HAVING ${draw.pick(["count(*) > 1", `${key} IS NOT NULL`, "sum(1) <= 2"])}`);
  const lock = draw.maybe(0.03, () => lockingClause(generation, from.aliases));
  const group = `SELECT ${key} AS k, ${outputs.map((each, at) => `${each} AS c${at}`).join(", ")} FROM ${from.from}${where} GROUP BY ${draw.pick([key, "1"])}${having}`;
  return group + orderAndLimit(generation, ["1", ...outputs.map((_, at) => String(at + 2))]) + lock;
}

/** The first or the last of a column, which an index can give. */
function extreme(generation: Generation): string {
  const { draw } = generation;
  const table = someTable(generation);
  const scope = scopeOf(table, table.name);
  const ordered = scope.filter(({ type }) => !["jsonb", "bool", "uuid"].includes(type));
  const column = draw.pick(ordered.length > 0 && draw.often(0.95) ? ordered : scope).text;
  const where = draw.maybe(0.85, () => ` WHERE ${keyCondition(generation, someColumn(draw, scope))}`);
  return `SELECT ${draw.pick(["min", "max"])}(${column}) FROM ${table.name}${where}`;
}

function setOperation(generation: Generation): string {
  const { draw } = generation;
  const type = draw.pick([someType(generation), "int4" as const].filter(orderTypes));
  const side = (): string => {
    const from = source(generation);
    return `SELECT ${expression(generation, from.scope, type, 1)} AS c FROM ${from.from}${whereOf(generation, from)}`;
  };
  const operator = draw.pick(["UNION", "UNION ALL", "INTERSECT", "EXCEPT", "EXCEPT ALL", "INTERSECT ALL"]);
  return `${side()} ${operator} ${side()}${orderAndLimit(generation, ["1"])}`;
}

/** WITH over queries that do not change rows. */
function withQuery(generation: Generation): string {
  const { draw, taste } = generation;
  const table = someTable(generation);
  const scope = scopeOf(table, "w");
  const lock = draw.maybe(taste.locking, () => lockingClause(generation, [table.name]));
  const inner = `SELECT * FROM ${table.name}${draw.maybe(0.6, () => ` WHERE ${condition(generation, scopeOf(table, table.name), 1)}`)}${lock}`;
  const materialized = draw.maybe(0.2, () => draw.pick(["MATERIALIZED ", "NOT MATERIALIZED "]));
  const other = plainSource(generation, someTable(generation), "u");
  const outer = draw.one(
    [3, () => `SELECT * FROM w${draw.maybe(0.5, () => ` WHERE ${condition(generation, scope, 1)}`)}`],
    [2, () => `SELECT count(*) FROM w`],
    [2, () => `SELECT w.*, u.* FROM w JOIN ${other.from} ON ${joinCondition(generation, scope, other.scope)}`],
    [0.5, () => `SELECT (SELECT count(*) FROM w) AS n, (SELECT max(id) FROM w) AS m`],
  );
  if (draw.often(0.1))
    return "WITH RECURSIVE w(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM w WHERE n < 3) SELECT n FROM w";
  return `WITH w AS ${materialized}(${inner}) ${outer}`;
}

/** A query of no table. */
function valuesOnly(generation: Generation): string {
  const { draw } = generation;
  return draw.one(
    [
      6,
      () =>
        `SELECT ${draw.several(1, 3, (at) => `${expression(generation, [], someType(generation), 3)} AS c${at}`).join(", ")}`,
    ],
    [1, () => `VALUES (${expression(generation, [], "int4", 1)}), (2)`],
    [
      1,
      () =>
        draw.pick([
          "SELECT last_value FROM sq",
          "SELECT * FROM sq",
          "SELECT nextval('sq')",
          "SELECT currval('sq')",
          "SELECT lastval()",
        ]),
    ],
    [0.5, () => "SELECT one(id) FROM t"],
  );
}
