/** Budgets of faults: how they are read, written and checked. */
import { FAULTS, type FaultBudget, type FaultKind } from "../../model/fault.ts";
import { UsageError } from "../usage-error.ts";

/** The most of one kind: every one multiplies the states. */
export const COUNT_MAX = 9;

/** Every kind, in the order in which they are listed. */
export const FAULT_KINDS: readonly FaultKind[] = Object.keys(FAULTS) as FaultKind[];

/** Reads `crash:1,disconnect:2`; a kind alone counts once, and `none` is no fault at all. */
export function parseFaults(text: string): FaultBudget {
  const budget: Partial<Record<FaultKind, number>> = {};
  if (text.trim() === "none") return budget;
  for (const part of text.split(",")) {
    const [, name = "", count = "1"] = /^\s*([a-z-]+)\s*(?::\s*(\d+)\s*)?$/.exec(part) ?? [];
    const kind = FAULT_KINDS.find((known) => known === name);
    if (kind === undefined) throw refused(`"${part.trim()}" is no fault`);
    if (budget[kind] !== undefined) throw refused(`"${kind}" is given twice`);
    if (Number(count) < 1 || Number(count) > COUNT_MAX) {
      throw refused(`"${part.trim()}" is not a number of faults from 1 to ${COUNT_MAX}`);
    }
    budget[kind] = Number(count);
  }
  return budget;
}

/** `crash:1,disconnect:2`, in the order of the kinds; `none` where there is nothing to spend. */
export function faultsText(budget: FaultBudget): string {
  const parts = FAULT_KINDS.flatMap((kind) => (budget[kind] === undefined ? [] : [`${kind}:${budget[kind]}`]));
  return parts.length === 0 ? "none" : parts.join(",");
}

/** True where the environment has nothing to spend. */
export function isNoFault(budget: FaultBudget): boolean {
  return FAULT_KINDS.every((kind) => (budget[kind] ?? 0) === 0);
}

function refused(what: string): UsageError {
  const list = FAULT_KINDS.map((kind) => `${kind} (${FAULTS[kind]})`).join("; ");
  return new UsageError("unknown-fault", what, `Write for instance crash:1,stall:2, or none. The faults: ${list}.`);
}
