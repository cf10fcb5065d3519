/**
 * Casts: which type turns into which, when, and how.
 *
 *     implicit     anywhere           integer -> bigint -> numeric -> double precision, varchar <-> text <-> char(n)
 *     assignment   storing in a row   the other numeric directions, everything -> text
 *     explicit     CAST, ::           text -> everything (through text input), boolean <-> integer, jsonb -> scalars
 *
 * Arrays cast element by element where their elements do. Sources: pg_cast.dat, parse_coerce.c.
 */
import type { TypeName } from "../catalog/catalog.ts";
import { SqlError } from "../sql-error.ts";
import { floatOfNumeric } from "../values/float.ts";
import { type IntegerType, toInteger } from "../values/integer.ts";
import { jsonOf } from "../values/json.ts";
import { moneyOfNumeric, numericOfMoney } from "../values/money.ts";
import { decimalOf, parseNumeric, roundDecimal } from "../values/numeric.ts";
import { withoutBlanks } from "../values/text.ts";
import { dateOf, startOfDay } from "../values/timestamp.ts";
import { elementType, isKnownType, typeLabel } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { fromText, toText } from "../values/wire.ts";

export type CastContext = "implicit" | "assignment" | "explicit";
export type Conversion = (value: Exclude<Value, null>) => Value;

const RANK: Readonly<Record<CastContext, number>> = { implicit: 0, assignment: 1, explicit: 2 };
/** The numeric types from narrow to wide: to the right is implicit, to the left is assignment. */
const NUMERIC_TYPES: readonly TypeName[] = ["int2", "int4", "int8", "numeric", "float8"];

interface Cast {
  readonly context: CastContext;
  readonly convert: Conversion;
}

const same: Conversion = (value) => value;

/** How `from` turns into `to` in this context, or null where it does not. */
export function findCast(from: TypeName, to: TypeName, context: CastContext): Conversion | null {
  if (from === to) return same;
  const cast = directCast(from, to) ?? arrayCast(from, to, context) ?? textCast(from, to);
  return cast !== null && RANK[cast.context] <= RANK[context] ? cast.convert : null;
}

/** Between dates and timestamps; the zone is UTC, so that the two kinds of timestamp are the same number. */
const TIME_CASTS: Readonly<Record<string, Cast>> = {
  "date timestamp": { context: "implicit", convert: (value) => startOfDay(Number(value)) },
  "date timestamptz": { context: "implicit", convert: (value) => startOfDay(Number(value)) },
  "timestamp timestamptz": { context: "implicit", convert: same },
  "timestamptz timestamp": { context: "assignment", convert: same },
  "timestamp date": { context: "assignment", convert: (value) => dateOf(Number(value)) },
  "timestamptz date": { context: "assignment", convert: (value) => dateOf(Number(value)) },
};

function directCast(from: TypeName, to: TypeName): Cast | null {
  const source = NUMERIC_TYPES.indexOf(from);
  const target = NUMERIC_TYPES.indexOf(to);
  if (source >= 0 && target >= 0) {
    return { context: source < target ? "implicit" : "assignment", convert: numberConversion(to) };
  }
  if ((from === "text" && to === "varchar") || (from === "varchar" && to === "text")) {
    return { context: "implicit", convert: same };
  }
  if (from === "bpchar" && (to === "text" || to === "varchar")) {
    return { context: "implicit", convert: (value) => withoutBlanks(String(value)) };
  }
  if ((from === "text" || from === "varchar") && to === "bpchar") return { context: "implicit", convert: same };
  const time = TIME_CASTS[`${from} ${to}`];
  if (time !== undefined) return time;
  if (to === "money" && source >= 0 && from !== "float8") {
    return { context: "assignment", convert: (value) => moneyOfNumeric(String(value)) };
  }
  if (from === "money" && to === "numeric") {
    return { context: "assignment", convert: (value) => numericOfMoney(String(value)) };
  }
  if (from === "bool" && to === "int4") return { context: "explicit", convert: (value) => (value === true ? 1 : 0) };
  if (from === "int4" && to === "bool") return { context: "explicit", convert: (value) => value !== 0 };
  if (from === "jsonb" && (to === "bool" || target >= 0)) return { context: "explicit", convert: fromJsonb(to) };
  return null;
}

function arrayCast(from: TypeName, to: TypeName, context: CastContext): Cast | null {
  const source = elementType(from);
  const target = elementType(to);
  if (source === null || target === null) return null;
  const element = findCast(source, target, context);
  if (element === null) return null;
  const convert: Conversion = (value) =>
    Array.isArray(value) ? value.map((item: Value) => (item === null ? null : element(item))) : value;
  return { context, convert };
}

/** Every type goes to text on assignment, and from text explicitly, through its text form. */
function textCast(from: TypeName, to: TypeName): Cast | null {
  if (!isKnownType(from) || !isKnownType(to) || from === "void" || to === "void" || to === "record") return null;
  if (isString(to)) return { context: "assignment", convert: textConversion(from) };
  if (isString(from)) return { context: "explicit", convert: (value) => fromText(to, String(value)) };
  return null;
}

function isString(type: TypeName): boolean {
  return type === "text" || type === "varchar" || type === "bpchar";
}

/** A boolean casts to the words true and false, although it is shown as t and f. */
function textConversion(from: TypeName): Conversion {
  return from === "bool" ? (value) => (value === true ? "true" : "false") : (value) => toText(from, value);
}

function numberConversion(to: TypeName): Conversion {
  switch (to) {
    case "int2":
    case "int4":
    case "int8":
      return (value) => roundToInteger(to, value);
    case "numeric":
      return (value) => (typeof value === "number" ? numericOfNumber(value) : String(value));
    default:
      return (value) => (typeof value === "string" ? floatOfNumeric(value) : Number(value));
  }
}

/** numeric rounds half away from zero, double precision half to even; integers are only checked for range. */
function roundToInteger(type: IntegerType, value: Exclude<Value, null>): Value {
  if (typeof value === "string") return toInteger(type, roundDecimal(decimalOf(value), 0).digits);
  const number = Number(value);
  if (!Number.isInteger(number)) return toInteger(type, BigInt(roundHalfEven(number)));
  return toInteger(type, BigInt(number));
}

export function roundHalfEven(number: number): number {
  const floor = Math.floor(number);
  const rest = number - floor;
  if (rest !== 0.5) return Math.round(number);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Fifteen significant digits, as float8_numeric does. */
function numericOfNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  return parseNumeric(String(Number(value.toPrecision(15))));
}

function fromJsonb(to: TypeName): Conversion {
  return (value) => {
    const json = Array.isArray(value) ? jsonOf(["jsonb", String(value[1])]) : null;
    if (json === null) {
      if (to === "bool" || Array.isArray(value)) return null;
    }
    if (to === "bool" && typeof json === "boolean") return json;
    if (to !== "bool" && typeof json === "object" && json !== null && "number" in json) {
      return numberConversion(to)(json.number);
    }
    throw new SqlError("22023", `cannot cast jsonb ${jsonKind(json)} to type ${typeLabel(to)}`);
  };
}

function jsonKind(json: ReturnType<typeof jsonOf>): string {
  if (json === null) return "null";
  if (typeof json === "boolean") return "boolean";
  if (typeof json === "string") return "string";
  return "number" in json ? "numeric" : "array" in json ? "array" : "object";
}
