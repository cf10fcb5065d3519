/**
 * The functions that are modelled, as `docs/postgres-semantics.md` lists them.
 *
 *     date_trunc(text, interval), …, array_append(array, element), …, sum(numeric), …
 */
import { typeLabel } from "../values/type-names.ts";
import { AGGREGATES, isAggregate } from "./aggregates.ts";
import { isAnyTypeFunction } from "./any-type-functions.ts";
import { FUNCTIONS, functionsNamed } from "./functions.ts";
import { isSeries } from "./series.ts";

/** Functions and aggregates whose arguments may have any type. */
const OF_ANY_TYPE: readonly string[] = [
  "array_agg(any)",
  "array_append(array, element)",
  "array_length(array, integer)",
  "array_position(array, element)",
  "array_prepend(element, array)",
  "array_remove(array, element)",
  "cardinality(array)",
  "concat(any, …)",
  "concat_ws(text, any, …)",
  "count(*)",
  "count(any)",
  "generate_series(integer, integer, integer)",
  "generate_series(bigint, bigint, bigint)",
  "generate_series(numeric, numeric, numeric)",
  "generate_series(timestamp with time zone, timestamp with time zone, interval)",
  "jsonb_agg(any)",
  "jsonb_build_array(any, …)",
  "jsonb_build_object(any, any, …)",
  "pg_typeof(any)",
  "to_jsonb(any)",
  "unnest(array, …)",
];

/** All of them, by name. */
export function modelledFunctions(): readonly string[] {
  const signature = (name: string, parameters: readonly string[]): string =>
    `${name}(${parameters.map(typeLabel).join(", ")})`;
  const plain = FUNCTIONS.map(({ name, parameters }) => signature(name, parameters));
  const aggregates = Object.entries(AGGREGATES).flatMap(([name, variants]) =>
    variants.map(({ parameters }) => signature(name, parameters)),
  );
  return [...new Set([...OF_ANY_TYPE, ...plain, ...aggregates])].sort(byName);
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether a function of this name is modelled, for some arguments at least. */
export function isModelledFunction(name: string): boolean {
  return functionsNamed(name).length > 0 || isAggregate(name) || isSeries(name) || isAnyTypeFunction(name);
}
