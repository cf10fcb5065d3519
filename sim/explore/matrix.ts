/**
 * The matrix: one verdict for each protocol at each isolation level, and what is to be read off a row of them.
 *
 *                      read committed          repeatable read    serializable
 *     one-transaction  violated, 8 steps       holds              holds            weakest level at which it holds: repeatable read
 *     its cure         select-for-update       holds              holds            a cure: it holds where the other one does not
 *
 * A cell is explored with symmetry, where that is not refused, and with partial order, where nothing goes wrong. Where its states
 * inside of statements are more than `statesMax`, they are explored to there, and then all of those between statements (coarse
 * granularity) are; a verdict that was had like that says `coarse`. Where this has too many states as well the cell is inconclusive.
 *
 *     fine, all states seen          holds                    every interleaving, also inside of statements
 *     fine, too many                 a violation within them is a violation
 *     coarse, all states seen        holds, coarse            every interleaving of statements, waits and commits
 *
 * A cure is not what a protocol's header says but what was checked: it is one at a level when it holds there. One that holds between
 * statements only says so, as a cell does.
 *
 * Invariants: a cell does not depend on other cells, so they may be had in any order and by different threads; nothing in it is
 * a time, so two runs give the same.
 */
import type { IsolationLevel, Protocol } from "../../model/protocol.ts";
import { isNoFault } from "../system/faults.ts";
import { faultsOf, type Instance, mustHaveKnownTime, systemOf } from "../system/from-scenario.ts";
import { withAllKnown } from "../system/time-passes.ts";
import type { Trace } from "../trace/trace.ts";
import { UsageError } from "../usage-error.ts";
import { type Bounds, NO_BOUNDS, type Watch } from "./bounds.ts";
import { counterexample, type Explored } from "./check.ts";
import { explore } from "./exhaustive.ts";
import type { Exploration, Reduction } from "./exploration.ts";

/** Whose verdict at which level. */
export interface CellName {
  /** The scenario's name, or the file that exports it. */
  readonly scenario: string;
  readonly protocol: string;
  readonly isolation: IsolationLevel;
}

export interface Cell extends CellName {
  readonly verdict: Exploration["verdict"];
  readonly property: string | null;
  /** The steps of the shortest counterexample; null where nothing broke. */
  readonly traceLength: number | null;
  /** What the verdict was had at. */
  readonly granularity: Instance["granularity"];
  readonly distinctStates: number;
  /** The states that the distinct ones stand for; null where they are not known. */
  readonly fullStates: number | null;
  readonly reductions: readonly string[];
  /** Why a pass says nothing (vacuity.ts); empty where it says something, and where there is none. */
  readonly vacuous: readonly string[];
  /** What kept it from a verdict; null where it has one. */
  readonly bound: string | null;
  /** The trace's file; null where none was written. */
  readonly trace: string | null;
}

export interface JudgedCell {
  readonly cell: Omit<Cell, keyof CellName | "trace">;
  readonly trace: Trace | null;
}

/** Between statements there are fewer states, so more of them are looked at. */
const COARSE_TIMES = 20;

/** The verdict on an instance, whose granularity is the finest that is tried. */
export async function judgeCell(instance: Instance, statesMax: number, watch: Watch = {}): Promise<JudgedCell> {
  return withAllKnown(instance, (known) => judgeOnce(known, statesMax, watch));
}

async function judgeOnce(instance: Instance, statesMax: number, watch: Watch): Promise<JudgedCell> {
  const fine = await exploreReduced(instance, { ...NO_BOUNDS, states: statesMax }, watch);
  const isBounded = fine.exploration.stop?.kind === "bound" && instance.granularity === "fine";
  if (!isBounded) return judged(fine, watch);
  const coarse: Instance = { ...instance, granularity: "coarse" };
  return judged(await exploreReduced(coarse, { ...NO_BOUNDS, states: statesMax * COARSE_TIMES }, watch), watch);
}

async function judged(explored: Explored, watch: Watch): Promise<JudgedCell> {
  const { instance, exploration } = explored;
  const { verdict, violation, schedule, stop, vacuous, distinctStates, fullStates, reductions } = exploration;
  const trace = schedule === null ? null : (await counterexample(explored, NO_BOUNDS, watch)).trace;
  const stopped = stop === null ? null : stop.kind === "bound" ? stop.bound : "interrupted";
  const bound = vacuous.length > 0 ? `vacuous: ${vacuous.join("; ")}` : stopped;
  return {
    trace,
    cell: {
      verdict,
      property: violation?.property ?? null,
      traceLength: trace?.steps.length ?? null,
      granularity: instance.granularity,
      distinctStates,
      fullStates,
      reductions,
      vacuous,
      bound,
    },
  };
}

/** With symmetry, and without where that is refused: which it may only be in the middle, when it has seen a statement. */
async function exploreReduced(instance: Instance, bounds: Bounds, watch: Watch): Promise<Explored> {
  const explored = async (reductions: readonly Reduction[]): Promise<Explored> => {
    const system = systemOf(instance);
    const exploration = await explore(system, bounds, watch, reductions);
    mustHaveKnownTime(instance, system.statements);
    return { instance, system, exploration };
  };
  // Where things go wrong nobody acts alone, and there is no order to be left out.
  const others: readonly Reduction[] =
    isNoFault(faultsOf(instance)) && instance.scenario.clock !== true ? ["partial-order"] : [];
  try {
    return await explored(["symmetry", ...others]);
  } catch (error) {
    if (error instanceof UsageError && error.code === "symmetry-refused") return explored(others);
    throw error;
  }
}

/** A protocol that is said to mend another one, and what was found of that. */
export interface Cure {
  readonly protocol: string;
  /** Whether it holds at each level at which the other one is violated; null where one of these has no verdict. */
  readonly holds: boolean | null;
  /** Coarse where one of these verdicts was had between statements only. */
  readonly granularity: Instance["granularity"];
}

export interface MatrixRow {
  readonly protocol: Protocol;
  /** One for each level that was asked for, in their order; null where it was not come to. */
  readonly cells: readonly (Cell | null)[];
  /** The weakest level at which it holds; null where none is known. Its cell says at which granularity. */
  readonly weakest: IsolationLevel | null;
  readonly cures: readonly Cure[];
}

/** The row of a protocol, read off the cells that there are. */
export function rowOf(
  protocol: Protocol,
  levels: readonly IsolationLevel[],
  find: (protocol: string, level: IsolationLevel) => Cell | null,
): MatrixRow {
  const cells = levels.map((level) => find(protocol.name, level));
  const broken = cells.filter((cell) => cell?.verdict === "violated").map((cell) => (cell as Cell).isolation);
  const cures = (protocol.curedBy ?? []).map((name): Cure => {
    const found = broken.map((level) => find(name, level));
    const verdicts = found.map((cell) => cell?.verdict ?? "inconclusive");
    const holds = verdicts.includes("violated") ? false : verdicts.includes("inconclusive") ? null : true;
    const isCoarse = found.some((cell) => cell?.granularity === "coarse");
    return { protocol: name, holds, granularity: isCoarse ? "coarse" : "fine" };
  });
  const weakest = cells.find((cell) => cell?.verdict === "holds")?.isolation ?? null;
  return { protocol, cells, weakest, cures: broken.length === 0 ? [] : cures };
}

/**
 * Whether the cell says what the protocol claims: null where one of them says nothing. Under other faults than those under which it
 * claims something, a protocol has still to hold where it says that it does; how a broken one breaks there it has not said.
 */
export function isAsClaimed(protocol: Protocol, cell: Cell | null, hasOwnFaults = true): boolean | null {
  if (cell === null || cell.verdict === "inconclusive") return null;
  const claim = protocol.claims?.[cell.isolation];
  if (claim === undefined) return protocol.broken ? null : cell.verdict === "holds";
  if (!hasOwnFaults && claim !== "holds") return null;
  return claim === "holds" ? cell.verdict === "holds" : cell.property === claim.violates;
}
