/** Walks a parse tree and refuses the first node or field that is not in the table of known ones. */
import { fieldWords, KNOWN_NODES, nodeWords } from "./known-nodes.ts";
import { refuse } from "./refuse.ts";

type Tree = Readonly<Record<string, unknown>>;

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Checks a wrapped node such as `{ SelectStmt: {…} }`; `start` is the byte offset to point at where nothing has one. */
export function checkKnown(sql: string, node: unknown, start: number): void {
  if (Array.isArray(node)) {
    for (const item of node) checkKnown(sql, item, start);
    return;
  }
  if (!isTree(node)) return;
  for (const [type, body] of Object.entries(node)) {
    if (!isTree(body)) continue;
    const place = firstLocation(body) ?? start;
    if (type === "GroupingSet") refuse(sql, place, groupingWords(body["kind"]));
    if (!Object.hasOwn(KNOWN_NODES, type)) refuse(sql, place, nodeWords(type));
    checkFields({ sql, type, body, start: place });
  }
}

/** Checks the fields of a node whose type is known. */
function checkFields({ sql, type, body, start }: { sql: string; type: string; body: Tree; start: number }): void {
  const known = KNOWN_NODES[type];
  for (const [field, value] of Object.entries(body)) {
    const bare = known?.get(field);
    if (bare === undefined) refuse(sql, firstLocation(value) ?? start, fieldWords(type, field));
    const place = typeof body["location"] === "number" ? Number(body["location"]) : start;
    if (bare === null) checkKnown(sql, value, place);
    else if (isTree(value)) checkFields({ sql, type: bare, body: value, start: place });
  }
}

function groupingWords(kind: unknown): string {
  switch (kind) {
    case "GROUPING_SET_ROLLUP":
      return "GROUP BY ROLLUP";
    case "GROUPING_SET_CUBE":
      return "GROUP BY CUBE";
    default:
      return "GROUP BY GROUPING SETS";
  }
}

/** The smallest place in a tree, which is where it begins. */
function firstLocation(value: unknown): number | undefined {
  let first: number | undefined;
  const visit = (item: unknown): void => {
    if (Array.isArray(item)) for (const part of item) visit(part);
    else if (isTree(item)) {
      const place = item["location"];
      if (typeof place === "number" && place >= 0 && (first === undefined || place < first)) first = place;
      for (const part of Object.values(item)) visit(part);
    }
  };
  visit(value);
  return first;
}
