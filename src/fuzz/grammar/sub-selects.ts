/** Sub-selects inside of expressions: scalar ones, EXISTS, and what stands behind IN. */
import { FREE, type Generation, note, type Scope, scopeOf, someTable, type Table } from "./generation.ts";
import type { SqlType } from "./signatures.ts";

/** What makes the expressions within; sub-selects stand in expressions, which stand in sub-selects. */
export interface Makers {
  readonly expression: (generation: Generation, scope: Scope, type: SqlType, depth?: number) => string;
  readonly condition: (generation: Generation, scope: Scope, depth?: number) => string;
}

interface Inner {
  readonly table: Table;
  readonly scope: Scope;
  readonly from: string;
}

/** A table under an alias of its own, and everything that its query may name. */
function inner(generation: Generation, outer: Scope): Inner {
  const { draw } = generation;
  const table = someTable(generation);
  const alias = draw.pick(["x", "y", "z"]);
  const own = scopeOf(table, alias);
  const around = outer.filter(({ text }) => !text.startsWith(`${alias}.`));
  const from = draw.often(0.25)
    ? `(SELECT * FROM ${table.name} ORDER BY ${table.columns.map(({ name }) => name).join(", ")} LIMIT ${draw.int(1, 2)}) ${alias}`
    : `${table.name} ${alias}`;
  return { table, scope: draw.often(0.5) ? own : [...own, ...around], from };
}

function where(generation: Generation, scope: Scope, { condition }: Makers): string {
  const { draw, taste } = generation;
  const simpler = { ...generation, taste: { ...taste, subSelects: taste.subSelects / 4 } };
  return draw.maybe(0.85, () => ` WHERE ${condition(simpler, scope, 1)}`);
}

/** The query behind EXISTS. */
export function existence(generation: Generation, outer: Scope, make: Makers): string {
  const { from, scope } = inner(generation, outer);
  return `SELECT ${generation.draw.pick(["1", "*"])} FROM ${from}${where(generation, scope, make)}`;
}

/** A query of one column. */
export function subSelectOf(generation: Generation, outer: Scope, type: SqlType, make: Makers): string {
  const { draw, taste } = generation;
  const { from, scope, table } = inner(generation, outer);
  const value = make.expression(generation, scope, type, 1);
  const locking = draw.maybe(taste.locking / 4, () => ` FOR ${draw.pick(["UPDATE", "SHARE", "NO KEY UPDATE"])}`);
  const limited = draw.maybe(0.15, () => {
    const order = table.columns.map(({ name }) => name).join(", ");
    return ` ORDER BY ${order.replaceAll(/\w+/g, (name) => `${scope[0]?.text.split(".")[0]}.${name}`)} LIMIT 1`;
  });
  return `SELECT ${value} FROM ${from}${where(generation, scope, make)}${limited}${locking}`;
}

/** A query of two columns and at most one row. */
export function rowSubSelect(generation: Generation, outer: Scope, type: SqlType, make: Makers): string {
  const { draw } = generation;
  const { from, scope } = inner(generation, outer);
  if (draw.often(0.3)) return `SELECT 1, ${make.expression(generation, outer, type, 0)}`;
  const list = `${make.expression(generation, scope, "int4", 0)}, ${make.expression(generation, scope, type, 1)}`;
  return `SELECT ${list} FROM ${from}${where(generation, scope, make)} ORDER BY 1, 2 LIMIT 1`;
}

/** A value from a query. */
export function scalarSubSelect(generation: Generation, outer: Scope, type: SqlType, make: Makers): string {
  const { draw } = generation;
  const { from, scope } = inner(generation, outer);
  const value = make.expression(generation, scope, type, 1);
  const clause = where(generation, scope, make);
  const ordered = type !== "bool" && type !== "jsonb" && type !== "uuid" && type !== "_text";
  return draw.one(
    [ordered ? 4 : 0, () => `(SELECT ${draw.pick(["max", "min"])}(${value}) FROM ${from}${clause})`],
    [2, () => `(SELECT ${value} FROM ${from}${clause} ORDER BY 1${draw.pick([" DESC", "", " NULLS FIRST"])} LIMIT 1)`],
    [type === "int8" ? 4 : 0, () => `(SELECT count(*) FROM ${from}${clause})`],
    [0.2, () => unorderedLimit(generation, `(SELECT ${value} FROM ${from}${clause} LIMIT 1)`)],
    [0.2, () => `(SELECT ${value} FROM ${from}${clause})`],
    [
      1,
      () =>
        `(SELECT ${value} FROM ${from} WHERE ${scope[0]?.text} = ${make.expression(generation, outer, scope[0]?.type ?? "int4", 0)})`,
    ],
  );
}

function unorderedLimit(generation: Generation, text: string): string {
  note(generation, FREE);
  return text;
}
