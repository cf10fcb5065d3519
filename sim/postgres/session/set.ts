/** SET, RESET and SHOW as statements; what settings mean is in settings.ts. */
import type { Reply } from "../../../model/protocol.ts";
import type { ParsedStatement } from "../grammar.ts";
import { SqlError } from "../sql-error.ts";
import { setTransaction } from "./control.ts";
import { literal, optionsOf } from "./nodes.ts";
import { changedNames, maySet, normal, show, shownName, withChange } from "./settings.ts";
import { depthOf } from "./state.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";
import { isOneOfMany } from "./table-locks.ts";
import { ensureTransaction } from "./transaction.ts";

interface SetNode {
  readonly kind: string;
  readonly name?: string;
  readonly args?: readonly unknown[];
  readonly is_local?: boolean;
}

/** Settings that name a property of the running transaction. */
const OF_TRANSACTION = ["transaction_isolation", "transaction_read_only", "transaction_deferrable"];

/** Gives the command's tag. */
export function runSet(step: Step, statement: ParsedStatement): "SET" | "RESET" {
  const node = (statement.node as { readonly VariableSetStmt: SetNode }).VariableSetStmt;
  const args = node.args ?? [];
  switch (node.kind) {
    case "VAR_SET_VALUE":
      set(step, node, args.map(literal).join(", "));
      return "SET";
    case "VAR_SET_DEFAULT":
      set(step, node, null);
      return "SET";
    case "VAR_RESET":
      set(step, node, null);
      return "RESET";
    case "VAR_RESET_ALL":
      for (const name of changedNames(mine(step))) set(step, { ...node, name }, null);
      return "RESET";
    case "VAR_SET_MULTI":
      setModes(step, node);
      return "SET";
    default:
      throw new SqlError("0A000", `${statement.text} is not supported`);
  }
}

function set(step: Step, node: SetNode, value: string | null): void {
  const name = (node.name ?? "").toLowerCase();
  if (OF_TRANSACTION.includes(name) && value !== null) {
    setTransaction(step, name, value);
    return;
  }
  if (!maySet(step, name)) throw new SqlError("42704", `unrecognized configuration parameter "${node.name ?? ""}"`);
  const transaction = ensureTransaction(step);
  const local = node.is_local === true;
  if (local && transaction.block === "implicit" && !isOneOfMany(step)) {
    step.notes.push("WARNING: SET LOCAL can only be used in transaction blocks");
  }
  const depth = depthOf(mine(step));
  const change = { name, value: value === null ? null : normal(name, value), local, depth };
  transaction.settings = withChange(transaction.settings, change);
}

/** SET TRANSACTION … and SET SESSION CHARACTERISTICS AS TRANSACTION … */
function setModes(step: Step, node: SetNode): void {
  for (const { name, value } of optionsOf(node.args ?? [])) {
    if (node.name === "TRANSACTION") setMode(step, name, literal(value));
    else set(step, { kind: "VAR_SET_VALUE", name: `default_${name}` }, literal(value));
  }
}

function setMode(step: Step, name: string, value: string): void {
  if (mine(step).transaction?.block !== "open" && !isOneOfMany(step)) {
    step.notes.push("WARNING: SET TRANSACTION can only be used in transaction blocks");
  }
  setTransaction(step, name, value);
}

export function runShow(step: Step, statement: ParsedStatement): Reply {
  const { name } = (statement.node as { readonly VariableShowStmt: { readonly name: string } }).VariableShowStmt;
  ensureTransaction(step);
  return { kind: "rows", command: "SHOW", rowCount: null, fields: [shownName(name)], rows: [[show(step, name)]] };
}
