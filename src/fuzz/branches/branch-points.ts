/**
 * The branches of a script: where in its text the parts begin that may be run or not.
 *
 *     if (a) b; else c;     b, c        a ? b : c     b, c        a && b, a || b, a ?? b     b
 *     case 1: b             b           (x) => b      b           function f() { b }         b
 *
 * Left out is what no run is to reach: a part that is nothing but `throw new RangeError(…)` or an error of a failed assertion, and
 * the constant behind `??`, which stands for a value that the type checker cannot know is there.
 */
import { parseSync } from "@swc/core";

/** A function's body: V8 tells of each function for itself. */
export interface Body {
  readonly start: number;
  readonly end: number;
  /** Where the body of the function around it begins; the function itself begins behind. */
  readonly outerStart: number;
}

/** A branch, by the offset of its first character. */
export interface BranchPoint {
  readonly offset: number;
  readonly kind: string;
  /** The innermost function that it is a part of. */
  readonly body: Body;
}

interface Node {
  readonly type: string;
  readonly span?: { readonly start: number; readonly end: number };
  readonly [field: string]: unknown;
}

/** The rule, as the report says it. */
export const LEFT_OUT = "failed assertions (throw new RangeError or Error) and constants behind ?? are not counted";

/** The branches of the text of a script in JavaScript, and how many were left out. */
export function branchPoints(text: string): { readonly points: readonly BranchPoint[]; readonly leftOut: number } {
  // The span of a module begins at its first statement, so there is one at the very beginning.
  const module = parseSync(`;${text}`, { syntax: "ecmascript", target: "es2022" }) as unknown as Node;
  const found = new Finder((module.span?.start ?? 0) + 1, lettersByByte(text));
  found.visit(module);
  found.points.sort((a, b) => a.offset - b.offset);
  return found;
}

/** For each byte of the text in UTF-8, and for its end, the place in the text: the parser counts bytes, V8 counts as JavaScript does. */
function lettersByByte(text: string): Uint32Array {
  const letters = new Uint32Array(Buffer.byteLength(text) + 1);
  let byte = 0;
  let at = 0;
  for (const letter of text) {
    letters.fill(at, byte, byte + Buffer.byteLength(letter));
    byte += Buffer.byteLength(letter);
    at += letter.length;
  }
  letters[byte] = at;
  return letters;
}

class Finder {
  readonly points: BranchPoint[] = [];
  leftOut = 0;
  readonly #base: number;
  readonly #letters: Uint32Array;
  #body: Body;

  constructor(base: number, letters: Uint32Array) {
    this.#base = base;
    this.#letters = letters;
    this.#body = { start: 0, end: letters.at(-1) ?? 0, outerStart: 0 };
  }

  /** Where in the text the parser's byte is. */
  #at(byte: number): number {
    return this.#letters[byte - this.#base] ?? 0;
  }

  visit(value: unknown): void {
    if (Array.isArray(value)) for (const each of value) this.visit(each);
    else if (isNode(value)) {
      this.#visitNode(value);
    } else if (hasBody(value) && isNode(value.body)) this.#visitFunction(value, value.body);
    else if (typeof value === "object" && value !== null) for (const field of Object.values(value)) this.visit(field);
  }

  #visitNode(node: Node): void {
    if (FUNCTIONS.has(node.type) && isNode(node.body)) {
      this.#visitFunction(node, node.body);
      return;
    }
    for (const [kind, part] of parts(node)) this.#add(kind, part);
    for (const field of Object.values(node)) if (typeof field === "object") this.visit(field);
  }

  /** The defaults of parameters are taken for a part of the function around, which is of no matter here. */
  #visitFunction(made: object, body: Node): void {
    const around = this.#body;
    for (const [name, field] of Object.entries(made))
      if (name !== "body" && typeof field === "object") this.visit(field);
    const [start, end] = [this.#at(body.span?.start ?? 0), this.#at(body.span?.end ?? 0)];
    this.#body = { start, end, outerStart: around.start };
    this.#add("function", body);
    this.visit(body);
    this.#body = around;
  }

  #add(kind: string, part: Node): void {
    if (isAssertion(part) || (kind === "??" && isConstant(part))) this.leftOut += 1;
    else if (part.span !== undefined) this.points.push({ kind, offset: this.#at(part.span.start), body: this.#body });
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** A method's function is an object without a type. */
function hasBody(value: unknown): value is { readonly body: unknown } {
  return typeof value === "object" && value !== null && "body" in value;
}

const FUNCTIONS: ReadonlySet<string> = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "Constructor",
]);
const OPERATORS: readonly unknown[] = ["&&", "||", "??"];

/** The parts of a node that may be run or not. */
function parts(node: Node): readonly (readonly [string, Node])[] {
  const present = (kind: string, ...fields: readonly string[]): readonly (readonly [string, Node])[] =>
    fields.flatMap((field) => {
      const part = node[field];
      return isNode(part) ? [[kind, part] as const] : [];
    });
  switch (node.type) {
    case "IfStatement":
      return present("if", "consequent", "alternate");
    case "ConditionalExpression":
      return present("?", "consequent", "alternate");
    case "BinaryExpression":
      return OPERATORS.includes(node.operator) ? present(String(node.operator), "right") : [];
    case "SwitchCase":
      return Array.isArray(node.consequent) && isNode(node.consequent[0]) ? [["case", node.consequent[0]]] : [];
    case "CatchClause":
      return present("catch", "body");
    default:
      return [];
  }
}

function isAssertion(part: Node): boolean {
  const [statement, ...more] = part.type === "BlockStatement" ? (part.stmts as readonly Node[]) : [part];
  if (statement?.type !== "ThrowStatement" || more.length > 0) return false;
  const made = statement.argument as Node;
  const maker = made.type === "NewExpression" ? (made.callee as Node).value : null;
  return maker === "RangeError" || maker === "Error";
}

function isConstant(part: Node): boolean {
  if (part.type === "ArrayExpression") return (part.elements as readonly unknown[]).length === 0;
  if (part.type === "UnaryExpression") return isConstant(part.argument as Node);
  return part.type.endsWith("Literal") || (part.type === "Identifier" && part.value === "undefined");
}
