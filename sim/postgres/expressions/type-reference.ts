/** The type that a TypeName node means, with its modifier: `numeric(10,2)[]` -> `_numeric`, [10, 2]. */
import type { TypeName as TypeNode } from "libpg-query";
import type { TypeName } from "../catalog/catalog.ts";
import { knownType } from "../known/known.ts";
import { SqlError } from "../sql-error.ts";
import { lastName } from "../syntax/nodes.ts";
import { refuse } from "../syntax/refuse.ts";
import { arrayType, isKnownType, SUPPORTED_TYPES } from "../values/type-names.ts";

export interface TypeReference {
  readonly type: TypeName;
  readonly modifier: readonly number[];
}

const PSEUDO_TYPES: readonly TypeName[] = ["record", "void", "unknown"];

/** Refuses types that the server does not know. `regclass` is taken as the name that it is written as. */
export function typeReference(sql: string, node: TypeNode | undefined): TypeReference {
  const written = lastName(node?.names);
  const name = written === "regclass" ? "text" : written;
  if (!isKnownType(name) && knownType(name.replace(/^_/, "")) === null)
    throw new SqlError("42704", `type "${written}" does not exist`);
  if (!isKnownType(name) || PSEUDO_TYPES.includes(name) || name.startsWith("_")) {
    refuse(sql, node?.location, `the type ${written}`, `supported types: ${SUPPORTED_TYPES}`);
  }
  const modifier = (node?.typmods ?? []).map((item) => ("A_Const" in item ? (item.A_Const.ival?.ival ?? 0) : 0));
  if (modifier.length > 0 && name !== "numeric" && name !== "varchar" && name !== "bpchar") {
    refuse(sql, node?.location, `a precision of ${written}`, "leave it out");
  }
  const dimensions = node?.arrayBounds?.length ?? 0;
  if (dimensions > 1) refuse(sql, node?.location, "an array of arrays", "use a one-dimensional array");
  return { type: dimensions === 1 ? arrayType(name) : name, modifier };
}
