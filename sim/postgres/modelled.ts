/**
 * Whether SQL that somebody else has written is of the kind that the simulated server models. Asked before it is run on a real one.
 *
 *     UPDATE t SET a = 1 WHERE id = 1               yes
 *     COPY t TO PROGRAM 'rm -rf ~'                  no: COPY is not modelled                  (grammar.ts)
 *     SELECT pg_read_file('/etc/passwd')            no: the function pg_read_file             (functions that are modelled)
 *     UPDATE shop.items SET v = 1                   no: a name in the schema shop             (everything is in public)
 *     SET ROLE postgres                             no: SET ROLE
 *
 * It asks about forms and names, not whether tables and columns are there. A text that is no SQL at all passes, since no server runs it.
 */
import { isModelledFunction } from "./expressions/modelled-functions.ts";
import { parseStatements } from "./grammar.ts";
import { SqlError } from "./sql-error.ts";
import { refuse } from "./syntax/refuse.ts";
import { isKnownType } from "./values/type-names.ts";

type Tree = Readonly<Record<string, unknown>>;

interface Text {
  readonly sql: string;
  /** The functions that the texts make themselves. */
  readonly functions: ReadonlySet<string>;
}

const SCHEMAS = new Set(["public", "pg_catalog"]);
/** What is made by statements that are modelled, or is a part of it. */
const DROPPED = new Set(["TABLE", "INDEX", "SEQUENCE", "FUNCTION", "VIEW", "TYPE"]);
/** Settings that make another role of the session. */
const ROLES = new Set(["role", "session_authorization"]);

/** The names of the functions that a text makes. */
export function functionsMadeBy(sql: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of nodesOf(sql)) {
    walk(node, (type, body) => {
      if (type === "CreateFunctionStmt") names.add(namesIn(body["funcname"]).at(-1) ?? "");
    });
  }
  return names;
}

/** Raises the refusal of what is not modelled; `functions` are those that the SQL makes itself. */
export function checkModelled(sql: string, functions: ReadonlySet<string>): void {
  for (const node of nodesOf(sql)) walk(node, (type, body) => CHECKS[type]?.(body, { sql, functions }));
}

/** The statements of a text; none where it is no SQL. */
function nodesOf(sql: string): readonly unknown[] {
  try {
    return parseStatements(sql).map(({ node }) => node);
  } catch (error) {
    if (error instanceof SqlError) return [];
    throw error;
  }
}

const CHECKS: Readonly<Record<string, (body: Tree, text: Text) => void>> = {
  FuncCall: (body, { sql, functions }) => {
    const names = namesIn(body["funcname"]);
    checkSchema(names, body, sql);
    const name = names.at(-1) ?? "";
    // A type's name with one argument is a cast.
    const isCast = isKnownType(name) && asList(body["args"]).length === 1;
    if (!functions.has(name) && !isModelledFunction(name) && !isCast)
      refuse(sql, placeOf(body), `the function ${name}`);
  },
  RangeVar: (body, { sql }) => {
    const { schemaname = "public", relname } = body;
    if (schemaname !== "public") refuse(sql, placeOf(body), `a name in the schema ${schemaname}`);
    if (body["schemaname"] === undefined && String(relname).startsWith("pg_")) {
      refuse(sql, placeOf(body), `the system catalog ${relname}`);
    }
  },
  TypeName: (body, { sql }) => checkSchema(namesIn(body["names"]), body, sql),
  A_Expr: (body, { sql }) => checkSchema(namesIn(body["name"]), body, sql),
  DropStmt: (body, { sql }) => {
    const kind = String(body["removeType"]).replace("OBJECT_", "");
    if (!DROPPED.has(kind)) refuse(sql, placeOf(body), `DROP ${kind.replaceAll("_", " ")}`);
    for (const object of asList(body["objects"])) {
      const { List, ObjectWithArgs } = object as { List?: Tree; ObjectWithArgs?: Tree };
      checkSchema(namesIn(List?.["items"] ?? ObjectWithArgs?.["objname"]), body, sql);
    }
  },
  CreateFunctionStmt: (body, { sql, functions }) => {
    checkSchema(namesIn(body["funcname"]), body, sql);
    const options = new Map(
      asList(body["options"]).map((option) => {
        const { defname, arg } = (option as { DefElem: Tree }).DefElem;
        return [defname, arg] as const;
      }),
    );
    const language = namesIn([options.get("language")]).join("");
    if (language.toLowerCase() !== "sql") refuse(sql, undefined, `a function in LANGUAGE ${language}`);
    const { List } = (options.get("as") ?? {}) as { List?: Tree };
    for (const text of namesIn(List?.["items"])) checkModelled(text, functions);
  },
  VariableSetStmt: (body, { sql }) => {
    const name = String(body["name"]).toLowerCase();
    if (ROLES.has(name)) refuse(sql, placeOf(body), `SET ${name.replace("_", " ").toUpperCase()}`);
  },
};

function checkSchema(names: readonly string[], body: Tree, sql: string): void {
  const [schema = "public"] = names.length > 1 ? names : [];
  if (!SCHEMAS.has(schema)) refuse(sql, placeOf(body), `a name in the schema ${schema}`);
}

/** Visits every node that has a type, in its wrapper or in a field that is known to hold one. */
function walk(node: unknown, visit: (type: string, body: Tree) => void): void {
  if (Array.isArray(node)) for (const item of node) walk(item, visit);
  if (!isTree(node)) return;
  for (const [name, value] of Object.entries(node)) {
    if (isTree(value)) {
      const type = /^[A-Z]/.test(name) ? name : bareType(value);
      if (type !== null) visit(type, value);
    }
    walk(value, visit);
  }
}

/** The grammar leaves the wrapper off where a field holds one type of node only. */
function bareType(value: Tree): string | null {
  if ("relname" in value) return "RangeVar";
  return "names" in value && "typemod" in value ? "TypeName" : null;
}

function namesIn(list: unknown): readonly string[] {
  return asList(list).flatMap((item) => {
    const { String: name } = (item ?? {}) as { String?: { readonly sval?: string } };
    return name === undefined ? [] : [name.sval ?? ""];
  });
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function placeOf({ location }: Tree): number | undefined {
  return typeof location === "number" ? location : undefined;
}
