/**
 * Makes a program with an outcome outside smaller: sessions, statements and transactions are left out as long as the real server
 * still shows some outcome that the simulated one does not reach.
 *
 * A smaller program may show it more seldom, so each is run several times as often as the first one needed. What is not seen then is
 * kept as it was: the result is small, not smallest.
 */
import type { Draw } from "../../sim/litmus/draw.ts";
import { closed, type LitmusProgram, type LitmusStatement } from "../../sim/litmus/program.ts";
import type { Reach } from "../../sim/litmus/reachable.ts";
import { type JudgeOptions, outsideAgain } from "./judge.ts";
import type { Lane } from "./lane.ts";

export interface Shrunk {
  readonly program: LitmusProgram;
  readonly reach: Reach;
  /** The outcome that was outside when the program was last run. */
  readonly key: string;
}

const ATTEMPTS_MAX = 40;
const RUNS_FACTOR = 5;
const RUNS_MIN = 200;
const RUNS_MAX = 2000;

/** How often a smaller program is run, where an outcome outside came up so many times in so many runs. */
export function runsFor(times: number, runs: number): number {
  return Math.min(RUNS_MAX, Math.max(RUNS_MIN, Math.ceil((RUNS_FACTOR * runs) / times)));
}

export async function shrink(start: Shrunk, lane: Lane, draw: Draw, options: JudgeOptions): Promise<Shrunk> {
  let best = start;
  let attempts = 0;
  for (let again = true; again; ) {
    again = false;
    for (const smaller of smallerPrograms(best.program)) {
      if (++attempts > ATTEMPTS_MAX || options.signal?.aborted === true) return best;
      const found = await outsideAgain(smaller, lane, draw, options);
      if (found === null) continue;
      best = { program: smaller, ...found };
      again = true;
      break;
    }
  }
  return best;
}

/** The programs with one thing less, the smallest first. */
export function* smallerPrograms(program: LitmusProgram): Generator<LitmusProgram> {
  const { sessions } = program;
  if (sessions.length > 2) {
    for (const [at] of sessions.entries()) yield { ...program, sessions: sessions.toSpliced(at, 1) };
  }
  for (const [session, statements] of sessions.entries()) {
    for (const fewer of fewerStatements(statements)) {
      const rest = closed(fewer);
      if (rest.length < statements.length) yield { ...program, sessions: sessions.with(session, rest) };
    }
  }
}

/** Without one statement; without the BEGIN and the end of a transaction. */
function* fewerStatements(statements: readonly LitmusStatement[]): Generator<readonly LitmusStatement[]> {
  const begin = statements.findIndex(({ text }) => /^begin\b/i.test(text));
  const end = statements.findIndex(({ text }, at) => at > begin && /^(?:commit|rollback)$/i.test(text));
  for (const [at] of statements.entries()) {
    if (at !== begin && at !== end && statements.length > 1) yield statements.toSpliced(at, 1);
  }
  if (begin >= 0 && end > begin) yield statements.filter((_, at) => at !== begin && at !== end);
}
