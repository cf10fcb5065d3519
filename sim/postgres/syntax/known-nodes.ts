/**
 * The nodes and fields of PostgreSQL's parse tree that the server reads; all others are refused by name.
 *
 * A field is `name` where its value is made of wrapped nodes or plain values, and `name:Type` where the tree holds a
 * node of that type without a wrapper:
 *
 *     { "InsertStmt": { "relation": { "relname": "t" }, "selectStmt": { "SelectStmt": {…} } } }
 *                       bare RangeVar                    wrapped node
 *
 * Invariant: a node that passes has no field whose meaning would be lost. A field that carries no meaning here
 * (`location`, `funcformat`) is listed like the others. Source: libpg-query's pg_query.proto for PostgreSQL 18.
 */

function fields(list: string): ReadonlyMap<string, string | null> {
  return new Map(
    list.split(/\s+/).map((field) => {
      const [name = "", type] = field.split(":");
      return [name, type ?? null] as const;
    }),
  );
}

export const KNOWN_NODES: Readonly<Record<string, ReadonlyMap<string, string | null>>> = {
  // Queries
  SelectStmt: fields(
    "distinctClause targetList fromClause whereClause groupClause havingClause valuesLists sortClause limitOffset " +
      "limitCount limitOption lockingClause withClause:WithClause op all larg:SelectStmt rarg:SelectStmt",
  ),
  InsertStmt: fields(
    "relation:RangeVar cols selectStmt onConflictClause:OnConflictClause returningClause:ReturningClause " +
      "withClause:WithClause override",
  ),
  UpdateStmt: fields(
    "relation:RangeVar targetList whereClause fromClause returningClause:ReturningClause withClause:WithClause",
  ),
  DeleteStmt: fields("relation:RangeVar usingClause whereClause returningClause:ReturningClause withClause:WithClause"),
  ReturningClause: fields("exprs"),
  OnConflictClause: fields("action infer:InferClause targetList whereClause location"),
  InferClause: fields("indexElems whereClause conname location"),
  WithClause: fields("ctes recursive location"),
  CommonTableExpr: fields("ctename aliascolnames ctematerialized ctequery location"),
  ResTarget: fields("name indirection val location"),
  MultiAssignRef: fields("source colno ncolumns"),
  RangeVar: fields("schemaname relname inh relpersistence alias:Alias location"),
  RangeSubselect: fields("lateral subquery alias:Alias"),
  RangeFunction: fields("lateral ordinality functions alias:Alias"),
  JoinExpr: fields("jointype isNatural larg rarg usingClause quals rtindex"),
  Alias: fields("aliasname colnames"),
  SortBy: fields("node sortby_dir sortby_nulls location"),
  LockingClause: fields("lockedRels strength waitPolicy"),
  // Expressions
  A_Const: fields("ival:Integer fval:Float boolval:Boolean sval:String isnull location"),
  Integer: fields("ival"),
  Float: fields("fval"),
  Boolean: fields("boolval"),
  String: fields("sval"),
  List: fields("items"),
  ColumnRef: fields("fields location"),
  A_Star: fields(""),
  ParamRef: fields("number location"),
  A_Expr: fields("kind name lexpr rexpr rexpr_list_start rexpr_list_end location"),
  BoolExpr: fields("boolop args location"),
  NullTest: fields("arg nulltesttype argisrow location"),
  BooleanTest: fields("arg booltesttype location"),
  SubLink: fields("subLinkType testexpr operName subselect location"),
  CaseExpr: fields("arg args defresult location"),
  CaseWhen: fields("expr result location"),
  CoalesceExpr: fields("args location"),
  MinMaxExpr: fields("op args location"),
  RowExpr: fields("args row_format location"),
  A_ArrayExpr: fields("elements list_start list_end location"),
  A_Indirection: fields("arg indirection"),
  A_Indices: fields("uidx"),
  TypeCast: fields("arg typeName:TypeName location"),
  TypeName: fields("names typmods typemod arrayBounds location"),
  FuncCall: fields("funcname args agg_filter agg_order agg_star agg_distinct funcformat location"),
  SQLValueFunction: fields("op typmod location"),
  SetToDefault: fields("location"),
  // Definitions
  CreateStmt: fields("relation:RangeVar tableElts options oncommit if_not_exists"),
  ColumnDef: fields("colname typeName:TypeName is_local constraints location"),
  Constraint: fields(
    "contype conname deferrable initdeferred location raw_expr keys is_enforced initially_valid skip_validation " +
      "generated_when generated_kind options indexname pktable:RangeVar fk_attrs pk_attrs fk_matchtype fk_upd_action fk_del_action including",
  ),
  DefElem: fields("defname arg defaction location"),
  CreateTableAsStmt: fields("query into:IntoClause objtype if_not_exists"),
  IntoClause: fields("rel:RangeVar colNames options onCommit skipData"),
  IndexStmt: fields(
    "idxname relation:RangeVar accessMethod indexParams whereClause unique if_not_exists options indexIncludingParams",
  ),
  IndexElem: fields("name expr ordering nulls_ordering"),
  AlterTableStmt: fields("relation:RangeVar cmds objtype missing_ok"),
  AlterTableCmd: fields("subtype name def behavior missing_ok"),
  DropStmt: fields("objects removeType behavior missing_ok"),
  TruncateStmt: fields("relations restart_seqs behavior"),
  CreateFunctionStmt: fields("is_procedure replace funcname parameters returnType:TypeName options"),
  FunctionParameter: fields("name argType:TypeName mode location"),
  ObjectWithArgs: fields("objname objargs objfuncargs args_unspecified"),
  VacuumStmt: fields("options rels is_vacuumcmd"),
  VacuumRelation: fields("relation:RangeVar va_cols"),
  CreateSeqStmt: fields("sequence:RangeVar options if_not_exists"),
  AlterSeqStmt: fields("sequence:RangeVar options missing_ok"),
  // Sessions and transactions
  TransactionStmt: fields("kind options savepoint_name chain location"),
  VariableSetStmt: fields("kind name args is_local jumble_args location"),
  VariableShowStmt: fields("name"),
  LockStmt: fields("relations mode nowait"),
  PrepareStmt: fields("name argtypes query"),
  ExecuteStmt: fields("name params"),
  DeallocateStmt: fields("name isall location"),
};

/** What people call a node or a field that is not modelled. */
const WORDS: Readonly<Record<string, string>> = {
  GroupingSet: "GROUP BY ROLLUP, CUBE or GROUPING SETS",
  "SelectStmt.intoClause": "SELECT INTO",
  "SelectStmt.windowClause": "WINDOW",
  "SelectStmt.groupDistinct": "GROUP BY DISTINCT",
  "FuncCall.over": "a window function (OVER)",
  "FuncCall.agg_within_group": "WITHIN GROUP",
  "FuncCall.func_variadic": "VARIADIC",
  "ReturningClause.options": "RETURNING WITH (OLD or NEW)",
  "RangeFunction.is_rowsfrom": "ROWS FROM",
  "RangeFunction.coldeflist": "a column definition list",
  "RangeVar.catalogname": "a database name before a table",
  "JoinExpr.alias": "an alias for a join",
  "JoinExpr.join_using_alias": "an alias for JOIN USING",
  "CommonTableExpr.search_clause": "SEARCH",
  "CommonTableExpr.cycle_clause": "CYCLE",
  "A_Indices.is_slice": "an array slice",
  "A_Indices.lidx": "an array slice",
  "A_Const.bsval": "a bit string",
  "TypeName.setof": "SETOF",
  "TypeName.pct_type": "%TYPE",
  "ColumnDef.collClause": "COLLATE",
  "IndexElem.collation": "COLLATE in an index",
  "IndexElem.opclass": "an operator class",
  "IndexStmt.concurrent": "CREATE INDEX CONCURRENTLY",
  "IndexStmt.nulls_not_distinct": "NULLS NOT DISTINCT",
  "Constraint.nulls_not_distinct": "NULLS NOT DISTINCT",
  "Constraint.exclusions": "EXCLUDE",
  "Constraint.where_clause": "EXCLUDE … WHERE",
  "Constraint.is_no_inherit": "NO INHERIT",
  "Constraint.fk_del_set_cols": "ON DELETE SET NULL with a column list",
  "CreateStmt.inhRelations": "INHERITS",
  "CreateStmt.partbound": "PARTITION OF",
  "CreateStmt.partspec": "PARTITION BY",
  "CreateStmt.ofTypename": "CREATE TABLE OF",
  "CreateStmt.tablespacename": "TABLESPACE",
  RangeTableSample: "TABLESAMPLE",
  RangeTableFunc: "XMLTABLE",
  JsonTable: "JSON_TABLE",
  CollateClause: "COLLATE",
  CurrentOfExpr: "WHERE CURRENT OF",
  GroupingFunc: "GROUPING",
  NamedArgExpr: "a named argument",
  TableLikeClause: "CREATE TABLE LIKE",
  MergeStmt: "MERGE",
  CopyStmt: "COPY",
  DoStmt: "DO",
  CallStmt: "CALL",
  CreateTrigStmt: "CREATE TRIGGER",
  CreateSchemaStmt: "CREATE SCHEMA",
  CreateEnumStmt: "CREATE TYPE",
  CompositeTypeStmt: "CREATE TYPE",
  CreateDomainStmt: "CREATE DOMAIN",
  CreateExtensionStmt: "CREATE EXTENSION",
  CreateRoleStmt: "CREATE ROLE",
  ViewStmt: "CREATE VIEW",
  RuleStmt: "CREATE RULE",
  RenameStmt: "ALTER … RENAME",
  ExplainStmt: "EXPLAIN",
  DeclareCursorStmt: "DECLARE CURSOR",
  FetchStmt: "FETCH",
  ListenStmt: "LISTEN",
  NotifyStmt: "NOTIFY",
  UnlistenStmt: "UNLISTEN",
  GrantStmt: "GRANT",
  DiscardStmt: "DISCARD",
  ConstraintsSetStmt: "SET CONSTRAINTS",
  CommentStmt: "COMMENT",
  XmlExpr: "an XML expression",
  JsonFuncExpr: "a JSON function",
  JsonObjectConstructor: "JSON_OBJECT",
  JsonArrayConstructor: "JSON_ARRAY",
  JsonIsPredicate: "IS JSON",
};

/** `MergeStmt` -> MERGE; nodes without an entry are named by their words: `AlterRoleStmt` -> ALTER ROLE. */
export function nodeWords(type: string): string {
  return WORDS[type] ?? splitWords(type.replace(/Stmt$|Expr$|Clause$/, ""));
}

export function fieldWords(type: string, field: string): string {
  return WORDS[`${type}.${field}`] ?? `${splitWords(field.replace(/Clause$/, ""))} in ${nodeWords(type)}`;
}

function splitWords(name: string): string {
  return name
    .replaceAll("_", " ")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .trim()
    .toUpperCase();
}
