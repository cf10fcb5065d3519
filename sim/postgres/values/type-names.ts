/**
 * The types that the server knows, by PostgreSQL's internal names, with what type resolution asks of them.
 *
 *     internal name   shown as                  category   preferred in its category
 *     int4            integer                   N          no
 *     float8          double precision          N          yes
 *     text            text                      S          yes
 *     _int4           integer[]                 A          no
 *
 * Example: `typeLabel("_int4")` is `integer[]`, the words that PostgreSQL's error texts use.
 * Sources: pg_type.dat (categories, preferred types), format_type.c (labels).
 */
import type { TypeName } from "../catalog/catalog.ts";
import { knownType } from "../known/known.ts";

/** PostgreSQL's type categories: boolean, date and time, numeric, string, timespan, user-defined, array, pseudo, unknown. */
type TypeCategory = "B" | "D" | "N" | "S" | "T" | "U" | "A" | "P" | "X";

interface TypeEntry {
  readonly label: string;
  readonly category: TypeCategory;
  readonly preferred: boolean;
}

function entry(label: string, category: TypeCategory, preferred = false): TypeEntry {
  return { label, category, preferred };
}

const TYPES: Readonly<Record<string, TypeEntry>> = {
  bool: entry("boolean", "B", true),
  int2: entry("smallint", "N"),
  int4: entry("integer", "N"),
  int8: entry("bigint", "N"),
  numeric: entry("numeric", "N"),
  float8: entry("double precision", "N", true),
  text: entry("text", "S", true),
  varchar: entry("character varying", "S"),
  bpchar: entry("character", "S"),
  date: entry("date", "D"),
  timestamp: entry("timestamp without time zone", "D"),
  timestamptz: entry("timestamp with time zone", "D", true),
  interval: entry("interval", "T", true),
  uuid: entry("uuid", "U"),
  jsonb: entry("jsonb", "U"),
  money: entry("money", "N"),
  record: entry("record", "P"),
  tid: entry("tid", "U"),
  void: entry("void", "P"),
  unknown: entry("unknown", "X"),
};

/** The types a column may have, as people write them, for hints. */
export const SUPPORTED_TYPES =
  "smallint, integer, bigint, numeric, money, double precision, text, varchar, char, boolean, date, timestamp, timestamptz, interval, uuid, jsonb, and arrays of these";

/** Whether the name is that of a type the server knows (arrays included). */
export function isKnownType(type: TypeName): boolean {
  return Object.hasOwn(TYPES, type.startsWith("_") ? type.slice(1) : type);
}

/** The words for a type in PostgreSQL's texts: `integer`, `timestamp with time zone`, `text[]`. */
export function typeLabel(type: TypeName): string {
  const element = elementType(type);
  return element === null ? (TYPES[type]?.label ?? type) : `${typeLabel(element)}[]`;
}

/** The category of any type that PostgreSQL has, modelled or not. */
export function typeCategory(type: TypeName): string {
  return type.startsWith("_") ? "A" : (TYPES[type]?.category ?? knownType(type)?.category ?? "P");
}

export function isPreferred(type: TypeName): boolean {
  return TYPES[type]?.preferred ?? knownType(type)?.preferred ?? false;
}

/** The element type of an array type, or null where it is none. */
export function elementType(type: TypeName): TypeName | null {
  return type.startsWith("_") ? type.slice(1) : null;
}

export function arrayType(element: TypeName): TypeName {
  return `_${element}`;
}
