/**
 * The functions, as a table: name, argument types, result type, what it computes.
 *
 * Unless it says otherwise a function is strict (a NULL argument gives NULL) and not volatile. A volatile one makes its
 * statement more than one atomic read, and is called for each row in the order of the rows. Aggregates and functions
 * that return sets are in their own tables. Source: pg_proc.dat.
 */
import type { TypeName } from "../catalog/catalog.ts";
import { SqlError } from "../sql-error.ts";
import { hashText, utf8Bytes } from "../values/hash.ts";
import { integerArithmetic } from "../values/integer.ts";
import { decimalOf, formatDecimal, roundDecimal, truncateDecimal } from "../values/numeric.ts";
import { truncateTimestamp } from "../values/timestamp.ts";
import type { Value } from "../values/value.ts";
import { roundHalfEven } from "./casts.ts";
import type { Frame } from "./frame.ts";

export type Arguments = readonly Value[];

export interface SqlFunction {
  readonly name: string;
  readonly parameters: readonly TypeName[];
  readonly result: TypeName;
  readonly call: (values: Arguments, frame: Frame) => Value;
  readonly strict: boolean;
  readonly volatile: boolean;
}

type Options = { readonly strict?: boolean; readonly volatile?: boolean };

/** One row of the table, written as `name(arguments) result`. */
function define(signature: string, call: SqlFunction["call"], options: Options = {}): SqlFunction {
  const match = /^(\w+)\(([^)]*)\) (\w+)$/.exec(signature);
  const [, name = "", list = "", result = ""] = match ?? [];
  const parameters = list === "" ? [] : list.split(", ");
  return { name, parameters, result, call, strict: options.strict ?? true, volatile: options.volatile ?? false };
}

function text(value: Value | undefined): string {
  return String(value);
}

const TIME: readonly SqlFunction[] = [
  define("now() timestamptz", (_, frame) => frame.run.access.clock("transaction")),
  define("transaction_timestamp() timestamptz", (_, frame) => frame.run.access.clock("transaction")),
  define("statement_timestamp() timestamptz", (_, frame) => frame.run.access.clock("statement")),
  define("clock_timestamp() timestamptz", (_, frame) => frame.run.access.clock("clock"), { volatile: true }),
  define("date_trunc(text, timestamptz) timestamptz", ([unit, value]) => truncate(text(unit), Number(value))),
  define("pg_sleep(float8) void", () => "", { volatile: true }),
];

function truncate(unit: string, value: number): number {
  const result = truncateTimestamp(unit.toLowerCase(), value);
  if (result !== null) return result;
  throw new SqlError("22023", `unit "${unit}" not recognized for type timestamp with time zone`);
}

const SEQUENCES: readonly SqlFunction[] = [
  define("nextval(text) int8", ([name], frame) => sequence(frame, text(name), "nextval", null), { volatile: true }),
  define("currval(text) int8", ([name], frame) => sequence(frame, text(name), "currval", null), { volatile: true }),
  define("lastval() int8", (_, frame) => String(frame.run.access.sequence("", "lastval", null, true)), {
    volatile: true,
  }),
  define("setval(text, int8) int8", ([name, value], frame) => sequence(frame, text(name), "setval", Number(value)), {
    volatile: true,
  }),
  define(
    "setval(text, int8, bool) int8",
    ([name, value, called], frame) =>
      String(frame.run.access.sequence(sequenceName(frame, text(name)), "setval", Number(value), called === true)),
    { volatile: true },
  ),
  define("pg_get_serial_sequence(text, text) text", ([table, column], frame) =>
    serialSequence(frame, text(table), text(column)),
  ),
];

function sequence(frame: Frame, name: string, call: "nextval" | "currval" | "setval", argument: number | null): Value {
  return String(frame.run.access.sequence(sequenceName(frame, name), call, argument, true));
}

/** Names in texts fold to lower case unless quoted, and may carry the schema. */
function sequenceName(frame: Frame, written: string): string {
  const bare = written.replace(/^public\./, "");
  const name = bare.startsWith('"') ? bare.replaceAll('"', "") : bare.toLowerCase();
  if (Object.hasOwn(frame.run.access.catalog.sequences, name)) return name;
  throw new SqlError("42P01", `relation "${name}" does not exist`);
}

function serialSequence(frame: Frame, table: string, column: string): Value {
  const name = `${table.replace(/^public\./, "")}_${column}_seq`;
  return Object.hasOwn(frame.run.access.catalog.sequences, name) ? `public.${name}` : null;
}

/** pg_advisory_lock and its relatives: by mode, by level, waiting or trying, on one bigint or two integers. */
function advisoryFunctions(): readonly SqlFunction[] {
  const names: [string, TypeName][] = [];
  for (const level of ["", "xact_"]) {
    for (const mode of ["", "_shared"]) {
      names.push([`pg_advisory_${level}lock${mode}`, "void"], [`pg_try_advisory_${level}lock${mode}`, "bool"]);
    }
  }
  names.push(["pg_advisory_unlock", "bool"], ["pg_advisory_unlock_shared", "bool"]);
  const call =
    (name: string): SqlFunction["call"] =>
    (values, frame) =>
      frame.run.access.advisory(name, values.map(text)) ?? "";
  return [
    ...names.flatMap(([name, result]) => [
      define(`${name}(int8) ${result}`, call(name), { volatile: true }),
      define(`${name}(int4, int4) ${result}`, call(name), { volatile: true }),
    ]),
    define("pg_advisory_unlock_all() void", call("pg_advisory_unlock_all"), { volatile: true }),
  ];
}

const SESSION: readonly SqlFunction[] = [
  define("pg_backend_pid() int4", (_, frame) => frame.run.access.sessionNumber),
  define("current_setting(text) text", ([name], frame) => frame.run.access.setting(text(name))),
  define("current_schema() text", () => "public"),
];

const NUMBERS: readonly SqlFunction[] = [
  define("abs(int2) int2", ([value]) => Math.abs(Number(value))),
  define("abs(int4) int4", ([value]) =>
    Number(value) < 0 ? integerArithmetic("int4", "-", 0, Number(value)) : Number(value),
  ),
  define("abs(int8) int8", ([value]) =>
    text(value).startsWith("-") ? integerArithmetic("int8", "-", "0", text(value)) : text(value),
  ),
  define("abs(numeric) numeric", ([value]) => text(value).replace(/^-/, "")),
  define("abs(float8) float8", ([value]) => Math.abs(Number(value))),
  define("mod(int4, int4) int4", ([a, b]) => integerArithmetic("int4", "%", Number(a), Number(b))),
  define("mod(int8, int8) int8", ([a, b]) => integerArithmetic("int8", "%", text(a), text(b))),
  define("round(numeric) numeric", ([value]) => formatDecimal(roundDecimal(decimalOf(text(value)), 0))),
  define("round(numeric, int4) numeric", ([value, scale]) =>
    formatDecimal(roundDecimal(decimalOf(text(value)), Number(scale))),
  ),
  define("round(float8) float8", ([value]) => roundHalfEven(Number(value))),
  define("trunc(numeric) numeric", ([value]) => formatDecimal(truncateDecimal(decimalOf(text(value)), 0))),
  define("trunc(float8) float8", ([value]) => Math.trunc(Number(value))),
  define("floor(numeric) numeric", ([value]) => floorNumeric(text(value), false)),
  define("floor(float8) float8", ([value]) => Math.floor(Number(value))),
  define("ceil(numeric) numeric", ([value]) => floorNumeric(text(value), true)),
  define("ceil(float8) float8", ([value]) => Math.ceil(Number(value))),
  define("ceiling(numeric) numeric", ([value]) => floorNumeric(text(value), true)),
  define("ceiling(float8) float8", ([value]) => Math.ceil(Number(value))),
  define("sign(numeric) numeric", ([value]) => String(Math.sign(Number(value)))),
];

function floorNumeric(value: string, up: boolean): string {
  const decimal = decimalOf(value);
  const cut = truncateDecimal(decimal, 0);
  const exact = cut.digits * 10n ** BigInt(decimal.scale) === decimal.digits;
  const negative = decimal.digits < 0n;
  if (exact || negative === up) return formatDecimal(cut);
  return formatDecimal({ digits: cut.digits + (up ? 1n : -1n), scale: 0 });
}

const TEXTS: readonly SqlFunction[] = [
  define("lower(text) text", ([value]) => text(value).toLowerCase()),
  define("upper(text) text", ([value]) => text(value).toUpperCase()),
  define("length(text) int4", ([value]) => [...text(value)].length),
  define("char_length(text) int4", ([value]) => [...text(value)].length),
  define("btrim(text) text", ([value]) => text(value).replace(/^ +| +$/g, "")),
  define("ltrim(text) text", ([value]) => text(value).replace(/^ +/, "")),
  define("rtrim(text) text", ([value]) => text(value).replace(/ +$/, "")),
  define("repeat(text, int4) text", ([value, times]) => text(value).repeat(Math.max(0, Number(times)))),
  define("replace(text, text, text) text", ([value, from, to]) =>
    text(from) === "" ? text(value) : text(value).replaceAll(text(from), () => text(to)),
  ),
  define("position(text, text) int4", ([value, part]) => position(text(value), text(part))),
  define("strpos(text, text) int4", ([value, part]) => position(text(value), text(part))),
  define("substring(text, int4) text", ([value, from]) => substring(text(value), Number(from), null)),
  define("substring(text, int4, int4) text", ([value, from, length]) =>
    substring(text(value), Number(from), Number(length)),
  ),
  define("substr(text, int4) text", ([value, from]) => substring(text(value), Number(from), null)),
  define("substr(text, int4, int4) text", ([value, from, length]) =>
    substring(text(value), Number(from), Number(length)),
  ),
  define("hashtext(text) int4", ([value]) => hashText(text(value))),
  define("octet_length(text) int4", ([value]) => utf8Bytes(text(value)).length),
  define("left(text, int4) text", ([value, length]) => [...text(value)].slice(0, Number(length)).join("")),
  define("lpad(text, int4, text) text", ([value, length, fill]) => pad(text(value), Number(length), text(fill), true)),
  define("rpad(text, int4, text) text", ([value, length, fill]) => pad(text(value), Number(length), text(fill), false)),
  define("lpad(text, int4) text", ([value, length]) => pad(text(value), Number(length), " ", true)),
  define("rpad(text, int4) text", ([value, length]) => pad(text(value), Number(length), " ", false)),
];

function pad(value: string, length: number, fill: string, left: boolean): string {
  const characters = [...value];
  if (characters.length >= length) return characters.slice(0, Math.max(0, length)).join("");
  const filling = [...fill];
  if (filling.length === 0) return value;
  const added = Array.from({ length: length - characters.length }, (_, at) => filling[at % filling.length] ?? "").join(
    "",
  );
  return left ? added + value : value + added;
}

function position(value: string, part: string): number {
  const at = value.indexOf(part);
  return at < 0 ? 0 : [...value.slice(0, at)].length + 1;
}

function substring(value: string, from: number, length: number | null): string {
  if (length !== null && length < 0) throw new SqlError("22011", "negative substring length not allowed");
  const end = length === null ? Number.POSITIVE_INFINITY : from - 1 + length;
  return [...value].slice(Math.max(0, from - 1), Math.max(0, end)).join("");
}

const FUNCTIONS: readonly SqlFunction[] = [
  ...TIME,
  ...SEQUENCES,
  ...advisoryFunctions(),
  ...SESSION,
  ...NUMBERS,
  ...TEXTS,
];

const BY_NAME = new Map<string, SqlFunction[]>();
for (const item of FUNCTIONS) BY_NAME.set(item.name, [...(BY_NAME.get(item.name) ?? []), item]);

/** The functions of this name; empty where there is none. */
export function functionsNamed(name: string): readonly SqlFunction[] {
  return BY_NAME.get(name) ?? [];
}
