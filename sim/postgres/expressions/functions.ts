/**
 * The functions, as a table: name, argument types, result type, what it computes.
 *
 * Unless it says otherwise a function is strict (a NULL argument gives NULL) and not volatile. A volatile one makes its
 * statement more than one atomic read, and is called for each row in the order of the rows. Aggregates and functions
 * that return sets are in their own tables. Source: pg_proc.dat.
 */
import type { TypeName } from "../catalog/catalog.ts";
import { SqlError } from "../sql-error.ts";
import { integerArithmetic } from "../values/integer.ts";
import { decimalOf, formatDecimal, numericArithmetic, roundDecimal, truncateDecimal } from "../values/numeric.ts";
import type { Value } from "../values/value.ts";
import { roundHalfEven } from "./casts.ts";
import type { Frame } from "./frame.ts";
import { define, type SqlFunction, text } from "./function-table.ts";
import { TEXT_FUNCTIONS } from "./text-functions.ts";
import { TIME_FUNCTIONS } from "./time-functions.ts";

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
  define("current_setting(text, bool) text", ([name, missingOk], frame) =>
    setting(frame, text(name), missingOk === true),
  ),
  define("current_schema() text", () => "public"),
];

function setting({ run: { access } }: Frame, name: string, missingOk: boolean): Value {
  try {
    return access.setting(name);
  } catch (error) {
    if (missingOk && error instanceof SqlError && error.sqlstate === "42704") return null;
    throw error;
  }
}

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
  define("mod(int2, int2) int2", ([a, b]) => integerArithmetic("int2", "%", Number(a), Number(b))),
  define("mod(int4, int4) int4", ([a, b]) => integerArithmetic("int4", "%", Number(a), Number(b))),
  define("mod(int8, int8) int8", ([a, b]) => integerArithmetic("int8", "%", text(a), text(b))),
  define("mod(numeric, numeric) numeric", ([a, b]) => numericArithmetic("%", text(a), text(b))),
  define("round(numeric) numeric", ([value]) => formatDecimal(roundDecimal(decimalOf(text(value)), 0))),
  define("round(numeric, int4) numeric", ([value, scale]) =>
    formatDecimal(roundDecimal(decimalOf(text(value)), Number(scale))),
  ),
  define("round(float8) float8", ([value]) => roundHalfEven(Number(value))),
  define("trunc(numeric) numeric", ([value]) => formatDecimal(truncateDecimal(decimalOf(text(value)), 0))),
  define("trunc(numeric, int4) numeric", ([value, scale]) =>
    formatDecimal(truncateDecimal(decimalOf(text(value)), Number(scale))),
  ),
  define("trunc(float8) float8", ([value]) => Math.trunc(Number(value))),
  define("floor(numeric) numeric", ([value]) => floorNumeric(text(value), false)),
  define("floor(float8) float8", ([value]) => Math.floor(Number(value))),
  define("ceil(numeric) numeric", ([value]) => floorNumeric(text(value), true)),
  define("ceil(float8) float8", ([value]) => Math.ceil(Number(value))),
  define("ceiling(numeric) numeric", ([value]) => floorNumeric(text(value), true)),
  define("ceiling(float8) float8", ([value]) => Math.ceil(Number(value))),
  define("sign(float8) float8", ([value]) => Math.sign(Number(value))),
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

export const FUNCTIONS: readonly SqlFunction[] = [
  ...TIME_FUNCTIONS,
  ...SEQUENCES,
  ...advisoryFunctions(),
  ...SESSION,
  ...NUMBERS,
  ...TEXT_FUNCTIONS,
];

const BY_NAME = new Map<string, SqlFunction[]>();
for (const item of FUNCTIONS) BY_NAME.set(item.name, [...(BY_NAME.get(item.name) ?? []), item]);

/** The functions of this name; empty where there is none. */
export function functionsNamed(name: string): readonly SqlFunction[] {
  return BY_NAME.get(name) ?? [];
}
