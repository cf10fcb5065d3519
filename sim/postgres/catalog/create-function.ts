/**
 * CREATE FUNCTION in LANGUAGE SQL; DROP FUNCTION.
 *
 *     CREATE FUNCTION insert_unique(k int, v text) RETURNS void LANGUAGE sql AS 'INSERT INTO t SELECT k, v WHERE …'
 *
 * The body is parsed here and analysed where the function is called. Not modelled: other languages, sets, defaults, OUT parameters, overloading.
 * Source: functioncmds.c.
 */
import type { CreateFunctionStmt, DefElem, DropStmt, FunctionParameter, TypeName as TypeNode } from "libpg-query";
import { typeReference } from "../expressions/type-reference.ts";
import { parseStatements } from "../grammar.ts";
import { SqlError } from "../sql-error.ts";
import { lastName, listItems, stringOf, typeNodeName } from "../syntax/nodes.ts";
import { refuse } from "../syntax/refuse.ts";
import { typeLabel } from "../values/type-names.ts";
import type { Catalog, FunctionDefinition } from "./catalog.ts";
import { type Definition, unchanged } from "./definition.ts";

export function createFunction(node: CreateFunctionStmt, sql: string, catalog: Catalog): Definition {
  const name = lastName(node.funcname);
  const known = catalog.functions?.[name];
  const options = (node.options ?? []).flatMap((option) => ("DefElem" in option ? [option.DefElem] : []));
  const language = textOf(options, "language");
  if (node.is_procedure === true) refuse(sql, undefined, "CREATE PROCEDURE");
  if (language.toLowerCase() !== "sql") {
    refuse(
      sql,
      options[0]?.location,
      `a function in LANGUAGE ${language}`,
      "write it in LANGUAGE sql with one statement",
    );
  }
  const parameters = (node.parameters ?? []).map((item) =>
    "FunctionParameter" in item ? parameterOf(item.FunctionParameter, sql) : refuse(sql, undefined, "this parameter"),
  );
  if (known !== undefined && node.replace !== true) {
    const types = known.parameters.map(({ type }) => typeLabel(type)).join(", ");
    throw new SqlError("42723", `function "${name}" already exists with same argument types`, types);
  }
  const body = textOf(options, "as");
  const statements = parseStatements(body);
  if (statements.length === 0 || statements.some(({ kind }) => kind !== "query")) {
    return refuse(sql, options[0]?.location, "a function whose body is not made of queries");
  }
  const definition: FunctionDefinition = {
    name,
    parameters,
    result: resultOf(node.returnType, sql),
    volatile: !["stable", "immutable"].includes(textOf(options, "volatility")),
    body,
    statements: statements.map((statement) => statement.node),
  };
  return {
    ...unchanged(catalog, "CREATE FUNCTION"),
    catalog: { ...catalog, functions: { ...catalog.functions, [name]: definition } },
  };
}

function textOf(options: readonly DefElem[], name: string): string {
  const arg = options.find((option) => option.defname === name)?.arg;
  if (arg === undefined) return "";
  return "List" in arg ? stringOf(listItems(arg)[0]) : stringOf(arg);
}

function parameterOf(parameter: FunctionParameter, sql: string): FunctionDefinition["parameters"][number] {
  const { name = "", argType, mode, location } = parameter;
  if (mode !== "FUNC_PARAM_DEFAULT" && mode !== "FUNC_PARAM_IN") refuse(sql, location, "an OUT or VARIADIC parameter");
  return { name, type: typeReference(sql, argType).type };
}

function resultOf(type: TypeNode | undefined, sql: string): string {
  if (type === undefined) return refuse(sql, undefined, "a function without RETURNS");
  return typeNodeName(type) === "void" ? "void" : typeReference(sql, type).type;
}

export function dropFunctions(node: DropStmt, catalog: Catalog): Definition {
  const notices: string[] = [];
  const functions = { ...catalog.functions };
  for (const object of node.objects ?? []) {
    const name = "ObjectWithArgs" in object ? lastName(object.ObjectWithArgs.objname) : "";
    if (Object.hasOwn(functions, name)) {
      delete functions[name];
      continue;
    }
    if (node.missing_ok !== true) throw new SqlError("42883", `function ${name} does not exist`);
    notices.push(`function ${name} does not exist, skipping`);
  }
  return { ...unchanged(catalog, "DROP FUNCTION"), catalog: { ...catalog, functions }, notices };
}
