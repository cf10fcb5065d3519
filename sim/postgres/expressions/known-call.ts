/**
 * Which of PostgreSQL's functions or operators a call means, whether the server models it or not.
 *
 *     trunc(2.55, 1)      found: trunc(numeric, int4)       not modelled: refused
 *     trunc('a'::text)    none: 42883                       PostgreSQL says so too
 *
 * The choice is made among all that PostgreSQL has, so that a function with other types is never taken for the one that is
 * missing. Sources: parse_func.c (func_get_detail), parse_coerce.c (check_generic_type_consistency).
 */
import type { TypeName } from "../catalog/catalog.ts";
import {
  isImplicitCast,
  type KnownFunction,
  type KnownOperator,
  knownFunctions,
  knownOperators,
} from "../known/known.ts";
import { elementType, typeCategory } from "../values/type-names.ts";
import { type Choice, chooseCandidate } from "./resolve.ts";

export function knownCall(name: string, types: readonly TypeName[]): Choice<KnownFunction> {
  const candidates = knownFunctions(name).flatMap((candidate) => withArguments(candidate, types.length));
  return chosen(candidates, ({ parameters }) => parameters, types);
}

/** Whether PostgreSQL has a function of exactly these types. */
export function isCalledExactly(name: string, types: readonly TypeName[]): boolean {
  return knownFunctions(name).some(({ parameters }) => sameTypes(parameters, types));
}

export function knownOperation(name: string, types: readonly TypeName[]): Choice<KnownOperator> {
  const candidates = knownOperators(name).filter(({ left }) => (left === null) === (types.length === 1));
  const known = types.find((type) => type !== "unknown");
  const wanted = types.map((type) => (type === "unknown" ? (known ?? type) : type));
  const parameters = ({ left, right }: KnownOperator): readonly TypeName[] => (left === null ? [right] : [left, right]);
  const exact = candidates.find((candidate) => sameTypes(parameters(candidate), wanted));
  return exact === undefined ? chosen(candidates, parameters, types) : { kind: "found", candidate: exact };
}

function chosen<T>(
  candidates: readonly T[],
  parameters: (candidate: T) => readonly TypeName[],
  types: readonly TypeName[],
): Choice<T> {
  const exact = candidates.find((candidate) => sameTypes(parameters(candidate), types));
  if (exact !== undefined) return { kind: "found", candidate: exact };
  const consistent = candidates.filter((candidate) => isConsistent(parameters(candidate), types));
  return chooseCandidate(consistent, parameters, types, becomesImplicitly);
}

function sameTypes(a: readonly TypeName[], b: readonly TypeName[]): boolean {
  return a.length === b.length && a.every((type, at) => type === b[at]);
}

/** The function with as many parameters as there are arguments, or nothing where it cannot have so many. */
function withArguments(candidate: KnownFunction, count: number): readonly KnownFunction[] {
  const { parameters, variadic, required } = candidate;
  const last = parameters.at(-1);
  if (variadic && last !== undefined && count >= parameters.length) {
    const repeated = last === "any" ? last : (VARIADIC_ELEMENTS[last] ?? elementType(last) ?? last);
    const fixed = parameters.slice(0, -1);
    return [{ ...candidate, parameters: [...fixed, ...new Array<string>(count - fixed.length).fill(repeated)] }];
  }
  if (count < required || count > parameters.length) return [];
  return [{ ...candidate, parameters: parameters.slice(0, count) }];
}

const VARIADIC_ELEMENTS: Readonly<Record<string, TypeName>> = {
  anyarray: "anyelement",
  anycompatiblearray: "anycompatible",
};

/** Whether PostgreSQL takes a value of the one type for the other without a cast that is written. */
function becomesImplicitly(from: TypeName, to: TypeName): boolean {
  if (from === "unknown" || from === to) return true;
  switch (to) {
    case "any":
    case "anyelement":
    case "anycompatible":
      return true;
    case "anynonarray":
    case "anycompatiblenonarray":
      return elementType(from) === null;
    case "anyarray":
    case "anycompatiblearray":
      return elementType(from) !== null;
    default:
      return isImplicitCast(from, to) || becomesByElement(from, to);
  }
}

function becomesByElement(from: TypeName, to: TypeName): boolean {
  const [source, target] = [elementType(from), elementType(to)];
  return source !== null && target !== null && becomesImplicitly(source, target);
}

/** Arguments of one family of polymorphic parameters must be of one type, or have a common one. */
function isConsistent(parameters: readonly TypeName[], types: readonly TypeName[]): boolean {
  const family = (prefix: string): readonly TypeName[] =>
    parameters.flatMap((parameter, at) => {
      const type = types[at] ?? "unknown";
      const isMember = prefix === "anycompatible" ? parameter.startsWith(prefix) : STRICT.includes(parameter);
      if (!isMember || type === "unknown") return [];
      return parameter.endsWith("array") && !parameter.endsWith("nonarray") ? [elementType(type) ?? type] : [type];
    });
  const [first, ...others] = family("any");
  if (others.some((type) => type !== first)) return false;
  const compatible = family("anycompatible");
  const common = compatible.find((type) => compatible.every((other) => becomesImplicitly(other, type)));
  return compatible.length === 0 || common !== undefined || new Set(compatible.map(typeCategory)).size === 1;
}

const STRICT: readonly TypeName[] = ["anyelement", "anyarray", "anynonarray", "anyenum"];
