/**
 * One text for one JSON value: equal values give equal texts, whatever the order in which their keys were set.
 *
 * It is stricter than `JSON.stringify`, which writes a Set as `{}` and drops `undefined`: two different states with one
 * text would be merged unseen, and the exploration would be wrong without a word. So whatever JSON cannot hold is found
 * and named.
 */

/** What in the value cannot be held, and where. */
export interface NotJson {
  readonly kind: "not-json";
  /** For instance `context.owners`. */
  readonly path: string;
  /** For instance `a Set`. */
  readonly what: string;
}

export type CanonicalText = { readonly kind: "text"; readonly text: string } | NotJson;

/** The canonical text of a value; `name` is how its path begins in a finding. */
export function canonicalText(value: unknown, name: string): CanonicalText {
  try {
    return { kind: "text", text: write(value, name, []) };
  } catch (error) {
    if (error instanceof Unwritable) return { kind: "not-json", path: error.path, what: error.what };
    throw error;
  }
}

class Unwritable extends Error {
  readonly path: string;
  readonly what: string;
  constructor(path: string, what: string) {
    super(`${path} is ${what}`);
    this.path = path;
    this.what = what;
  }
}

function write(value: unknown, path: string, parents: readonly object[]): string {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "number":
      if (!Number.isFinite(value)) throw new Unwritable(path, String(value));
      return JSON.stringify(value);
    case "object":
      return value === null ? "null" : writeObject(value, path, parents);
    case "undefined":
      throw new Unwritable(path, "undefined");
    default:
      throw new Unwritable(path, `a ${typeof value}`);
  }
}

function writeObject(value: object, path: string, parents: readonly object[]): string {
  if (parents.includes(value)) throw new Unwritable(path, "part of itself");
  const inside = [...parents, value];
  if (Array.isArray(value))
    return `[${Array.from(value, (item, at) => write(item, `${path}[${at}]`, inside)).join(",")}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new Unwritable(path, `a ${value.constructor.name}`);
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${write(item, `${path}.${key}`, inside)}`).join(",")}}`;
}
