/**
 * What DDL asks of the server while it looks names up: locks, names that others are about to give, checks put off to COMMIT.
 *
 *     s0: BEGIN; CREATE TABLE n     holds the name n until it ends
 *     s1: CREATE TABLE n            n is free; waits for s0: committed 23505, rolled back it goes on
 *
 * A statement that waits is run again from its start. What it has found of names, and the notices that it has sent, are facts among its
 * answers: a name that was free stays free for it, and the unique index of the catalog tells what became of it.
 *
 * Sources: heap.c (heap_create_with_catalog), tablecmds.c (CheckTableNotInUse), indexcmds.c (ChooseRelationName).
 */
import { type DefinitionSite, isRelation } from "../catalog/definition.ts";
import { acquire, ownObject } from "../locks/lock-object.ts";
import { SqlError } from "../sql-error.ts";
import { depthOf } from "./state.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";
import { lockFurtherTable, lockTable } from "./table-locks.ts";
import { waitFor } from "./wait.ts";

export function definitionSite(step: Step): DefinitionSite {
  let isFirst = true;
  return {
    lock: (table, mode) => {
      const lock = isFirst ? lockTable : lockFurtherTable;
      isFirst = false;
      lock(step, table, mode);
    },
    mustBeUnused: (table, command) => {
      if (mine(step).transaction?.deferred.some((check) => check.table === table) !== true) return;
      throw new SqlError("55006", `cannot ${command} "${table}" because it has pending trigger events`);
    },
    isFree: (name, catalog) => fact(step, `${name} is free`, () => !isRelation(catalog, name)),
    isClaimed: (name) => fact(step, `${name} is another's`, () => isOfAnother(step, name)),
    claim: (name, kind) => claim(step, name, kind),
    notice: (text) => {
      if (known(step, `told ${text}`)) return;
      fact(step, `told ${text}`, () => true);
      step.notes.push(`NOTICE: ${text}`);
    },
  };
}

function known(step: Step, what: string): boolean {
  return mine(step).running?.answers.some((answer) => answer.kind === "value" && answer.value === what) === true;
}

/** Once true, true for the rest of the statement. */
function fact(step: Step, what: string, isTrue: () => boolean): boolean {
  if (known(step, what)) return true;
  if (!isTrue()) return false;
  mine(step).running?.answers.push({ kind: "value", value: what });
  return true;
}

function isOfAnother({ state, session }: Step, name: string): boolean {
  return state.locks[nameObject(name)]?.holders.some((held) => held.session !== session) === true;
}

function nameObject(name: string): string {
  return `name ${name}`;
}

function claim(step: Step, name: string, kind: "table" | "index" | "sequence"): void {
  const object = nameObject(name);
  const waits = `${name} is waited for`;
  const request = { session: step.session, mode: "exclusive", depth: depthOf(mine(step)) } as const;
  if (acquire(ownObject(step.state.locks, object), request, true) !== "granted") {
    fact(step, waits, () => true);
    waitFor(step, { kind: "object", object });
  }
  const { catalog } = step.state;
  if (!known(step, waits) || !isRelation(catalog, name)) return;
  const isType = kind === "table" && Object.hasOwn(catalog.tables, name);
  const [index, key] = isType ? ["pg_type_typname_nsp_index", "typname, typnamespace"] : CLASS_KEY;
  const detail = `Key (${key})=(${name}, 2200) already exists.`;
  throw new SqlError("23505", `duplicate key value violates unique constraint "${index}"`, detail);
}

const CLASS_KEY = ["pg_class_relname_nsp_index", "relname, relnamespace"] as const;
