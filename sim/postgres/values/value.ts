/**
 * SQL values as plain JSON, so that a row can be copied, compared and hashed without knowing its types.
 *
 *     boolean            true, false
 *     int2 int4 float8   number
 *     int8 numeric       decimal string, canonical (no leading zeros; numeric keeps its display scale)
 *     text varchar uuid  string
 *     timestamptz        number of microseconds since 2000-01-01 UTC; timestamp the same in no zone
 *     date               number of days since 2000-01-01
 *     money              decimal string of cents
 *     interval           [months, days, microseconds]
 *     jsonb              ["jsonb", canonical text]
 *     arrays             array of values
 *     NULL               null
 *
 * The static type of an expression says how to read its value.
 */
export type Value = null | boolean | number | string | readonly Value[];
