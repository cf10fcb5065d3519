/** Constants by type: few values, so that rows meet, and now and then one that is at an edge. */
import type { Draw } from "./draw.ts";
import type { SqlType } from "./signatures.ts";

const PLAIN: Readonly<Record<SqlType, readonly string[]>> = {
  int4: ["0", "1", "1", "2", "2", "3"],
  int8: ["0::bigint", "1::bigint", "2::bigint", "3::bigint"],
  int2: ["0::smallint", "1::smallint", "2::smallint"],
  numeric: ["0.5", "1.0", "2.50", "3::numeric"],
  float8: ["0.5::float8", "1::float8", "2.5::float8"],
  text: ["'a'", "'b'", "'B'", "''", "'a b'", "'xax'", "' a '", "'é'", "'É'", "'É'"],
  varchar: ["'a'::varchar", "'b'::varchar", "'ab'::varchar(2)"],
  bpchar: ["'a'::char(3)", "'b'::char(3)", "'ab'::char(2)"],
  bool: ["true", "false"],
  date: ["date '2024-02-29'", "date '2024-03-01'", "'2023-12-31'::date"],
  timestamp: ["timestamp '2024-02-29 10:00'", "timestamp '2024-03-01 00:00:01'", "'2023-12-31 23:30'::timestamp"],
  timestamptz: [
    "timestamptz '2024-02-29 10:00+00'",
    "timestamptz '2024-03-10 09:59:59+00'",
    "'2023-12-31 23:30-08'::timestamptz",
  ],
  interval: ["interval '1 day'", "interval '2 hours'", "interval '1 month 3 days'", "'90 minutes'::interval"],
  uuid: ["'00000000-0000-0000-0000-000000000001'::uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid"],
  jsonb: ['\'{"a": 1, "b": "x"}\'::jsonb', "'[1, 2, 3]'::jsonb", "'1'::jsonb", '\'{"a": {"b": null}}\'::jsonb'],
  money: ["1::money", "'$2.50'::money"],
  _int4: ["ARRAY[1, 2]", "'{1,2,3}'::int[]", "ARRAY[2]", "'{}'::int[]"],
  _text: ["ARRAY['a', 'b']", "'{a}'::text[]"],
  _int8: ["ARRAY[1::bigint]", "'{1,2}'::bigint[]"],
};

const EDGES: Readonly<Partial<Record<SqlType, readonly string[]>>> = {
  int4: ["-1", "2147483647", "NULL::int", "7", "-2147483648"],
  int8: ["9223372036854775807::bigint", "-1::bigint", "NULL::bigint"],
  int2: ["32767::smallint", "(-1)::smallint"],
  numeric: ["-2.5", "1e10", "NULL::numeric", "0.1", "'NaN'::numeric"],
  float8: ["'NaN'::float8", "-0.5::float8", "1e300::float8", "'Infinity'::float8"],
  text: ["'é'", "'É'", "'ß'", "NULL::text", "'%'", "'a_'", "'1'", "E'a\\nb'", "'AbC'"],
  bool: ["NULL::bool", "'t'::bool"],
  date: ["'2024-02-30'::date", "date '2024-01-31'", "NULL::date", "'infinity'::date", "'Feb 29, 2024'::date"],
  timestamp: ["timestamp '2024-01-31 12:00:00.5'", "'infinity'::timestamp", "timestamp '2024-02-29'"],
  timestamptz: ["'2024-11-03 01:30 PST8PDT'::timestamptz", "timestamptz '2024-01-31 00:00:00.123456+00'"],
  interval: [
    ...["'P1D'::interval", "'1-2'::interval", "interval '-1 day'", "'2024-02-29'::interval", "'PT1H30M'::interval"],
    ...["'1 day ago'::interval", "interval '1' day", "'1.5 days'::interval", "'04:05:06'::interval", "''::interval"],
  ],
  uuid: ["'zz'::uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid"],
  jsonb: ["'{}'::jsonb", "'null'::jsonb", "'{\"a\": [1, 2.50]}'::jsonb", "'{'::jsonb"],
  money: ["'-$1,000.00'::money"],
  _int4: ["NULL::int[]", "ARRAY[1, NULL]", "ARRAY[ARRAY[1, 2], ARRAY[3, 4]]"],
};

/** A constant of the type. */
export function literal(draw: Draw, type: SqlType): string {
  const edges = EDGES[type];
  return draw.pick(edges !== undefined && draw.often(0.04) ? edges : PLAIN[type]);
}

/** The name of a type in a definition. */
export function typeText(type: SqlType): string {
  if (type.startsWith("_")) return `${type.slice(1)}[]`;
  return type === "bpchar" ? "char(3)" : type === "varchar" ? "varchar(10)" : type;
}
