/**
 * Values as the outside sees them: PostgreSQL's text form, and node-postgres' cells made of it.
 *
 *     type          value                  text                       cell
 *     bool          true                   t                          true
 *     int4          7                      7                          7
 *     int8          "7"                    7                          "7"
 *     timestamptz   823075200000000        2026-01-31 08:00:00+00     the text
 *     _int4         [1, null]              {1,NULL}                   the text
 *
 * Invariant: `fromText(type, toText(type, value))` is the value again.
 */
import type { Cell } from "../../../model/protocol.ts";
import type { TypeName } from "../catalog/catalog.ts";
import { SqlError } from "../sql-error.ts";
import { formatArrayText, parseArrayText } from "./array.ts";
import { parseBoolean } from "./boolean.ts";
import { formatFloat8, parseFloat8 } from "./float.ts";
import { parseInteger } from "./integer.ts";
import { parseInterval } from "./interval-text.ts";
import { jsonbValue, parseJson } from "./json.ts";
import { formatMoney, parseMoney } from "./money.ts";
import { parseNumeric } from "./numeric.ts";
import { parseUuid } from "./text.ts";
import { ISO_UTC, showDate, showInterval, showTimestamp, showTimestamptz, type TimeStyle } from "./time-style.ts";
import { parseDate, parseTimestamp } from "./timestamp.ts";
import { elementType, typeLabel } from "./type-names.ts";
import type { Value } from "./value.ts";

/** PostgreSQL's text output of a value; null for NULL. */
export function toText(type: TypeName, value: Value, style: TimeStyle = ISO_UTC): string | null {
  if (value === null) return null;
  const element = elementType(type);
  if (element !== null && Array.isArray(value)) {
    return formatArrayText(value.map((item: Value) => toText(element, item, style)));
  }
  if (typeof value === "boolean") return value ? "t" : "f";
  if (typeof value === "string") return type === "money" ? formatMoney(value) : value;
  if (typeof value === "number") return numberText(type, value, style);
  if (type === "interval") return showInterval([Number(value[0]), Number(value[1]), Number(value[2])], style);
  if (type === "jsonb") return String(value[1]);
  return `(${value.map((item) => recordField(item, style)).join(",")})`;
}

function numberText(type: TypeName, value: number, style: TimeStyle): string {
  switch (type) {
    case "timestamptz":
      return showTimestamptz(value, style);
    case "timestamp":
      return showTimestamp(value, style);
    case "date":
      return showDate(value, style);
    case "float8":
      return formatFloat8(value);
    default:
      return String(value);
  }
}

/** A field of a record: records carry `[type, value]` pairs, so that they can be shown. */
function recordField(field: Value, style: TimeStyle): string {
  if (!Array.isArray(field)) return "";
  const text = toText(String(field[0]), field[1] ?? null, style);
  if (text === null) return "";
  return text !== "" && !/[\s(),"\\]/.test(text) ? text : `"${text.replace(/["\\]/g, "$&$&")}"`;
}

const TIMES: readonly TypeName[] = ["date", "timestamp", "timestamptz"];

/** The value as node-postgres hands it out. */
export function toCell(type: TypeName, value: Value, style: TimeStyle = ISO_UTC): Cell {
  if (typeof value === "boolean") return value;
  if (typeof value === "number" && !TIMES.includes(type)) return value;
  return toText(type, value, style);
}

/** Reads PostgreSQL's text input of a type; `now` stands behind `'now'::timestamptz`. */
export function fromText(type: TypeName, text: string, now: () => number = noClock): Value {
  const element = elementType(type);
  if (element !== null) {
    return parseArrayText(text).map((item) => (item === null ? null : fromText(element, item, now)));
  }
  switch (type) {
    case "bool":
      return parseBoolean(text);
    case "int2":
    case "int4":
    case "int8":
      return parseInteger(type, text);
    case "numeric":
      return parseNumeric(text);
    case "float8":
      return parseFloat8(text);
    case "money":
      return parseMoney(text);
    case "date":
      return parseDate(text, now);
    case "timestamp":
    case "timestamptz":
      return parseTimestamp(text, now, type);
    case "interval":
      return parseInterval(text);
    case "uuid":
      return parseUuid(text);
    case "tid":
      return parseTid(text);
    case "jsonb":
      return jsonbValue(parseJson(text));
    case "text":
    case "varchar":
    case "bpchar":
    case "unknown":
      return text;
    default:
      throw new SqlError("0A000", `cannot accept a value of type ${typeLabel(type)}`);
  }
}

/** A place on a page: `(block,place)`. */
function parseTid(text: string): string {
  const [, block, place] = /^\((\d+),(\d+)\)$/.exec(text.trim()) ?? [];
  if (block === undefined || place === undefined) {
    throw new SqlError("22P02", `invalid input syntax for type tid: "${text}"`);
  }
  return `(${Number(block)},${Number(place)})`;
}

function noClock(): number {
  throw new SqlError("0A000", "date/time value that depends on the clock is not available here");
}

/** Reads a parameter: node-postgres sends every value as text. */
export function fromCell(type: TypeName, cell: Cell, now: () => number = noClock): Value {
  if (cell === null) return null;
  return fromText(type, typeof cell === "string" ? cell : String(cell), now);
}
