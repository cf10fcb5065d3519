/**
 * What expressions are made of: functions, operators and casts by the type of their result.
 *
 *     "lpad(text, int4, text) text"       a function, its parameters, its result
 *     "int4 + int8 int8"                  an operator
 *
 * The list is PostgreSQL's, not the simulator's: what the simulator does not know it has to refuse by name. Left out is
 * what shows the server (settings, files, statistics), the time or chance. `element` and `elements` stand for a type and arrays of it.
 * Sources: pg_proc.dat, pg_operator.dat, pg_cast.dat of PostgreSQL 18.
 */

/** The types of columns, most of them twice as likely as the others. */
export const TYPES = [
  ...["int4", "int4", "int4", "int8", "int2", "numeric", "float8", "text", "text", "varchar", "bpchar", "bool"],
  ...["date", "timestamp", "timestamptz", "interval", "uuid", "jsonb", "money", "_int4", "_text", "_int8"],
] as const;

export type SqlType = (typeof TYPES)[number];

export interface Signature {
  readonly parameters: readonly SqlType[];
  readonly result: SqlType;
  /** The text with `$1`, `$2`, … for the arguments. */
  readonly form: string;
}

const FUNCTIONS = `
abs(int2) int2; abs(int4) int4; abs(int8) int8; abs(numeric) numeric; abs(float8) float8; mod(int2, int2) int2; mod(int4, int4) int4
mod(int8, int8) int8; mod(numeric, numeric) numeric; div(numeric, numeric) numeric; round(numeric) numeric; round(numeric, int4) numeric
round(float8) float8; trunc(numeric) numeric; trunc(numeric, int4) numeric; trunc(float8) float8; floor(numeric) numeric
floor(float8) float8; ceil(numeric) numeric; ceil(float8) float8; ceiling(numeric) numeric; sign(numeric) numeric; sign(float8) float8
sqrt(numeric) numeric; power(numeric, numeric) numeric; gcd(int4, int4) int4; lcm(int4, int4) int4; scale(numeric) int4
factorial(int8) numeric; exp(float8) float8; ln(numeric) numeric; width_bucket(int4, int4, int4, int4) int4
lower(text) text; upper(text) text; lower(text) text; upper(text) text; lower(text) text; upper(text) text; initcap(text) text; reverse(text) text; length(text) int4; char_length(text) int4
character_length(text) int4; octet_length(text) int4; bit_length(text) int4; btrim(text) text; btrim(text, text) text; ltrim(text) text
ltrim(text, text) text; rtrim(text) text; rtrim(text, text) text; repeat(text, int2) text; replace(text, text, text) text
position(text, text) int4; strpos(text, text) int4; substring(text, int4) text; substring(text, int4, int4) text; substr(text, int4) text
substr(text, int4, int4) text; left(text, int4) text; right(text, int4) text; lpad(text, int2, text) text; rpad(text, int2, text) text
lpad(text, int2) text; rpad(text, int2) text; hashtext(text) int4; md5(text) text; ascii(text) int4; chr(int2) text
split_part(text, text, int4) text; translate(text, text, text) text; starts_with(text, text) bool; overlay(text, text, int4) text
quote_literal(text) text; quote_ident(text) text; format(text) text; regexp_replace(text, text, text) text; regexp_match(text, text) _text
to_hex(int4) text; concat(text, int4) text; concat_ws(text, text, int4) text; concat(bool, date) text; num_nulls(int4, text) int4
string_to_array(text, text) _text; array_to_string(_int4, text) text; array_to_string(_text, text) text
array_length(_int4, int4) int4; array_length(_text, int4) int4; cardinality(_int4) int4; array_append(_int4, int4) _int4
array_append(_int4, int8) _int8; array_append(_text, text) _text; array_prepend(int4, _int4) _int4; array_remove(_int4, int4) _int4
array_cat(_int4, _int4) _int4; array_position(_int4, int4) int4; array_position(_text, text) int4; array_upper(_int4, int4) int4
array_replace(_int4, int4, int4) _int4; array_positions(_int4, int4) _int4; array_ndims(_int4) int4; trim_array(_int4, int4) _int4
date_trunc(FIELD, timestamp) timestamp; date_trunc(FIELD, timestamptz) timestamptz; date_trunc(FIELD, timestamptz) timestamptz
date_trunc(FIELD, timestamp) timestamp; date_trunc(FIELD, timestamptz) timestamptz; date_trunc(FIELD, date) timestamptz
date_trunc(FIELD, interval) interval; date_part(FIELD, timestamp) float8; date_part(FIELD, date) float8
date_part(FIELD, interval) float8; age(timestamp, timestamp) interval; make_date(int4, int4, int4) date; isfinite(date) bool
justify_days(interval) interval; justify_hours(interval) interval; to_char(timestamp, text) text; to_char(int4, text) text
date(timestamp) date; date_add(timestamptz, interval) timestamptz; timezone(text, timestamp) timestamptz
to_jsonb(int4) jsonb; to_jsonb(text) jsonb; to_jsonb(_int4) jsonb; jsonb_build_array(int4, text) jsonb; jsonb_typeof(jsonb) text
jsonb_array_length(jsonb) int4; jsonb_set(jsonb, _text, jsonb) jsonb; jsonb_strip_nulls(jsonb) jsonb; jsonb_pretty(jsonb) text
int4(int8) int4; int8(int4) int8; text(bool) text; numeric(int4) numeric; bool(int4) bool; uuid_extract_version(uuid) int2`;

const OPERATORS = `
int4 + int4 int4; int4 - int4 int4; int4 * int4 int4; int4 % int4 int4; int4 / int4 int4; int4 + int8 int8; int8 - int4 int8; int8 * int8 int8
int2 + int2 int2; int2 + int4 int4; int8 / int8 int8; numeric + numeric numeric; numeric - int4 numeric; numeric * numeric numeric
numeric / numeric numeric; numeric % numeric numeric; float8 + float8 float8; float8 * int4 float8; float8 - numeric float8
int4 & int4 int4; int4 | int4 int4; int4 # int4 int4; int4 << int4 int4; int8 >> int4 int8; int4 ^ int4 float8; numeric ^ numeric numeric
text || text text; text || int4 text; int4 || text text; varchar || varchar text; text ~ text bool; text ~* text bool; text LIKE text bool
text NOT LIKE text bool; text ILIKE text bool; text SIMILAR TO text bool; varchar LIKE text bool; text ^@ text bool
date + int4 date; date - int4 date; date - date int4; date + interval timestamp; date - interval timestamp; timestamp + interval timestamp
timestamp - interval timestamp; timestamp - timestamp interval; timestamptz + interval timestamptz; timestamptz - timestamptz interval
timestamptz - interval timestamptz; interval + interval interval; interval - interval interval; interval * int4 interval
interval / int4 interval; interval * float8 interval; money + money money; money - money money; money * int4 money; money / money float8
jsonb -> int4 jsonb; jsonb -> text jsonb; jsonb ->> text text; jsonb ->> int4 text; jsonb #> _text jsonb; jsonb #>> _text text
jsonb || jsonb jsonb; jsonb - text jsonb; jsonb - int4 jsonb; jsonb @> jsonb bool; jsonb <@ jsonb bool; jsonb ? text bool
jsonb ?| _text bool; jsonb ?& _text bool; jsonb #- _text jsonb
_int4 || _int4 _int4; _int4 || int4 _int4; int4 || _int4 _int4; _text || text _text; _int4 @> _int4 bool; _int4 <@ _int4 bool; _int4 && _int4 bool`;

/** What has words between its arguments. */
const FORMS: readonly Signature[] = [
  ...(["timestamp", "timestamptz", "date", "interval"] as const).flatMap((type) =>
    ["day", "month", "year", "hour", "epoch", "dow"].map((field) => form(`extract(${field} FROM $1)`, "numeric", type)),
  ),
  form("trim(both $1 FROM $2)", "text", "text", "text"),
  form("trim(leading $1 FROM $2)", "text", "text", "text"),
  form("trim($1)", "text", "text"),
  form("position($1 IN $2)", "int4", "text", "text"),
  form("substring($1 FROM $2 FOR $3)", "text", "text", "int4", "int4"),
  form("overlay($1 PLACING $2 FROM $3)", "text", "text", "text", "int4"),
  form("($1 AT TIME ZONE 'UTC')", "timestamp", "timestamptz"),
  form("($1 AT TIME ZONE 'PST8PDT')", "timestamptz", "timestamp"),
  form("($1)[$2]", "int4", "_int4", "int4"),
  form("($1)[$2]", "text", "_text", "int4"),
  form("ARRAY[$1, $2]", "_int4", "int4", "int4"),
  form("ARRAY[$1, $2]", "_text", "text", "text"),
  form("jsonb_build_object('a', $1, 'b', $2)", "jsonb", "int4", "text"),
  form("CAST($1 AS int)", "int4", "numeric"),
  form("- $1", "int4", "int4"),
  form("~ $1", "int4", "int4"),
  form("@ $1", "int4", "int4"),
  form("|/ $1", "float8", "float8"),
];

/** Explicit casts that can succeed, from and to. */
const CASTS = `
int4 int8; int4 int2; int4 numeric; int4 float8; int4 text; int4 bool; int8 int4; int8 numeric; int2 int4; numeric int4; numeric float8; float8 int4
float8 numeric; bool int4; bool text; text varchar; text bpchar; varchar text; bpchar text; date timestamp; date timestamptz; date text; timestamp date
timestamp timestamptz; timestamptz timestamp; timestamptz date; interval text; uuid text; jsonb text; jsonb int4; _int4 _int8; _int4 text; int4 money
money numeric; numeric money; numeric text; timestamp text; _text text; text date; text interval; text int4; text jsonb; uuid uuid`;

function form(text: string, result: SqlType, ...parameters: readonly SqlType[]): Signature {
  return { form: text, result, parameters };
}

function lines(list: string): readonly string[] {
  return list.split(/[;\n]/).flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
}

function functions(): readonly Signature[] {
  return lines(FUNCTIONS).map((line) => {
    const [, name = "", list = "", result = ""] = /^(\w+)\((.*)\) (\w+)$/.exec(line) ?? [];
    const all = list.split(", ");
    const parameters = all.filter((each) => each !== "FIELD") as SqlType[];
    let at = 0;
    const places = all.map((each) => (each === "FIELD" ? "FIELD" : `$${++at}`));
    return { form: `${name}(${places.join(", ")})`, result: result as SqlType, parameters };
  });
}

function operators(): readonly Signature[] {
  return lines(OPERATORS).map((line) => {
    const words = line.split(" ");
    const [left, right, result] = [words[0], words.at(-2), words.at(-1)] as [SqlType, SqlType, SqlType];
    return { form: `($1 ${words.slice(1, -2).join(" ")} $2)`, result, parameters: [left, right] };
  });
}

function casts(): readonly Signature[] {
  return lines(CASTS).map((line) => {
    const [from, to] = line.split(" ") as [SqlType, SqlType];
    return { form: `($1)::${to.startsWith("_") ? `${to.slice(1)}[]` : to}`, result: to, parameters: [from] };
  });
}

const BY_RESULT = new Map<SqlType, Signature[]>();
for (const each of [...functions(), ...operators(), ...casts(), ...FORMS])
  BY_RESULT.set(each.result, [...(BY_RESULT.get(each.result) ?? []), each]);

/** What gives a value of this type; empty where nothing does. */
export function signaturesOf(result: SqlType): readonly Signature[] {
  return BY_RESULT.get(result) ?? [];
}

/** The comparisons of two types that are not the same, beside those of one type with itself. */
export const COMPARABLE: readonly (readonly [SqlType, SqlType])[] = [
  ...([
    ["int4", "int8"],
    ["int4", "numeric"],
    ["int4", "float8"],
    ["int8", "int2"],
    ["text", "varchar"],
  ] as const),
  ...([
    ["text", "bpchar"],
    ["date", "timestamp"],
    ["date", "timestamptz"],
    ["timestamp", "timestamptz"],
  ] as const),
];

/** Aggregates: argument, result, and the text with $1 for the argument, $O for its ORDER BY. */
export const AGGREGATES: readonly Signature[] = [
  form("count(*)", "int8"),
  form("count($1)", "int8", "int4"),
  form("count(DISTINCT $1)", "int8", "int4"),
  ...(["int4", "int8", "numeric", "text", "date", "timestamptz", "interval"] as const).flatMap((type) => [
    form("min($1)", type, type),
    form("max($1)", type, type),
  ]),
  form("sum($1)", "int8", "int4"),
  form("sum(DISTINCT $1)", "int8", "int4"),
  form("sum($1)", "numeric", "int8"),
  form("sum($1)", "numeric", "numeric"),
  form("sum($1)", "interval", "interval"),
  form("avg($1)", "numeric", "int4"),
  form("avg($1)", "float8", "float8"),
  form("bool_and($1)", "bool", "bool"),
  form("bool_or($1)", "bool", "bool"),
  form("every($1)", "bool", "bool"),
  form("bit_and($1)", "int4", "int4"),
  form("string_agg($1, ',' ORDER BY $1)", "text", "text"),
  form("string_agg(DISTINCT $1, ',')", "text", "text"),
  form("array_agg($1 ORDER BY $1)", "_int4", "int4"),
  form("array_agg(DISTINCT $1)", "_int4", "int4"),
  form("array_agg($1 ORDER BY $1 DESC NULLS LAST)", "_text", "text"),
  form("jsonb_agg($1 ORDER BY $1)", "jsonb", "int4"),
  form("jsonb_object_agg('a', $1 ORDER BY $1)", "jsonb", "int4"),
  form("count(*) FILTER (WHERE $1)", "int8", "bool"),
  form("stddev($1)", "numeric", "int4"),
];
