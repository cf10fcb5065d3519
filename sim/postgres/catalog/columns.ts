/**
 * Columns from their definitions: types, defaults, NOT NULL, serial and identity with their sequences.
 *
 *     id serial     ->  integer NOT NULL DEFAULT nextval('t_id_seq'), and the sequence t_id_seq
 *
 * Source: parse_utilcmd.c (transformColumnDefinition, generateSerialExtraStmts).
 */
import type { ColumnDef, Constraint, Node } from "libpg-query";
import { typeReference } from "../expressions/type-reference.ts";
import { SqlError } from "../sql-error.ts";
import { typeNodeName } from "../syntax/nodes.ts";
import { refuse } from "../syntax/refuse.ts";
import type { Column, Sequence } from "./catalog.ts";
import { chooseName } from "./object-names.ts";
import { sequenceOptions } from "./sequences.ts";

const SERIAL: Readonly<Record<string, string>> = {
  smallserial: "int2",
  serial2: "int2",
  serial: "int4",
  serial4: "int4",
  bigserial: "int8",
  serial8: "int8",
};

export interface DefinedColumn {
  readonly column: Column;
  /** The sequence that comes with it, or null. */
  readonly sequence: Sequence | null;
  /** Constraints that are the table's business: keys, checks, references. */
  readonly constraints: readonly Constraint[];
}

export interface ColumnSite {
  readonly sql: string;
  readonly table: string;
  readonly isTaken: (name: string) => boolean;
}

export function defineColumn(definition: ColumnDef, { sql, table, isTaken }: ColumnSite): DefinedColumn {
  const name = definition.colname ?? "";
  const constraints = withAttributes(definition.constraints ?? []);
  const serial = SERIAL[typeNodeName(definition.typeName)];
  const { type, modifier } =
    serial === undefined ? typeReference(sql, definition.typeName) : { type: serial, modifier: [] };
  const identity = constraints.find(({ contype }) => contype === "CONSTR_IDENTITY");
  const generated = constraints.find(({ contype }) => contype === "CONSTR_GENERATED");
  if (generated?.generated_kind === "v") {
    refuse(sql, generated.location, "a VIRTUAL generated column", "make it STORED");
  }
  if (identity !== undefined && !["int2", "int4", "int8"].includes(type)) {
    throw new SqlError("22023", "identity column type must be smallint, integer, or bigint");
  }
  const sequence =
    serial === undefined && identity === undefined ? null : newSequence(table, name, identity, { sql, isTaken });
  const default_ = constraints.find(({ contype }) => contype === "CONSTR_DEFAULT");
  if (default_ !== undefined && generated !== undefined) {
    throw new SqlError(
      "42601",
      `both default and generation expression specified for column "${name}" of table "${table}"`,
    );
  }
  if (default_ !== undefined && sequence !== null) {
    throw new SqlError("42601", `multiple default values specified for column "${name}" of table "${table}"`);
  }
  const notNull =
    sequence !== null ||
    constraints.some(({ contype }) => contype === "CONSTR_NOTNULL" || contype === "CONSTR_PRIMARY");
  const column: Column = {
    name,
    type,
    ...(modifier.length > 0 ? { modifier } : {}),
    notNull,
    default: sequence === null ? (default_?.raw_expr ?? null) : nextvalNode(sequence.name),
    ...(generated === undefined ? {} : { generated: generated.raw_expr }),
    identity: identity === undefined ? null : identity.generated_when === "a" ? "always" : "by default",
  };
  const others = constraints.filter(({ contype }) =>
    ["CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_CHECK", "CONSTR_FOREIGN"].includes(contype ?? ""),
  );
  return { column, sequence, constraints: others };
}

/** DEFERRABLE and the like stand behind the constraint that they belong to. */
function withAttributes(nodes: readonly Node[]): readonly Constraint[] {
  const constraints: Constraint[] = [];
  for (const node of nodes) {
    if (!("Constraint" in node)) continue;
    const last = constraints.at(-1);
    switch (node.Constraint.contype) {
      case "CONSTR_ATTR_DEFERRABLE":
        if (last !== undefined) constraints[constraints.length - 1] = { ...last, deferrable: true };
        break;
      case "CONSTR_ATTR_DEFERRED":
        if (last !== undefined) constraints[constraints.length - 1] = { ...last, deferrable: true, initdeferred: true };
        break;
      case "CONSTR_ATTR_NOT_DEFERRABLE":
      case "CONSTR_ATTR_IMMEDIATE":
        break;
      default:
        constraints.push(node.Constraint);
    }
  }
  return constraints;
}

function newSequence(
  table: string,
  column: string,
  identity: Constraint | undefined,
  { sql, isTaken }: { readonly sql: string; readonly isTaken: (name: string) => boolean },
): Sequence {
  const name = chooseName([table, column], "seq", isTaken);
  return { name, ...sequenceOptions(sql, identity?.options ?? []) };
}

/** `nextval('name')` as the grammar gives it. */
function nextvalNode(sequence: string): Node {
  return {
    FuncCall: {
      funcname: [{ String: { sval: "nextval" } }],
      args: [{ A_Const: { sval: { sval: sequence } } }],
      funcformat: "COERCE_EXPLICIT_CALL",
    },
  };
}
