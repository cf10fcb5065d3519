/**
 * Choosing among functions or operators of one name by the types of the arguments.
 *
 *     int2col + 1        candidates int2+int2, int4+int4, int8+int8, …   ->  int4+int4 (one argument fits exactly)
 *     textcol = '5'      the open literal takes the type of the other side
 *     now() - '1 day'    ambiguous by types; the rule for open arguments decides
 *
 * Source: parse_func.c (func_match_argtypes, func_select_candidate), parse_oper.c (oper_select_candidate).
 */
import type { TypeName } from "../catalog/catalog.ts";
import { isPreferred, typeCategory } from "../values/type-names.ts";
import { canCoerce } from "./coerce.ts";

export type Choice<T> =
  | { readonly kind: "found"; readonly candidate: T }
  | { readonly kind: "none" }
  | { readonly kind: "ambiguous" };

type Becomes = (from: TypeName, to: TypeName) => boolean;

/** Picks the candidate for arguments of these types; `parameters` tells a candidate's own types. */
export function chooseCandidate<T>(
  candidates: readonly T[],
  parameters: (candidate: T) => readonly TypeName[],
  types: readonly TypeName[],
  becomes: Becomes = (from, to) => canCoerce(from, to, "implicit"),
): Choice<T> {
  const usable = candidates.filter((candidate) => {
    const wanted = parameters(candidate);
    return wanted.length === types.length && types.every((type, at) => becomes(type, wanted[at] ?? ""));
  });
  const [only] = usable;
  if (only === undefined) return { kind: "none" };
  if (usable.length === 1) return { kind: "found", candidate: only };
  return narrow(usable, parameters, types, becomes);
}

function narrow<T>(
  usable: readonly T[],
  parameters: (candidate: T) => readonly TypeName[],
  types: readonly TypeName[],
  becomes: Becomes,
): Choice<T> {
  const exact = (wanted: TypeName, at: number): boolean => types[at] !== "unknown" && types[at] === wanted;
  let left = best(usable, (candidate) => count(parameters(candidate), exact));
  if (left.length > 1) {
    const fits = (wanted: TypeName, at: number): boolean => {
      const type = types[at] ?? "";
      return (
        type !== "unknown" && (type === wanted || (isPreferred(wanted) && typeCategory(type) === typeCategory(wanted)))
      );
    };
    left = best(left, (candidate) => count(parameters(candidate), fits));
  }
  if (left.length > 1) {
    if (!types.includes("unknown")) return { kind: "ambiguous" };
    left = byOpenArguments(left, parameters, types);
  }
  if (left.length > 1) left = byKnownType(left, parameters, types, becomes);
  const [candidate] = left;
  return candidate !== undefined && left.length === 1 ? { kind: "found", candidate } : { kind: "ambiguous" };
}

function count(wanted: readonly TypeName[], counts: (type: TypeName, at: number) => boolean): number {
  return wanted.filter(counts).length;
}

function best<T>(candidates: readonly T[], score: (candidate: T) => number): readonly T[] {
  const top = Math.max(...candidates.map(score));
  return candidates.filter((candidate) => score(candidate) === top);
}

/** For each open argument: the string category if any candidate takes one, else the one category they all take. */
function byOpenArguments<T>(
  candidates: readonly T[],
  parameters: (candidate: T) => readonly TypeName[],
  types: readonly TypeName[],
): readonly T[] {
  let left = candidates;
  for (const [at, type] of types.entries()) {
    if (type !== "unknown") continue;
    const wanted = candidates.map((candidate) => parameters(candidate)[at] ?? "");
    const categories = new Set(wanted.map(typeCategory));
    const [first] = categories;
    const category = categories.has("S") ? "S" : categories.size === 1 ? first : undefined;
    if (category === undefined) return candidates;
    const inCategory = wanted.filter((name) => typeCategory(name) === category);
    const wantsPreferred = inCategory.some(isPreferred);
    left = left.filter((candidate) => {
      const name = parameters(candidate)[at] ?? "";
      return typeCategory(name) === category && (!wantsPreferred || isPreferred(name));
    });
  }
  return left.length === 0 ? candidates : left;
}

/** If all known arguments have one type, the open ones are taken to have it too. */
function byKnownType<T>(
  candidates: readonly T[],
  parameters: (candidate: T) => readonly TypeName[],
  types: readonly TypeName[],
  becomes: Becomes,
): readonly T[] {
  const known = new Set(types.filter((type) => type !== "unknown"));
  const [type] = known;
  if (type === undefined || known.size !== 1) return candidates;
  return candidates.filter((candidate) => parameters(candidate).every((wanted) => becomes(type, wanted)));
}
