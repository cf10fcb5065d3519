/**
 * PREPARE, EXECUTE and DEALLOCATE: statements that a session keeps by name.
 *
 *     PREPARE take (int) AS UPDATE t SET v = 1 WHERE id = $1        statements: { take: "PREPARE take (int) AS …" }
 *     EXECUTE take (7)                                              runs the UPDATE with 7
 *
 * What is kept is the text, which is analysed for the catalog of the moment. It is no part of a transaction: a ROLLBACK leaves it.
 *
 * Not modelled: that a kept statement fails when its result type changes.
 * Source: src/backend/commands/prepare.c.
 */
import type { Node, TypeName as TypeNode } from "libpg-query";
import { typeReference } from "../expressions/type-reference.ts";
import type { ParsedStatement } from "../grammar.ts";
import { SqlError } from "../sql-error.ts";
import { cachedStatements } from "./prepared-cache.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";

interface PrepareNode {
  readonly name: string;
  readonly argtypes?: readonly Node[];
  readonly query: unknown;
}

/** PREPARE: keeps the statement. */
export function keepStatement(step: Step, statement: ParsedStatement): void {
  const { name } = prepareNode(statement);
  const { statements } = mine(step);
  if (statements[name] !== undefined) throw new SqlError("42P05", `prepared statement "${name}" already exists`);
  statements[name] = statement.text;
}

function prepareNode(statement: ParsedStatement): PrepareNode {
  return (statement.node as { readonly PrepareStmt: PrepareNode }).PrepareStmt;
}

/** The statement behind `AS`, the same object for the same PREPARE: what analysis finds is remembered by it. */
export function keptStatement(statement: ParsedStatement): ParsedStatement {
  const known = kept.get(statement);
  if (known !== undefined) return known;
  const { argtypes, query } = prepareNode(statement);
  const types = (argtypes ?? []).map((node) => typeReference(statement.sql, typeNode(node)).type);
  const inner: ParsedStatement = { ...statement, kind: "query", node: query, parameters: types };
  kept.set(statement, inner);
  return inner;
}

const kept = new WeakMap<ParsedStatement, ParsedStatement>();

function typeNode(node: Node): TypeNode | undefined {
  return "TypeName" in node ? node.TypeName : undefined;
}

export interface Execution {
  readonly statement: ParsedStatement;
  /** `SELECT` of the arguments; null where there are none. */
  readonly arguments: ParsedStatement | null;
}

/** What EXECUTE runs. */
export function execution(step: Step, execute: ParsedStatement): Execution {
  const { name, params } = (execute.node as { readonly ExecuteStmt: { name: string; params?: readonly Node[] } })
    .ExecuteStmt;
  const text = mine(step).statements[name];
  const [prepare] = text === undefined ? [] : cachedStatements({ text, values: [] });
  if (prepare === undefined) throw new SqlError("26000", `prepared statement "${name}" does not exist`);
  return { statement: keptStatement(prepare), arguments: argumentsOf(execute, params ?? []) };
}

function argumentsOf(execute: ParsedStatement, params: readonly Node[]): ParsedStatement | null {
  if (params.length === 0) return null;
  const known = argumentLists.get(execute);
  if (known !== undefined) return known;
  // A quote inside of a constant has a backslash before it.
  if (JSON.stringify(params).includes('"SubLink":{')) {
    throw new SqlError("0A000", "cannot use subquery in EXECUTE parameter");
  }
  const targetList = params.map((val) => ({ ResTarget: { val } }));
  const statement: ParsedStatement = {
    ...execute,
    kind: "query",
    node: { SelectStmt: { targetList, op: "SETOP_NONE" } },
  };
  argumentLists.set(execute, statement);
  return statement;
}

const argumentLists = new WeakMap<ParsedStatement, ParsedStatement>();

/** The arguments must be as many as the statement's parameters. */
export function checkArguments({ node }: ParsedStatement, expected: number, got: number): void {
  if (expected === got) return;
  const { name } = (node as { readonly ExecuteStmt: { readonly name: string } }).ExecuteStmt;
  throw new SqlError(
    "42601",
    `wrong number of parameters for prepared statement "${name}"`,
    `Expected ${expected} parameters but got ${got}.`,
  );
}

/** DEALLOCATE name, or ALL. */
export function forgetStatement(step: Step, statement: ParsedStatement): void {
  const { name } = (statement.node as { readonly DeallocateStmt: { readonly name?: string } }).DeallocateStmt;
  const session = mine(step);
  if (name === undefined) {
    session.statements = {};
    return;
  }
  if (session.statements[name] === undefined) {
    throw new SqlError("26000", `prepared statement "${name}" does not exist`);
  }
  delete session.statements[name];
}
