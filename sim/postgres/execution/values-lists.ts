/** VALUES as a query: rows of expressions, each column of one type. Source: analyze.c (transformValuesClause). */
import type { Node, SelectStmt } from "libpg-query";
import { coerceToCommon, commonType } from "../expressions/coerce.ts";
import { compile, plainContext } from "../expressions/compile.ts";
import { newFrame, type Row } from "../expressions/frame.ts";
import type { Query, Scope } from "../expressions/scope.ts";
import type { Typed } from "../expressions/typed.ts";
import { SqlError } from "../sql-error.ts";
import { listItems } from "../syntax/nodes.ts";
import { lockingClauses, lockWords } from "./locking.ts";
import { outputsOf } from "./outputs.ts";
import { compileLimit, compileSort, limited, sorted } from "./sorting.ts";
import { compileWith, withCtes } from "./with.ts";

export function compileValues(node: SelectStmt, scope: Scope): Query {
  const ctes = compileWith(node.withClause, scope);
  const [clause] = lockingClauses(node.lockingClause);
  if (clause !== undefined) throw new SqlError("0A000", `${lockWords(clause)} cannot be applied to VALUES`);
  const lists = (node.valuesLists ?? []).map((list) => compileList(list, scope));
  const width = lists[0]?.length ?? 0;
  if (lists.some((list) => list.length !== width))
    throw new SqlError("42601", "VALUES lists must all be the same length");
  const open = lists.length === 1 ? (lists[0] ?? []) : null;
  const columns = open ?? commonColumns(lists, width, scope);
  // The rows stand in the frame as the one item of this level, so that ORDER BY finds them.
  const item = scope.size;
  scope.size += 1;
  const fields = columns.map((typed, at) => ({ name: `column${at + 1}`, type: typed.type, item, column: at }));
  scope.columns = fields;
  scope.items.push({ name: "*VALUES*", table: null, columns: fields });
  const targets = fields.map(({ name, type }, at) => ({
    name,
    node: { ColumnRef: { fields: [{ String: { sval: name } }] } } satisfies Node,
    typed: open?.[at] ?? { type, evaluate: (frame) => frame.rows.values[item]?.[at] ?? null },
  }));
  const rows = open === null ? coerceLists(lists, columns, scope) : lists;
  const sort = compileSort(node.sortClause ?? [], targets, plainContext(scope, "ORDER BY"));
  const limit = compileLimit(node.limitCount, node.limitOffset, plainContext(scope, "LIMIT"));
  return outputsOf(targets, scope.outerLevels, (run, outer, outputs) => {
    const frame = newFrame(run, outer, scope.size);
    const input = function* (): Generator<null> {
      for (const row of rows) {
        frame.rows.values[item] = open === null ? row.map((typed) => typed.evaluate(frame)) : null;
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

function compileList(list: Node, scope: Scope): readonly Typed[] {
  return listItems(list).map((item) => compile(item, plainContext(scope, "VALUES")));
}

/** The types of the columns, as expressions that stand for them. */
function commonColumns(lists: readonly (readonly Typed[])[], width: number, scope: Scope): readonly Typed[] {
  return Array.from({ length: width }, (_, at) => {
    const column = lists.flatMap((list) => list[at] ?? []);
    const type = commonType(
      column.map((typed) => typed.type),
      "VALUES",
    );
    const [first] = column;
    return first === undefined ? NOTHING : coerceToCommon(scope.analysis, first, type, "VALUES");
  });
}

const NOTHING: Typed = { type: "text", evaluate: () => null };

function coerceLists(
  lists: readonly (readonly Typed[])[],
  columns: readonly Typed[],
  scope: Scope,
): readonly (readonly Typed[])[] {
  return lists.map((list) =>
    list.map((typed, at) => coerceToCommon(scope.analysis, typed, columns[at]?.type ?? "text", "VALUES")),
  );
}
