/**
 * What PostgreSQL knows by name, modelled or not: functions, operators, types, casts, settings, system catalogs.
 *
 *     knownFunctions("trunc")      trunc(float8), trunc(numeric), trunc(numeric, int4), …
 *     knownFunctions("nope")       nothing: PostgreSQL says that it does not exist
 *
 * The tables are those of a real server's catalogs (`npm run known-names`). They are read when they are first asked.
 */
import { FUNCTIONS_FROM_A } from "./functions-from-a.ts";
import { FUNCTIONS_FROM_J } from "./functions-from-j.ts";
import { FUNCTIONS_FROM_R } from "./functions-from-r.ts";
import { OPERATORS } from "./operators.ts";
import { CATALOGS, SETTINGS } from "./settings-and-catalogs.ts";
import { CASTS, TYPES } from "./type-catalog.ts";

export interface KnownFunction {
  /** The types of the arguments; of a variadic one the last stands for any number of them. */
  readonly parameters: readonly string[];
  readonly variadic: boolean;
  /** How many arguments there must be. */
  readonly required: number;
  readonly kind: "function" | "aggregate" | "window function";
}

export interface KnownOperator {
  /** Null for a prefix operator. */
  readonly left: string | null;
  readonly right: string;
}

/** The entries of a table by their names: `name rest;`. */
function table(...texts: readonly string[]): () => ReadonlyMap<string, string> {
  let entries: ReadonlyMap<string, string> | null = null;
  return () => {
    entries ??= new Map(
      texts
        .flatMap((text) => text.replaceAll("\n", "").split(";"))
        .map((entry) => entry.trim())
        .filter((entry) => entry !== "")
        .map((entry) => {
          const [name = "", ...rest] = entry.split(" ");
          return [name, rest.join(" ")] as const;
        }),
    );
    return entries;
  };
}

const functionTable = table(FUNCTIONS_FROM_A, FUNCTIONS_FROM_J, FUNCTIONS_FROM_R);
const operatorTable = table(OPERATORS);
const typeTable = table(TYPES);
const castTable = table(CASTS);
const settingTable = table(SETTINGS);
const catalogTable = table(CATALOGS);

/** The functions of this name; empty where PostgreSQL has none. */
export function knownFunctions(name: string): readonly KnownFunction[] {
  const entry = functionTable().get(name);
  return entry === undefined ? [] : entry.split("|").map(functionOf);
}

function functionOf(text: string): KnownFunction {
  const list = text.replace(/^[@%]/, "");
  const written = list === "" ? [] : list.split(",");
  return {
    parameters: written.map((type) => type.replace(/[*?]/g, "")),
    variadic: written.at(-1)?.startsWith("*") ?? false,
    required: written.filter((type) => !type.endsWith("?")).length,
    kind: text.startsWith("@") ? "aggregate" : text.startsWith("%") ? "window function" : "function",
  };
}

/** The operators of this name; empty where PostgreSQL has none. */
export function knownOperators(name: string): readonly KnownOperator[] {
  return (operatorTable().get(name)?.split("|") ?? []).map((text) => {
    const [left = "", right = ""] = text.split(",");
    return { left: left === "" ? null : left, right };
  });
}

/** A type's category and whether it is preferred in it; null where PostgreSQL has no such type. */
export function knownType(name: string): { readonly category: string; readonly preferred: boolean } | null {
  const entry = typeTable().get(name);
  return entry === undefined ? null : { category: entry.slice(0, 1), preferred: entry.endsWith("!") };
}

/** Whether PostgreSQL casts between the types without being told to. */
export function isImplicitCast(from: string, to: string): boolean {
  return (castTable().get(from)?.split("|") ?? []).includes(`i:${to}`);
}

/** Whether PostgreSQL has a cast between the types, in any context. */
export function isKnownCast(from: string, to: string): boolean {
  return (castTable().get(from)?.split("|") ?? []).some((cast) => cast.slice(2) === to);
}

export function isKnownSetting(name: string): boolean {
  return settingTable().has(name.toLowerCase());
}

export function isKnownCatalog(name: string): boolean {
  return catalogTable().has(name);
}
