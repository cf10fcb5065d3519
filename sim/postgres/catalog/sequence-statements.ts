/** CREATE SEQUENCE and ALTER SEQUENCE. Source: sequence.c (DefineSequence, AlterSequence). */
import type { AlterSeqStmt, CreateSeqStmt } from "libpg-query";
import { SqlError } from "../sql-error.ts";
import type { Catalog, Sequence } from "./catalog.ts";
import { type Definition, type DefinitionSite, unchanged } from "./definition.ts";
import { mustFit, numberOf, sequenceOptions } from "./sequences.ts";

export function createSequence(node: CreateSeqStmt, sql: string, catalog: Catalog, site: DefinitionSite): Definition {
  const start = unchanged(catalog, "CREATE SEQUENCE");
  const name = node.sequence?.relname ?? "";
  if (!site.isFree(name, catalog)) {
    if (node.if_not_exists === true) return { ...start, notices: [`relation "${name}" already exists, skipping`] };
    throw new SqlError("42P07", `relation "${name}" already exists`);
  }
  const options = sequenceOptions(sql, node.options ?? []);
  site.claim(name, "sequence");
  return {
    ...start,
    catalog: withSequence(catalog, { name, ...options }),
    created: [name],
  };
}

function withSequence(catalog: Catalog, sequence: Sequence): Catalog {
  return { ...catalog, sequences: { ...catalog.sequences, [sequence.name]: sequence } };
}

/** ALTER SEQUENCE: new options, and where it goes on. A start value counts for the next RESTART only. */
export function alterSequence(node: AlterSeqStmt, sql: string, catalog: Catalog, site: DefinitionSite): Definition {
  const start = unchanged(catalog, "ALTER SEQUENCE");
  const name = node.sequence?.relname ?? "";
  const sequence = catalog.sequences[name];
  if (sequence === undefined) {
    const text = `relation "${name}" does not exist`;
    if (node.missing_ok !== true) throw new SqlError("42P01", text);
    return { ...start, notices: [`${text}, skipping`] };
  }
  site.lock(name, "share row exclusive");
  const { name: _, ...before } = sequence;
  const options = sequenceOptions(sql, node.options ?? [], before);
  const restart = (node.options ?? []).find((item) => "DefElem" in item && item.DefElem.defname === "restart");
  const from = restart !== undefined && "DefElem" in restart ? (numberOf(restart.DefElem) ?? options.start) : null;
  return {
    ...start,
    catalog: withSequence(catalog, { name, ...options }),
    positioned: [{ sequence: name, from, unused: sequence.start, check: (last) => mustFit(options, "RESTART", last) }],
    locks: [{ table: name, mode: "share row exclusive" }],
  };
}
