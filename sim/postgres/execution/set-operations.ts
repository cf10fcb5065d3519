/**
 * UNION, INTERSECT and EXCEPT, with and without ALL. Rows come from the left and then from the right; without ALL each
 * row comes once, where it was first met (PostgreSQL promises no order). Source: analyze.c, prepunion.c.
 */
import type { Node, SelectStmt } from "libpg-query";
import { coerceToCommon, commonType } from "../expressions/coerce.ts";
import { plainContext } from "../expressions/compile.ts";
import { type Frame, newFrame, type Row, type Run } from "../expressions/frame.ts";
import type { Analysis, Query, Scope } from "../expressions/scope.ts";
import { SqlError } from "../sql-error.ts";
import { groupingKey } from "../values/compare.ts";
import { lockingClauses, lockWords } from "./locking.ts";
import { outputsOf } from "./outputs.ts";
import type { Field } from "./prepared.ts";
import { compileLimit, compileSort, limited, sorted } from "./sorting.ts";
import { compileWith, withCtes } from "./with.ts";

type CompileSelect = (node: SelectStmt, analysis: Analysis, parent: Scope | null) => Query;

export function compileSetOperation(node: SelectStmt, scope: Scope, compileSelect: CompileSelect): Query {
  const ctes = compileWith(node.withClause, scope);
  const words = (node.op ?? "").replace("SETOP_", "");
  const [clause] = lockingClauses(node.lockingClause);
  if (clause !== undefined)
    throw new SqlError("0A000", `${lockWords(clause)} is not allowed with UNION/INTERSECT/EXCEPT`);
  const branch = (part: SelectStmt | undefined): Query => compileSelect(part ?? {}, scope.analysis, scope);
  const left = branch(node.larg);
  const right = branch(node.rarg);
  const fields = matchBranches(left, right, words, scope);
  const item = scope.size;
  scope.size += 1;
  scope.columns = fields.map((field, column) => ({ ...field, item, column }));
  scope.items.push({ name: `*${words}*`, table: null, columns: scope.columns });
  const targets = fields.map(({ name, type }, at) => ({
    name,
    node: { ColumnRef: { fields: [{ String: { sval: name } }] } } satisfies Node,
    typed: { type, evaluate: (frame: Frame) => frame.rows.values[item]?.[at] ?? null },
  }));
  const sort = compileSort(node.sortClause ?? [], targets, plainContext(scope, "ORDER BY"));
  const limit = compileLimit(node.limitCount, node.limitOffset, plainContext(scope, "LIMIT"));
  const operation = { words, all: node.all === true, fields };
  return outputsOf(targets, scope.outerLevels, (run, outer, outputs) => {
    const frame = newFrame(run, outer, scope.size);
    const input = function* (): Generator<null> {
      for (const row of combined(operation, left, right, { run, frame })) {
        frame.rows.values[item] = row;
        yield null;
      }
    };
    const output = function* (): Generator<Row> {
      for (const _ of sort.length === 0 ? input() : sorted(input(), frame, sort)) {
        yield outputs.map((typed) => typed.evaluate(frame));
      }
    };
    return withCtes(ctes, frame, limited(output, frame, limit));
  });
}

/** Gives both branches the same types; the names are those of the left one. */
function matchBranches(left: Query, right: Query, words: string, scope: Scope): readonly Field[] {
  if (left.fields.length !== right.fields.length) {
    throw new SqlError("42601", `each ${words} query must have the same number of columns`);
  }
  const types = left.fields.map((field, at) => commonType([field.type, right.fields[at]?.type ?? "unknown"], words));
  for (const query of [left, right]) {
    query.coerceOutputs((output, at) => coerceToCommon(scope.analysis, output, types[at] ?? "text", words));
  }
  return left.fields;
}

interface Operation {
  readonly words: string;
  readonly all: boolean;
  readonly fields: readonly Field[];
}

interface Execution {
  readonly run: Run;
  readonly frame: Frame;
}

function* combined(
  { words, all, fields }: Operation,
  left: Query,
  right: Query,
  { run, frame }: Execution,
): Generator<Row> {
  const keyOf = (row: Row): string => fields.map(({ type }, at) => groupingKey(type, row[at] ?? null)).join("\u0001");
  const seen = new Set<string>();
  const isNew = (row: Row): boolean => {
    const key = keyOf(row);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  };
  if (words === "UNION") {
    for (const row of left.rows(run, frame)) if (all || isNew(row)) yield row;
    for (const row of right.rows(run, frame)) if (all || isNew(row)) yield row;
    return;
  }
  const counts = new Map<string, number>();
  for (const row of right.rows(run, frame)) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  for (const row of left.rows(run, frame)) {
    const count = counts.get(keyOf(row)) ?? 0;
    if (all && count > 0) counts.set(keyOf(row), count - 1);
    const isIn = count > 0;
    if (isIn === (words === "INTERSECT") && (all || isNew(row))) yield row;
  }
}
