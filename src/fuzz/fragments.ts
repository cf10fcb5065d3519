/**
 * Random SQL in pieces: an arbitrary of a piece of text that carries with it what it exercises and its parameters.
 *
 *     sql`UPDATE t SET v = ${oneOf([3, sql`v + 1`], [1, value(0, 3)])} WHERE id = ${value(1, 3)}`
 */
import fc from "fast-check";

export interface Fragment {
  readonly text: string;
  readonly labels: readonly string[];
}

export type Sql = fc.Arbitrary<Fragment>;

/** SQL in which every hole is filled by an arbitrary of its own. */
export function sql(parts: TemplateStringsArray, ...holes: readonly (Sql | string)[]): Sql {
  const filled = holes.map((hole) => (typeof hole === "string" ? fc.constant(plain(hole)) : hole));
  return fc.tuple(...filled).map((fragments) => ({
    text: parts.map((part, at) => part + (fragments[at]?.text ?? "")).join(""),
    labels: fragments.flatMap((fragment) => fragment.labels),
  }));
}

function plain(text: string): Fragment {
  return { text, labels: [] };
}

/** Adds labels to a piece. */
export function labelled(labels: string | readonly string[], piece: Sql): Sql {
  const more = typeof labels === "string" ? [labels] : labels;
  return piece.map((fragment) => ({ text: fragment.text, labels: [...more, ...fragment.labels] }));
}

/** One of the pieces, by weight; those with weight 0 never. */
export function oneOf(...choices: readonly (readonly [number, Sql])[]): Sql {
  const possible = choices.filter(([weight]) => weight > 0);
  return fc.oneof(...possible.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** An integer; `parameter` in the labels is not wanted, so it is marked in the text and resolved by `withParameters`. */
export function value(min: number, max: number): Sql {
  return fc.integer({ min, max }).map((number) => plain(`${MARK}${number}${MARK}`));
}

/** One of the texts, each as likely. */
export function word(...texts: readonly string[]): Sql {
  return fc.constantFrom(...texts).map(plain);
}

/** One of the texts, each with itself as label behind the prefix. */
export function labelledWord(prefix: string, ...texts: readonly string[]): Sql {
  return fc.constantFrom(...texts).map((text) => ({ text, labels: [`${prefix}${text}`] }));
}

const MARK = "\u0001";
const VALUE = new RegExp(`${MARK}(-?\\d+)${MARK}`, "g");

/** The values in the text as literals. */
export function withLiterals(text: string): string {
  return text.replace(VALUE, "$1");
}

/** The piece without values that could be sent as parameters. */
export function literally(piece: Sql): Sql {
  return piece.map(({ text, labels }) => ({ text: withLiterals(text), labels }));
}

/** The values in the text as parameters. */
export function withParameters(text: string): { readonly text: string; readonly values: readonly number[] } {
  const values: number[] = [];
  return { text: text.replace(VALUE, (_, number: string) => `$${values.push(Number(number))}`), values };
}
