/**
 * Random tables: columns of all types, keys of all kinds, references with all actions, rows of few values.
 *
 *     t, then o, then c      each may reference one that is there already; ids 1, 2, 3 in all of them
 *
 * The definitions are the first statements of the case: both servers must agree on them, too.
 */
import type { Draw } from "./draw.ts";
import { expression } from "./expressions.ts";
import { type Column, type Generation, someType, type Table, withoutQueries } from "./generation.ts";
import { literal, typeText } from "./literals.ts";
import type { SqlType } from "./signatures.ts";

export interface World {
  readonly tables: readonly Table[];
  readonly statements: readonly string[];
}

const NAMES = ["t", "o", "c"] as const;
const KEY_TYPES: readonly SqlType[] = ["int4", "int4", "int4", "int4", "int8", "int2", "text", "numeric", "uuid"];
const ACTIONS = ["CASCADE", "SET NULL", "SET NULL", "SET DEFAULT", "SET DEFAULT", "RESTRICT", "NO ACTION"] as const;
const INTEGERS: readonly SqlType[] = ["int2", "int4", "int8", "numeric"];
const ROWS_MAX = 3;

/** What DEFERRABLE constraints are said to be. */
function deferrable({ draw, taste }: Generation): string {
  if (!draw.often(taste.deferrable)) return "";
  return draw.one(
    [2, () => " DEFERRABLE INITIALLY DEFERRED"],
    [1, () => " DEFERRABLE"],
    [0.5, () => " DEFERRABLE INITIALLY IMMEDIATE"],
  );
}

/** Draws the tables of a case. */
export function world(generation: Generation): World {
  const { draw } = generation;
  const tables: Table[] = [];
  const statements: string[] = [];
  for (const name of NAMES.slice(0, draw.one([2, () => 1], [5, () => 2], [3, () => 3]))) {
    const made = table(generation, name, tables);
    tables.push(made.table);
    statements.push(...made.statements);
  }
  if (draw.often(0.25)) statements.push(`CREATE SEQUENCE sq${draw.maybe(0.3, () => " INCREMENT BY 2 START 3")}`);
  if (draw.often(0.1)) statements.push("CREATE FUNCTION one(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 1'");
  return { tables, statements };
}

function table(
  generation: Generation,
  name: string,
  others: readonly Table[],
): { readonly table: Table; readonly statements: readonly string[] } {
  const { draw } = generation;
  const keyType = draw.pick(KEY_TYPES);
  const columns: Column[] = [{ name: "id", type: keyType }];
  const texts: string[] = [];
  const keys: string[] = [];
  const keyed = draw.one([12, () => " PRIMARY KEY"], [2, () => " UNIQUE"], [1, () => ""]);
  const late = keyed === "" || !draw.often(name === "t" ? 0.02 : 0.15) ? "" : deferrable(generation);
  if (keyed !== "") keys.push("(id)");
  texts.push(`id ${typeText(keyType)}${keyed}${late}`);
  if (others.length > 0 && draw.often(0.6)) {
    const reference = referencing(generation, draw.pick(others));
    columns.push(reference.column);
    texts.push(reference.text);
  }
  for (const each of draw.several(1, 4, (at) => plainColumn(generation, `abvw`.charAt(at)))) {
    columns.push(each.column);
    texts.push(each.text);
  }
  const constraint = tableConstraint(generation, columns);
  if (constraint !== null) {
    texts.push(constraint.text);
    if (constraint.key !== null) keys.push(constraint.key);
  }
  const made: Table = { name, columns, keys };
  const indexes = draw.several(0, 2, () => index(draw, made));
  const rows = draw.int(1, ROWS_MAX);
  const statements = [
    `CREATE TABLE ${name} (${texts.join(", ")})`,
    ...indexes,
    ...Array.from({ length: rows }, (_, at) => rowText(draw, made, at + 1)),
  ];
  return { table: made, statements };
}

function referencing(generation: Generation, parent: Table): { readonly column: Column; readonly text: string } {
  const { draw } = generation;
  const key = parent.columns[0]?.type ?? "int4";
  const comparable = draw.often(0.05) ? INTEGERS : INTEGERS.slice(0, INTEGERS.indexOf(key) < 3 ? 3 : 4);
  const type = INTEGERS.includes(key) && draw.often(0.15) ? draw.pick(comparable) : key;
  const actions = draw.one(
    [3, () => ""],
    [4, () => ` ON DELETE ${draw.pick(ACTIONS)}`],
    [3, () => ` ON UPDATE ${draw.pick(ACTIONS)}`],
    [1, () => ` ON DELETE ${draw.pick(ACTIONS)} ON UPDATE ${draw.pick(ACTIONS)}`],
  );
  const named = draw.maybe(
    actions.includes("DEFAULT") ? 0.8 : 0.2,
    () => ` DEFAULT ${keyLiteral(type, draw.int(1, 2))}`,
  );
  const text = `p ${typeText(type)}${named} REFERENCES ${parent.name}${actions}${deferrable(generation)}`;
  return { column: { name: "p", type }, text };
}

/** The value of a key with this number. */
export function keyLiteral(type: SqlType, number: number): string {
  if (type === "text") return `'${"abcdefghij".charAt(number - 1)}'`;
  if (type === "uuid") return `'00000000-0000-0000-0000-00000000000${number}'`;
  return String(number);
}

function plainColumn(generation: Generation, name: string): { readonly column: Column; readonly text: string } {
  const { draw } = generation;
  const type = name === "v" || draw.often(0.35) ? "int4" : someType(generation);
  const generated = draw.often(0.05);
  const extra = generated
    ? draw.pick([
        " GENERATED ALWAYS AS (1) STORED",
        " GENERATED ALWAYS AS IDENTITY",
        " GENERATED ALWAYS AS (2) VIRTUAL",
      ])
    : draw.one(
        [8, () => ""],
        [2, () => ` DEFAULT ${literal(draw, type)}`],
        [0.7, () => " NOT NULL"],
        [0.7, () => (type === "int4" ? ` CHECK (${name} < 9)` : ` CHECK (${name} IS NOT NULL)`)],
        [0.5, () => " UNIQUE"],
        [type === "int4" ? 0.5 : 0, () => " GENERATED BY DEFAULT AS IDENTITY"],
        [0.3, () => ` DEFAULT ${expression(withoutQueries(generation), [], type, 1)}`],
      );
  const shown = generated ? "int4" : type;
  return { column: { name, type: shown, generated }, text: `${name} ${typeText(shown)}${extra}` };
}

function tableConstraint(
  generation: Generation,
  columns: readonly Column[],
): { text: string; key: string | null } | null {
  const { draw } = generation;
  const [first, second] = [draw.pick(columns).name, draw.pick(columns).name];
  return draw.one<{ text: string; key: string | null } | null>(
    [8, () => null],
    [
      first === second ? 0 : 1,
      () => ({ text: `UNIQUE (${first}, ${second})${deferrable(generation)}`, key: `(${first}, ${second})` }),
    ],
    [1, () => ({ text: `CONSTRAINT k CHECK (${first} IS NOT NULL)`, key: null })],
  );
}

/** CREATE INDEX of any kind. */
export function index(draw: Draw, { name, columns }: Table): string {
  const column = draw.pick(columns);
  const other = draw.pick(columns).name;
  const computed =
    column.type === "text"
      ? `lower(${column.name})`
      : column.type === "int4"
        ? `(${column.name} + 1)`
        : `(${column.name} IS NULL)`;
  const key = draw.one(
    [4, () => column.name],
    [2, () => `${column.name}, ${other}`],
    [2, () => `${computed}`],
    [2, () => `${computed}, ${other}`],
    [0.5, () => `${column.name} DESC`],
  );
  const unique = draw.maybe(key.includes("(") ? 0.15 : 0.4, () => "UNIQUE ");
  const partial = draw.maybe(0.25, () => ` WHERE ${other} ${draw.pick(["IS NOT NULL", "IS NULL"])}`);
  return `CREATE ${unique}INDEX ON ${name} (${key})${partial}`;
}

/** INSERT of one row whose key and reference have this number. */
function rowText(draw: Draw, { name, columns }: Table, number: number): string {
  const given = columns.filter(({ generated }) => generated !== true);
  const values = given.map((column) =>
    column.name === "id"
      ? keyLiteral(column.type, number)
      : column.name === "p"
        ? draw.often(0.1)
          ? "NULL"
          : keyLiteral(column.type, draw.int(1, 2))
        : literal(draw, column.type),
  );
  return `INSERT INTO ${name} (${given.map((each) => each.name).join(", ")}) VALUES (${values.join(", ")})`;
}
