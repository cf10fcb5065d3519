/**
 * Where a text compares times with the clock, and which ones: what it takes to know at which moments its answer changes.
 *
 *     UPDATE jobs SET taken_at = now() WHERE now() - heartbeat > interval '30 seconds'
 *                     stored, compared with nothing       heartbeat, 30 seconds later
 *
 * A time that is stored by INSERT, UPDATE or a default is no comparison, also with a constant added to it or cut to a unit. Anything
 * else that is made of the clock is one: by an operator (`expires_at < now()`: the columns and constants in it), or else in a way that is
 * not looked into (a WITH that is compared elsewhere, `extract(epoch from now() - at)` in a target list, a time told to the client): then
 * every column and constant of the statement may be in it. More moments than needed only cost states.
 */
import { parsed } from "../grammar.ts";
import { type Interval, multiplyInterval } from "../values/interval.ts";
import { parseInterval } from "../values/interval-text.ts";
import { parseTimestamp } from "../values/timestamp.ts";
import { calledName, isTree, keywordName, type Tree } from "./clock-calls.ts";

/** Times in these columns, and these moments, are compared with the clock; the answer changes there, or so much earlier or later. */
export interface ClockComparison {
  /** By name, in whatever table. */
  readonly columns: ReadonlySet<string> | "all";
  readonly moments: readonly number[];
  readonly offsets: readonly Interval[];
  /** What one of a number stands for, in a column or constant that is multiplied: empty where none is. */
  readonly units: readonly Interval[];
  /** The clock is compared with itself: the beginning of a transaction is a moment as well. */
  readonly withItself: boolean;
}

const SECOND: Interval = [0, 0, 1e6];

/** What the text compares with the clock; `values` are its parameters. Nothing, for one that is no SQL. */
export function clockComparisons(text: string, values: readonly unknown[]): readonly ClockComparison[] {
  const found: ClockComparison[] = [];
  for (const { stmt } of parsed(text) ?? []) {
    const statement = { tree: stmt, values, renamed: namesGiven(stmt) };
    visit(stmt, [], (path) => {
      const part = comparedPart(path);
      if (part !== null) found.push(comparison(part, statement));
    });
    // A function compares what it is given under names of its own.
    visitBodies(stmt, (body) => {
      found.push(...clockComparisons(body, []).map((each) => ({ ...each, columns: "all", withItself: true }) as const));
    });
  }
  return found;
}

interface Statement {
  readonly tree: unknown;
  readonly values: readonly unknown[];
  /** Names that are given to columns in it: what is called so may be made of others. */
  readonly renamed: ReadonlySet<string>;
}

/** A node on the way from the statement to a call of the clock, and the field in which the way goes on. */
interface Passed {
  readonly type: string;
  readonly body: Tree;
  readonly field: string;
}

/** Calls back for each call of the clock, with the way to it. */
function visit(value: unknown, path: readonly Passed[], onClock: (path: readonly Passed[]) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, path, onClock);
    return;
  }
  if (!isTree(value)) return;
  for (const [type, body] of Object.entries(value)) {
    if (!isTree(body)) {
      visit(body, path, onClock);
      continue;
    }
    const isClock =
      (type === "FuncCall" && calledName(body) !== null) || (type === "SQLValueFunction" && keywordName(body) !== null);
    if (isClock) onClock(path);
    else enter({ type, body }, path, onClock);
  }
}

/** A clause without a wrapper is called by the field that it is in, such as onConflictClause. */
function enter(
  { type, body }: Pick<Passed, "type" | "body">,
  path: readonly Passed[],
  onClock: (path: readonly Passed[]) => void,
): void {
  for (const [field, below] of Object.entries(body)) {
    const way = [...path, { type, body, field }];
    const isClause = isTree(below) && Object.keys(below).every((name) => /^[a-z]/.test(name));
    if (isClause) enter({ type: field, body: below }, way, onClock);
    else visit(below, way, onClock);
  }
}

/** The part of the statement that has to do with the comparison: an operator, "all", or null where the time is only stored. */
function comparedPart(path: readonly Passed[]): Tree | "all" | null {
  const at = path.findLastIndex((passed) => !keepsTime(passed));
  const passed = path[at];
  if (passed === undefined) return "all";
  if (passed.type === "Constraint") return passed.body["contype"] === "CONSTR_DEFAULT" ? null : passed.body;
  if (isStored(path, at)) return null;
  return INSIDE.has(passed.type) ? outermost(path, at) : "all";
}

/** Whether what comes out of a node is the time that went in, at another moment by a constant. */
function keepsTime({ type, body, field }: Passed): boolean {
  switch (type) {
    case "TypeCast":
    case "CoalesceExpr":
      return true;
    case "CaseWhen":
      return field === "result";
    case "CaseExpr":
      return field === "args" || field === "defresult";
    case "A_Expr":
      // What is added to a time is an interval; what is taken from it may be another time.
      if (operatorOf(body) === "+") return true;
      return operatorOf(body) === "-" && field === "lexpr" && !hasColumn(body["rexpr"]);
    case "FuncCall":
      return ["date_trunc", "timezone", "date_bin"].includes(functionOf(body)) && !hasColumn(body["args"]);
    default:
      return false;
  }
}

/** What an expression is made of; a condition's AND and OR are not among it. */
const INSIDE: ReadonlySet<string> = new Set(
  "A_Expr List FuncCall TypeCast CaseWhen CaseExpr CoalesceExpr MinMaxExpr NullTest NamedArgExpr".split(" "),
);

/** `now() - heartbeat > interval '30 seconds'`: the comparison around a difference. */
function outermost(path: readonly Passed[], from: number): Tree {
  let at = from;
  while (INSIDE.has(path[at - 1]?.type ?? "")) at -= 1;
  return path[at]?.body ?? {};
}

/** Whether the way goes on from here into a row that is stored. */
function isStored(path: readonly Passed[], at: number): boolean {
  const above = path[at - 1];
  switch (path[at]?.type) {
    case "ResTarget":
      if (above?.type === "UpdateStmt" || above?.type === "onConflictClause") return above.field === "targetList";
      return above?.type === "SelectStmt" && above.field === "targetList" && isInserted(path, at - 1);
    case "List":
      return above?.type === "SelectStmt" && above.field === "valuesLists" && isInserted(path, at - 1);
    default:
      return false;
  }
}

function isInserted(path: readonly Passed[], at: number): boolean {
  const above = path[at - 1];
  return above?.type === "InsertStmt" && above.field === "selectStmt";
}

function comparison(part: Tree | "all", { tree, values, renamed }: Statement): ClockComparison {
  const parts = partsOf(part === "all" ? tree : part, values);
  const isOpen = part === "all" || [...parts.columns].some((name) => renamed.has(name)) || parts.hasSubselect;
  const all = isOpen ? partsOf(tree, values) : parts;
  return {
    columns: isOpen ? "all" : all.columns,
    moments: all.moments,
    offsets: unique([
      ...all.offsets,
      ...all.numbers.flatMap((n) => all.units.map((unit) => multiplyInterval(unit, n))),
    ]),
    units: unique(all.units),
    withItself: isOpen || all.clocks > 1,
  };
}

function unique(intervals: readonly Interval[]): readonly Interval[] {
  return [...new Map(intervals.map((each) => [each.join(" "), each])).values()];
}

/** What a part of a statement is made of. */
interface Parts {
  readonly columns: Set<string>;
  readonly moments: number[];
  readonly offsets: Interval[];
  readonly numbers: number[];
  readonly units: Interval[];
  clocks: number;
  hasSubselect: boolean;
  isProduct: boolean;
}

function partsOf(tree: unknown, values: readonly unknown[]): Parts {
  const parts: Parts = {
    columns: new Set(),
    moments: [],
    offsets: [],
    numbers: [],
    units: [],
    clocks: 0,
    hasSubselect: false,
    isProduct: false,
  };
  const take = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) take(item);
    if (!isTree(value)) return;
    for (const [type, body] of Object.entries(value)) {
      if (isTree(body)) note(parts, type, body, values);
      take(body);
    }
  };
  take(tree);
  if (parts.isProduct) {
    const { numbers } = parts;
    // extract(epoch from now() - at) / 60 > 5; 3 * interval '1 minute'
    if (parts.units.length > 0) parts.numbers.push(...numbers.flatMap((a) => numbers.map((b) => a * b)));
    parts.units.push(...parts.offsets);
  }
  return parts;
}

function note(parts: Parts, type: string, body: Tree, values: readonly unknown[]): void {
  switch (type) {
    case "ColumnRef":
      parts.columns.add(lastName(body));
      return;
    case "SubLink":
      parts.hasSubselect = true;
      return;
    case "A_Const":
      noteConstant(parts, constantOf(body));
      return;
    case "ParamRef":
      noteConstant(parts, values[Number(body["number"]) - 1]);
      return;
    case "SQLValueFunction":
      parts.clocks += 1;
      return;
    case "NamedArgExpr":
      noteUnit(parts, `1 ${String(body["name"])}`);
      return;
    case "A_Expr":
      if (["*", "/"].includes(operatorOf(body))) parts.isProduct = true;
      return;
    case "FuncCall":
      if (calledName(body) !== null) parts.clocks += 1;
      else if (!["date_trunc", "timezone", "date_bin", "coalesce"].includes(functionOf(body))) parts.units.push(SECOND);
      return;
    default:
      return;
  }
}

function noteConstant(parts: Parts, value: unknown): void {
  if (typeof value === "number") parts.numbers.push(value);
  if (typeof value !== "string") return;
  if (/^\s*\d{4,}-\d/.test(value)) {
    const moment = attempted(() => parseTimestamp(value, () => Number.NaN));
    if (moment !== null) parts.moments.push(moment);
  } else if (/\d/.test(value) && /[a-z:]/i.test(value)) {
    const interval = attempted(() => parseInterval(value));
    if (interval !== null) parts.offsets.push(interval);
  } else if (/^\s*-?\d+(\.\d+)?\s*$/.test(value)) parts.numbers.push(Number(value));
  else noteUnit(parts, `1 ${value}`);
}

/** `1 seconds`, of ($1 || ' seconds')::interval. */
function noteUnit(parts: Parts, text: string): void {
  const unit = /^1\s+[a-z]+\s*$/i.test(text) ? attempted(() => parseInterval(text)) : null;
  if (unit !== null) parts.units.push(unit);
}

function attempted<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function constantOf({ sval, ival, fval }: Tree): unknown {
  if (isTree(sval)) return String(sval["sval"] ?? "");
  if (isTree(ival)) return Number(ival["ival"] ?? 0);
  return isTree(fval) ? Number(fval["fval"]) : null;
}

function hasColumn(value: unknown): boolean {
  const { columns, hasSubselect } = partsOf(value, []);
  return columns.size > 0 || hasSubselect;
}

function namesGiven(tree: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  visitNodes(tree, (type, body, above) => {
    if (type === "ResTarget" && typeof body["name"] === "string" && above === "SelectStmt") names.add(body["name"]);
    const lists = type === "Alias" ? [body["colnames"]] : type === "CommonTableExpr" ? [body["aliascolnames"]] : [];
    for (const list of lists) for (const item of Array.isArray(list) ? list : []) names.add(nameIn(item));
  });
  return names;
}

/** The bodies of functions in SQL. */
function visitBodies(tree: unknown, onBody: (body: string) => void): void {
  visitNodes(tree, (type, body) => {
    if (type !== "DefElem" || body["defname"] !== "as" || !isTree(body["arg"])) return;
    const list = isTree(body["arg"]["List"]) ? body["arg"]["List"]["items"] : [];
    for (const item of Array.isArray(list) ? list : []) onBody(nameIn(item));
  });
}

function visitNodes(value: unknown, onNode: (type: string, body: Tree, above: string) => void, above = ""): void {
  if (Array.isArray(value)) for (const item of value) visitNodes(item, onNode, above);
  if (!isTree(value)) return;
  for (const [type, body] of Object.entries(value)) {
    const isNode = /^[A-Z]/.test(type) && isTree(body);
    if (isNode) onNode(type, body, above);
    visitNodes(body, onNode, isNode ? type : above);
  }
}

function operatorOf(expression: Tree): string {
  return lastName({ fields: expression["name"] });
}

function functionOf(call: Tree): string {
  return lastName({ fields: call["funcname"] });
}

function lastName({ fields }: Tree): string {
  return Array.isArray(fields) ? nameIn(fields.at(-1)) : "";
}

function nameIn(value: unknown): string {
  const text = isTree(value) && isTree(value["String"]) ? value["String"]["sval"] : "";
  return typeof text === "string" ? text : "";
}
