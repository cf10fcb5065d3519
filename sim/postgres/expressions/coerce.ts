/**
 * Giving an expression the type that its surroundings ask for.
 *
 *     id = '5'        the literal becomes an integer while the statement is analysed
 *     id = $1         the parameter is found to be an integer
 *     n = id          where n is bigint: id is cast at run time
 *
 * Sources: parse_coerce.c (coerce_type, select_common_type), parse_param.c (variable_coerce_param_hook).
 */
import type { TypeName } from "../catalog/catalog.ts";
import { SqlError } from "../sql-error.ts";
import { applyNumericModifier } from "../values/numeric.ts";
import { localTime, momentOf } from "../values/time-style.ts";
import { hasZone } from "../values/timestamp.ts";
import { isPreferred, typeCategory, typeLabel } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { fromText } from "../values/wire.ts";
import { type CastContext, findCast } from "./casts.ts";
import { folded } from "./constant-folding.ts";
import type { Frame } from "./frame.ts";
import type { Analysis } from "./scope.ts";
import { constant, type Typed, type Untyped } from "./typed.ts";
import { styleOf, zonedCast } from "./zoned-casts.ts";

/** Whether a type turns into another in this context; an open type turns into anything. */
export function canCoerce(from: TypeName, to: TypeName, context: CastContext): boolean {
  return from === "unknown" || findCast(from, to, context) !== null;
}

/** The expression as this type, or null where there is no such cast. */
export function coerce(analysis: Analysis, typed: Typed, to: TypeName, context: CastContext): Typed | null {
  if (typed.untyped !== undefined) return coerceUntyped(analysis, typed.untyped, to);
  if (typed.type === to) return typed;
  const convert = findCast(typed.type, to, context);
  if (convert === null) return null;
  // A cast that is a function costs as much as one; text and varchar are the same thing under two names.
  if (typed.literal === undefined && !(isTextual(typed.type) && isTextual(to))) analysis.effects.cost += 1;
  const { evaluate } = typed;
  const zoned = zonedCast(typed.type, to);
  const coerced: Typed = {
    type: to,
    evaluate: (frame) => {
      const value = evaluate(frame);
      if (value === null) return null;
      return zoned === null ? convert(value) : zoned(value, styleOf(frame));
    },
  };
  if (zoned !== null) return coerced;
  return folded(analysis, coerced, [typed], ([value = null]) => (value === null ? null : convert(value)));
}

function isTextual(type: TypeName): boolean {
  return type === "text" || type === "varchar";
}

/** Words whose timestamp depends on when the statement runs. */
const CLOCK_TYPES: readonly TypeName[] = ["date", "timestamp", "timestamptz"];
const CLOCK_WORDS = /^\s*(now|today|tomorrow|yesterday)\s*$/i;

function coerceUntyped(analysis: Analysis, untyped: Untyped, to: TypeName): Typed {
  if (untyped.kind === "parameter") return coerceParameter(analysis, untyped.number, to);
  const { text } = untyped;
  if (text === null) return constant(to, null);
  if (CLOCK_TYPES.includes(to) && CLOCK_WORDS.test(text)) {
    return { type: to, evaluate: (frame) => clockWord(to, text, frame) };
  }
  const value = fromText(to, text);
  if (to !== "timestamptz" || hasZone(text) || value === null) return constant(to, value);
  return { type: to, evaluate: (frame) => momentOf(Number(value), styleOf(frame).zone) };
}

/** `today` and the like are days of the session's zone. */
function clockWord(type: TypeName, word: string, frame: Frame): Value {
  const { zone } = styleOf(frame);
  const moment = frame.run.access.clock("transaction");
  if (type !== "timestamptz") return fromText(type, word, () => localTime(moment, zone));
  return word.trim().toLowerCase() === "now"
    ? moment
    : momentOf(Number(fromText("timestamp", word, () => localTime(moment, zone))), zone);
}

function coerceParameter(analysis: Analysis, number: number, to: TypeName): Typed {
  const known = analysis.parameters[number - 1] ?? null;
  if (known !== null && known !== to) {
    throw new SqlError(
      "42P08",
      `inconsistent types deduced for parameter $${number}`,
      `${typeLabel(known)} versus ${typeLabel(to)}`,
    );
  }
  analysis.parameters[number - 1] = to;
  return { type: to, evaluate: (frame) => frame.run.parameters[number - 1] ?? null };
}

/** An open type that nothing decided becomes text. */
export function resolveOpen(analysis: Analysis, typed: Typed): Typed {
  return typed.untyped === undefined ? typed : coerceUntyped(analysis, typed.untyped, "text");
}

/** The type that all of them can take, for CASE, COALESCE, IN, VALUES, UNION and arrays; `words` names the construct. */
export function commonType(types: readonly TypeName[], words: string): TypeName {
  const known = types.filter((type) => type !== "unknown");
  let [chosen] = known;
  if (chosen === undefined) return "text";
  for (const type of known.slice(1)) {
    if (type === chosen) continue;
    if (typeCategory(type) !== typeCategory(chosen)) {
      throw new SqlError("42804", `${words} types ${typeLabel(chosen)} and ${typeLabel(type)} cannot be matched`);
    }
    const widens = canCoerce(chosen, type, "implicit") && !canCoerce(type, chosen, "implicit");
    if (!isPreferred(chosen) && widens) chosen = type;
  }
  return chosen;
}

/** Coerces to a common type; it fails where that needs more than an implicit cast. */
export function coerceToCommon(analysis: Analysis, typed: Typed, to: TypeName, words: string): Typed {
  const coerced = coerce(analysis, typed, to, "implicit");
  if (coerced !== null) return coerced;
  throw new SqlError("42846", `${words} could not convert type ${typeLabel(typed.type)} to ${typeLabel(to)}`);
}

/** A condition: it must be boolean. `words` names the clause, as in `argument of WHERE must be type boolean`. */
export function coerceToBoolean(analysis: Analysis, typed: Typed, words: string): Typed {
  const coerced = coerce(analysis, typed, "bool", "assignment");
  if (coerced !== null && (typed.type === "bool" || typed.untyped !== undefined)) return coerced;
  throw new SqlError("42804", `argument of ${words} must be type boolean, not type ${typeLabel(typed.type)}`);
}

/** Applies a type's modifier, such as the length of varchar(10) and char(10) or the scale of numeric(10,2). */
export function applyModifier(type: TypeName, modifier: readonly number[], value: Value, explicit: boolean): Value {
  const [first] = modifier;
  if (first === undefined || typeof value !== "string") return value;
  if (type === "numeric") return applyNumericModifier(value, first, modifier[1] ?? 0);
  if (type !== "varchar" && type !== "bpchar") return value;
  const characters = [...value];
  if (characters.length <= first) return type === "bpchar" ? value + " ".repeat(first - characters.length) : value;
  const kept = characters.slice(0, first).join("");
  const onlyBlanks = characters.slice(first).every((char) => char === " ");
  if (explicit || onlyBlanks) return kept;
  throw new SqlError("22001", `value too long for type ${typeLabel(type)}(${first})`);
}
