/**
 * Litmus programs by chance: number n of a seed is the same program everywhere, and needs none of those before it.
 *
 *     subject      tables and statements that have to do with each other (subjects.ts)
 *     sessions     two mostly, so that each has room for several statements; up to four
 *     blocks       a statement alone, or a transaction of one to three at a level, READ COMMITTED mostly
 *
 * Programs are small because all of their interleavings are explored, points inside of statements included.
 */
import { type Draw, drawOf } from "./draw.ts";
import { closed, type LitmusProgram, type LitmusStatement, statement } from "./program.ts";
import { SUBJECTS, type Subject, statementOf } from "./subjects.ts";

export interface Generated {
  readonly number: number;
  readonly subject: string;
  readonly program: LitmusProgram;
}

/** How many statements besides BEGIN and COMMIT a session has at most, by how many sessions there are. */
const STATEMENTS_MAX: Readonly<Record<number, number>> = { 2: 3, 3: 2, 4: 1 };

export function programOf(seed: number, number: number): Generated {
  const draw = drawOf(seed, number);
  const subject = draw.weighted(SUBJECTS);
  const sessions = draw.weighted([
    [12, 2],
    [6, 3],
    [1, 4],
  ]);
  const max = STATEMENTS_MAX[sessions] ?? 1;
  const { name, schema, rows, tables, sequences } = subject;
  return {
    number,
    subject: name,
    program: {
      schema,
      rows,
      tables,
      sequences,
      sessions: Array.from({ length: sessions }, () => closed(sessionOf(draw, subject, draw.between(1, max)))),
      teardown: null,
    },
  };
}

function sessionOf(draw: Draw, subject: Subject, count: number): readonly LitmusStatement[] {
  const statements = Array.from({ length: count }, () => statementOf(draw, subject));
  if (!draw.chance(count === 1 ? 30 : 50)) return statements;
  // A transaction of the first ones, or of the last ones.
  const size = draw.between(1, count);
  const from = draw.chance(50) ? 0 : count - size;
  const end = draw.chance(85) ? "COMMIT" : "ROLLBACK";
  return [
    ...statements.slice(0, from),
    statement(`BEGIN${levelOf(draw)}`),
    ...statements.slice(from, from + size),
    statement(end),
    ...statements.slice(from + size),
  ];
}

function levelOf(draw: Draw): string {
  return draw.weighted([
    [16, ""],
    [3, " ISOLATION LEVEL REPEATABLE READ"],
    [1, " ISOLATION LEVEL SERIALIZABLE"],
  ]);
}
