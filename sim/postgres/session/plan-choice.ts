/**
 * What the planner decides where the text of a statement does not.
 *
 *     UPDATE t SET v = 0            stops: t (id = 1) next?  t (id = 2) next?
 *                                   goes on with t (id = 2)      locks and writes it
 *                                   one row is left              nothing to choose
 *
 * In which order rows are taken that no ORDER BY puts in order depends on the plan, and any order is some plan's. So at fine granularity
 * the statement stops and offers what may come next; to go on with one of them is a move of its own (`ServerMove`, `option`). That
 * stop is a point as well, so that the lock which follows has no other. At coarse granularity, and where the plan is fixed, the first
 * candidate is taken: the order of the plan that a small table has before its first ANALYZE.
 *
 * Invariant: what was chosen is an answer like others (run.ts), so a statement that is run again chooses the same.
 */
import type { Candidate } from "../execution/access.ts";
import { rowWords } from "./naming.ts";
import type { Run } from "./run.ts";
import { answer, tableOf } from "./run.ts";
import type { Answer } from "./state.ts";
import type { Step } from "./step.ts";
import { mine, Suspended } from "./step.ts";

/** Which of the candidates comes next; 0 where that is fixed. */
export function pick(run: Run, candidates: readonly Candidate[]): number {
  const { step } = run;
  if (candidates.length < 2 || !isOpen(step)) return 0;
  const given = answer(run, () => chosen(run, candidates));
  if (given.kind === "picked") return given.at;
  if (given.kind !== "version" || given.what !== "picked")
    throw new RangeError("the statement asks something else than in its first run");
  return candidates.findIndex((each) => isRow(each, given));
}

/** Whether the planner has a choice in this world. */
export function isOpen({ options }: Pick<Step, "options">): boolean {
  return options.granularity === "fine" && options.plan !== "fixed";
}

function isRow(
  candidate: Candidate,
  { table, version }: { readonly table: string; readonly version: number },
): boolean {
  return (
    candidate !== null &&
    typeof candidate !== "string" &&
    candidate.ref.table === table &&
    candidate.ref.version === version
  );
}

function chosen(run: Run, candidates: readonly Candidate[]): Answer {
  const { running } = mine(run.step);
  if (running === null) throw new RangeError("no statement is running");
  const words = optionWords(run, candidates);
  const at = words.indexOf(running.picked ?? "");
  if (at < 0) {
    running.options = [...words].sort();
    running.stopped = true;
    throw new Suspended("where the plan decides what comes next");
  }
  delete running.options;
  delete running.picked;
  run.step.notes.push(`order: the planner's choice, ${words[at]}`);
  const candidate = candidates[at] ?? null;
  if (
    candidate === null ||
    typeof candidate === "string" ||
    candidates.filter((each) => isSame(each, candidate)).length > 1
  )
    return { kind: "picked", at };
  return { kind: "version", what: "picked", ...candidate.ref };
}

function isSame(one: Candidate, other: Candidate): boolean {
  return one !== null && typeof one !== "string" && isRow(other, one.ref);
}

/** Names for the candidates, no two of them the same: by their keys, where they have one. */
function optionWords(run: Run, candidates: readonly Candidate[]): readonly string[] {
  const names = candidates.map((candidate, at) => {
    if (typeof candidate === "string") return candidate;
    if (candidate === null) return `row ${at + 1} of ${candidates.length} next`;
    const table = tableOf(run, candidate.ref.table);
    const hasKey = table.indexes.some(({ primary }) => primary);
    return hasKey
      ? `${rowWords(table, candidate.values)} next`
      : `row ${at + 1} of ${candidates.length} of ${table.name} next`;
  });
  return names.map((name, at) => (names.indexOf(name) === at ? name : `${name}, combination ${at + 1}`));
}
