/**
 * The two sides of a foreign key may have different types: integer and bigint, integer and numeric, varchar and text.
 *
 *     parent (id bigint)   '1'       child (pid integer)   1       equal, though they are stored as different values
 *
 * They are compared by the operator that PostgreSQL takes for the constraint: that of the two types, or the parent's, to
 * which the child's value is cast. ON UPDATE CASCADE stores the parent's key with an assignment cast. Source: tablecmds.c
 * (ATAddForeignKeyConstraint), ri_triggers.c (ri_GenerateQual).
 */
import type { ForeignKey, Table, TypeName } from "../catalog/catalog.ts";
import { findCast } from "../expressions/casts.ts";
import { applyModifier } from "../expressions/coerce.ts";
import { valuesEqual } from "../values/compare.ts";
import { compareNumeric } from "../values/numeric.ts";
import { withoutBlanks } from "../values/text.ts";
import type { Value } from "../values/value.ts";

/** A foreign key with the tables at its two ends. */
export interface Link {
  readonly parent: Table;
  readonly child: Table;
  readonly foreignKey: ForeignKey;
}

/** Whether a parent's key and a child's are equal. NULLs are not. */
export function sameKeys(link: Link, parentKey: readonly Value[], childKey: readonly Value[]): boolean {
  return typesOf(link).every(([parentType, childType], at) => {
    const [of, own] = [parentKey[at] ?? null, childKey[at] ?? null];
    if (of === null || own === null) return false;
    return parentType === childType ? valuesEqual(parentType, of, own) : equalAcross(parentType, of, childType, own);
  });
}

function typesOf({ parent, child, foreignKey }: Link): readonly (readonly [TypeName, TypeName])[] {
  return foreignKey.columns.map((column, at) => {
    const other = parent.columns[foreignKey.foreignColumns[at] ?? -1];
    return [other?.type ?? "text", child.columns[column]?.type ?? "text"];
  });
}

const NUMBER = /^(int\d|numeric|float\d)$/;

function equalAcross(parentType: TypeName, parent: Value, childType: TypeName, child: Value): boolean {
  if (NUMBER.test(parentType)) {
    if (parentType.startsWith("float")) return Number(parent) === Number(child);
    return compareNumeric(String(parent), String(child)) === 0;
  }
  const blanks = parentType === "bpchar" || childType === "bpchar";
  if (!blanks) return String(parent) === String(child);
  if (parentType === "bpchar") return withoutBlanks(String(parent)) === withoutBlanks(String(child));
  return String(parent) === withoutBlanks(String(child));
}

/** The child's key as the parent stores it. */
export function parentKey(link: Link, key: readonly Value[]): readonly Value[] {
  return typesOf(link).map(([parentType], at) => stored(parentType, key[at] ?? null));
}

/** The parent's key as the child would store it, to look for. */
export function childKey(link: Link, key: readonly Value[]): readonly Value[] {
  return typesOf(link).map(([, childType], at) => stored(childType, key[at] ?? null));
}

function stored(type: TypeName, value: Value): Value {
  if (value === null || !NUMBER.test(type)) return value;
  return type === "int8" || type === "numeric" ? String(value) : Number(value);
}

/** The parent's key as an assignment to the child's columns. */
export function assignedKey(link: Link, key: readonly Value[]): readonly Value[] {
  return typesOf(link).map(([parentType, childType], at) => {
    const value = key[at] ?? null;
    const column = link.child.columns[link.foreignKey.columns[at] ?? -1];
    if (value === null || column === undefined) return value;
    const cast = parentType === childType ? null : findCast(parentType, childType, "assignment");
    const modifier = column.modifier ?? [];
    return applyModifier(childType, modifier, cast === null ? value : cast(value), false);
  });
}
