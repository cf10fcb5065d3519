/** Reading libpg-query's nodes: it leaves out zeros and false, and wraps every name in a String node. */
import type { Node, TypeName as TypeNode } from "libpg-query";

/** The text of a String node; empty for anything else. */
export function stringOf(node: Node | undefined): string {
  return node !== undefined && "String" in node ? (node.String.sval ?? "") : "";
}

/** A dotted name such as `pg_catalog.int4` without the schemas that everything is found in. */
export function lastName(names: readonly Node[] | undefined): string {
  return stringOf(names?.at(-1));
}

/** The name of a type node: `int4`, `timestamptz`. */
export function typeNodeName(node: TypeNode | undefined): string {
  return lastName(node?.names);
}

/** The items of a List node. */
export function listItems(node: Node | undefined): readonly Node[] {
  return node !== undefined && "List" in node ? (node.List.items ?? []) : [];
}

/** The place of an expression node, in bytes; undefined where it has none. */
export function locationOf(node: Node | undefined): number | undefined {
  if (node === undefined) return undefined;
  const [body] = Object.values(node) as { readonly location?: number }[];
  return body?.location;
}

/** The same expression without its places, as text: equal texts, equal expressions. */
export function withoutPlaces(node: unknown): string {
  return JSON.stringify(node, (key, value: unknown) =>
    key === "location" || key === "list_start" || key === "list_end" || key.startsWith("rexpr_list_")
      ? undefined
      : value,
  );
}
