/** INSERT, UPDATE and DELETE in all their forms, also as members of WITH. */
import { condition, expression, keyCondition } from "./expressions.ts";
import {
  bareScope,
  type Column,
  type Generation,
  type Scope,
  scopeOf,
  someColumn,
  someTable,
  type Table,
} from "./generation.ts";
import { literal } from "./literals.ts";
import { lockingClause, source } from "./queries.ts";
import { keyLiteral } from "./worlds.ts";

/** Any statement that changes rows. */
export function change(generation: Generation): string {
  const { draw, taste } = generation;
  const table = someTable(generation);
  return draw.one(
    [6, () => update(generation, table)],
    [5, () => insert(generation, table)],
    [4, () => remove(generation, table)],
    [taste.ctes * 5, () => withChange(generation, table)],
  );
}

function settable({ columns }: Table): readonly Column[] {
  return columns.filter(({ generated }) => generated !== true);
}

function returning(generation: Generation, table: Table, more: Scope = []): string {
  const { draw } = generation;
  return draw.maybe(0.45, () => {
    const scope = [...scopeOf(table, table.name), ...more];
    const output = (): string =>
      draw.one(
        [4, () => expression(generation, scope, draw.pick(scope).type, 1)],
        [0.1, () => `${draw.pick(["old", "new"])}.${draw.pick(table.columns).name}`],
      );
    return ` RETURNING ${draw.often(0.4) ? draw.pick(["*", `${table.name}.*`]) : draw.several(1, 2, output).join(", ")}`;
  });
}

/** WHERE of a change: mostly one row. */
function where(generation: Generation, table: Table): string {
  const { draw } = generation;
  const scope = bareScope(table);
  const key = scope[0] ?? { text: "id", type: "int4" as const };
  return draw.one(
    [6, () => ` WHERE id = ${keyLiteral(key.type, draw.int(1, 3))}`],
    [2, () => ` WHERE ${keyCondition(generation, someColumn(draw, scope))}`],
    [3, () => ` WHERE ${condition(generation, scopeOf(table, table.name))}`],
    [2, () => ""],
  );
}

function assignment(generation: Generation, column: Column, scope: Scope): string {
  const { draw } = generation;
  const value = draw.one(
    [3, () => expression(generation, scope, column.type)],
    [column.name === "id" || column.name === "p" ? 4 : 0, () => keyLiteral(column.type, draw.int(1, 4))],
    [
      column.type === "int4" ? 3 : 0,
      () => `${scope.find(({ text }) => text.endsWith(column.name))?.text ?? column.name} + 1`,
    ],
    [0.7, () => "DEFAULT"],
    [0.3, () => "NULL"],
  );
  return `${column.name} = ${value}`;
}

function assignments(generation: Generation, table: Table, scope: Scope): string {
  const { draw } = generation;
  const columns = settable(table);
  if (columns.length > 1 && draw.often(0.08)) {
    const [one, two] = [columns[0], columns[1]] as [Column, Column];
    const values = `${expression(generation, scope, one.type, 1)}, ${expression(generation, scope, two.type, 1)}`;
    return `(${one.name}, ${two.name}) = ${draw.pick([`(${values})`, `(SELECT ${values})`])}`;
  }
  const chosen = draw.often(0.75) ? [draw.pick(columns)] : draw.some(columns).slice(0, 3);
  return chosen.map((column) => assignment(generation, column, scope)).join(", ");
}

function update(generation: Generation, table: Table): string {
  const { draw, taste } = generation;
  const own = scopeOf(table, table.name);
  if (!draw.often(taste.joins)) {
    return `UPDATE ${table.name} SET ${assignments(generation, table, own)}${where(generation, table)}${returning(generation, table)}`;
  }
  const from = source({ ...generation, tables: others(generation, table) });
  const scope = [...own, ...from.scope];
  return `UPDATE ${table.name} SET ${assignments(generation, table, scope)} FROM ${from.from} WHERE ${tie(generation, table, from.scope)}${returning(generation, table, from.scope)}`;
}

function others({ tables }: Generation, table: Table): readonly Table[] {
  const rest = tables.filter(({ name }) => name !== table.name);
  return rest.length > 0 ? rest : tables.map((each) => ({ ...each, name: each.name }));
}

/** The condition that ties a table to what stands in FROM or USING. */
function tie(generation: Generation, table: Table, scope: Scope): string {
  const { draw } = generation;
  const keys = table.columns.flatMap(({ name, type }) =>
    scope
      .filter((each) => each.type === type && /\.(id|p|n)$/.test(each.text))
      .map((each) => `${table.name}.${name} = ${each.text}`),
  );
  const both = [...scopeOf(table, table.name), ...scope];
  const more = draw.one(
    [4, () => ""],
    [3, () => ` AND ${keyCondition(generation, someColumn(draw, both))}`],
    [2, () => ` AND ${condition(generation, both, 1)}`],
  );
  return keys.length > 0 && draw.often(0.9) ? draw.pick(keys) + more : condition(generation, scope, 1);
}

function remove(generation: Generation, table: Table): string {
  const { draw, taste } = generation;
  if (!draw.often(taste.joins)) {
    return `DELETE FROM ${table.name}${where(generation, table)}${returning(generation, table)}`;
  }
  const from = source({ ...generation, tables: others(generation, table) });
  return `DELETE FROM ${table.name} USING ${from.from} WHERE ${tie(generation, table, from.scope)}${returning(generation, table, from.scope)}`;
}

function newValue(generation: Generation, column: Column): string {
  const { draw } = generation;
  if (column.name === "id") return keyLiteral(column.type, draw.int(1, 5));
  if (column.name === "p") return draw.often(0.1) ? "NULL" : keyLiteral(column.type, draw.int(1, 3));
  return draw.one(
    [6, () => literal(draw, column.type)],
    [1, () => "DEFAULT"],
    [1, () => expression(generation, [], column.type, 1)],
    [column.type === "int4" ? 0.2 : 0, () => "nextval('sq')"],
  );
}

function insert(generation: Generation, table: Table): string {
  const { draw } = generation;
  const columns = draw.often(0.8)
    ? settable(table)
    : settable(table).filter(({ name }) => name === "id" || draw.often(0.6));
  const list = `(${columns.map(({ name }) => name).join(", ")})`;
  const row = (): string => `(${columns.map((column) => newValue(generation, column)).join(", ")})`;
  const values = draw.one(
    [6, () => `${list} VALUES ${draw.several(1, 2, row).join(", ")}`],
    [2, () => `${list} ${selected(generation, columns)}`],
    [0.3, () => "DEFAULT VALUES"],
  );
  return `INSERT INTO ${table.name} ${values}${conflict(generation, table)}${returning(generation, table)}`;
}

function selected(generation: Generation, columns: readonly Column[]): string {
  const { draw } = generation;
  const from = source(generation);
  const outputs = columns.map((column) =>
    column.name === "id" && draw.often(0.5)
      ? keyLiteral(column.type, draw.int(3, 5))
      : expression(generation, from.scope, column.type, 1),
  );
  return `SELECT ${outputs.join(", ")} FROM ${from.from} WHERE ${condition(generation, from.scope, 1)}`;
}

function conflict(generation: Generation, table: Table): string {
  const { draw } = generation;
  const target = draw.pick(table.keys.length > 0 ? table.keys : ["(id)"]);
  const scope = [...scopeOf(table, table.name), ...scopeOf(table, "excluded")];
  const set = (): string => assignment(generation, draw.pick(settable(table)), scope);
  const guard = (): string => draw.maybe(0.3, () => ` WHERE ${condition(generation, scope, 1)}`);
  return draw.one(
    [6, () => ""],
    [2, () => " ON CONFLICT DO NOTHING"],
    [1, () => ` ON CONFLICT ${target} DO NOTHING`],
    [3, () => ` ON CONFLICT ${target} DO UPDATE SET ${set()}${guard()}`],
    [0.2, () => ` ON CONFLICT ON CONSTRAINT ${table.name}_pkey DO NOTHING`],
  );
}

/** WITH that changes rows or locks them first. */
function withChange(generation: Generation, table: Table): string {
  const { draw } = generation;
  const other = someTable(generation);
  const all = other.columns.map(({ name }) => name).join(", ");
  const flat: Generation = { ...generation, taste: { ...generation.taste, joins: 0, ctes: 0 } };
  const inner = draw.one(
    [
      3,
      () =>
        `SELECT * FROM ${other.name} ORDER BY ${all} LIMIT ${draw.int(1, 2)}${lockingClause(generation, [other.name])}`,
    ],
    [2, () => `SELECT * FROM ${other.name}${draw.maybe(0.5, () => lockingClause(generation, [other.name]))}`],
    [2, () => `${plainly(remove(flat, other))} RETURNING *`],
    [2, () => `${plainly(update(flat, other))} RETURNING ${other.name}.*`],
    [1, () => `${plainly(insert(flat, other))} RETURNING *`],
  );
  const scope = scopeOf(other, "w");
  const tied = (): string => tie(generation, table, scope);
  const outer = draw.one(
    [
      3,
      () =>
        `UPDATE ${table.name} SET ${assignments(generation, table, scopeOf(table, table.name))} FROM w WHERE ${tied()}${returning(generation, table, scope)}`,
    ],
    [2, () => `DELETE FROM ${table.name} USING w WHERE ${tied()}${returning(generation, table, scope)}`],
    [2, () => `SELECT * FROM w`],
    [1, () => `SELECT count(*) FROM w`],
    [1, () => `${plainly(insert(flat, table))}`],
  );
  return `WITH w AS (${inner}) ${outer}`;
}

/** The statement without its RETURNING. */
function plainly(text: string): string {
  return text.replace(/ RETURNING .*$/, "");
}
