/** Old row versions in canonical form: no session can tell the difference, and histories that none can tell apart are equal. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createServer, loadGrammar } from "../../../sim/postgres/index.ts";
import type {
  Database,
  Server,
  ServerMove,
  ServerOptions,
  ServerOutcome,
  SessionId,
} from "../../../sim/postgres/server.ts";

/** Statements that wait for, stop before, and pass over row versions in every way that the canonical form has to respect. */
const TEXTS = [
  "SELECT v FROM t WHERE id = 1 FOR UPDATE",
  "SELECT v FROM t WHERE id = 1 FOR KEY SHARE",
  "SELECT id, v FROM t WHERE v > 0 FOR SHARE",
  "SELECT id, v FROM t WHERE v < 2 LIMIT 1 FOR UPDATE",
  "SELECT id, v, w FROM t ORDER BY v FOR UPDATE",
  "SELECT id, v, w FROM t",
  "UPDATE t SET v = 1 WHERE id = 1 AND v = 0 RETURNING v, w",
  "UPDATE t SET v = 0 WHERE id = 1 AND v = 1 RETURNING v, w",
  "UPDATE t SET v = 1 - v WHERE id = 2 RETURNING v",
  "UPDATE t SET w = v, v = w RETURNING id, v, w",
  "UPDATE t SET id = 3 - id WHERE v = 0",
  "UPDATE t SET v = (SELECT max(v) FROM t) WHERE id = 1 RETURNING v",
  "UPDATE t SET v = 10 / v WHERE id = 1 RETURNING v",
  "DELETE FROM t WHERE id = 2 AND v = 1",
  "INSERT INTO t VALUES (2, 1, 0) ON CONFLICT (id) DO UPDATE SET w = t.w + excluded.v RETURNING w",
  "BEGIN",
  "BEGIN ISOLATION LEVEL REPEATABLE READ",
  "COMMIT",
  "ROLLBACK",
  "SAVEPOINT a",
  "ROLLBACK TO a",
];
const SESSIONS = 3;

interface Pair {
  readonly exact: Server;
  readonly canonical: Server;
}

/** Transactions that read and write each other's rows, for the canonical form of what SERIALIZABLE remembers. */
const SERIAL_TEXTS = [
  ...["BEGIN", "BEGIN", "BEGIN READ ONLY", "BEGIN ISOLATION LEVEL READ COMMITTED", "COMMIT", "ROLLBACK"],
  ...["SELECT sum(v) FROM t", "SELECT v FROM t WHERE id = 1 FOR UPDATE", "SELECT v FROM t WHERE id = 2 FOR KEY SHARE"],
  ...[1, 2, 3].flatMap((id) => [
    `SELECT v FROM t WHERE id = ${id}`,
    `SELECT v FROM t WHERE id = ${id}`,
    `UPDATE t SET v = v + 1 WHERE id = ${id} RETURNING v`,
    `UPDATE t SET v = v + 1 WHERE id = ${id} RETURNING v`,
    `UPDATE t SET w = (SELECT v FROM t WHERE id = ${(id % 3) + 1}) WHERE id = ${id}`,
  ]),
  "DELETE FROM t WHERE id = 3",
  "INSERT INTO t VALUES (3, 0, 0) ON CONFLICT DO NOTHING",
];

function pair(granularity: "fine" | "coarse", isolation: ServerOptions["isolation"] = "read committed"): Pair {
  const options = {
    sessions: SESSIONS,
    setup: [
      "CREATE TABLE t (id integer PRIMARY KEY, v integer, w integer)",
      "INSERT INTO t VALUES (1, 0, 0), (2, 1, 1)",
    ],
    granularity,
    isolation,
  } as const;
  return { exact: createServer({ ...options, keepsHistory: true }), canonical: createServer(options) };
}

interface Enabled {
  readonly session: SessionId;
  readonly move: ServerMove;
}

function enabled(server: Server, database: Database, text: string): readonly Enabled[] {
  const sends = Array.from({ length: SESSIONS }, (_, session) => session)
    .filter((session) => server.canSend(database, session))
    .map((session): Enabled => ({ session, move: { kind: "send", query: { text, values: [] } } }));
  return [...sends, ...server.moves(database).map(({ session, ...move }): Enabled => ({ session, move }))];
}

/** What a step shows. Notes are for people, and which number a pivot has depends on who is remembered. */
function shown({ progress, committed, woken }: ServerOutcome): unknown {
  return [JSON.stringify(progress).replace(/pivot \d+/, "pivot"), committed, woken];
}

/** Random moves on both servers, in lock step. */
function walkBoth({ exact, canonical }: Pair, texts: readonly string[], numRuns: number): void {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.constantFrom(...texts)), { minLength: 20, maxLength: 80 }), (walk) => {
      let one = exact.initial;
      let other = canonical.initial;
      for (const [drawn, text] of walk) {
        const moves = enabled(exact, one, text);
        expect(enabled(canonical, other, text)).toEqual(moves);
        const next = moves[drawn % moves.length];
        if (next === undefined) return;
        const whole = exact.step(one, next.session, next.move);
        const merged = canonical.step(other, next.session, next.move);
        expect(shown(merged)).toEqual(shown(whole));
        expect(canonical.committed(merged.database)).toEqual(exact.committed(whole.database));
        one = whole.database;
        other = merged.database;
      }
    }),
    { seed: 20, numRuns },
  );
}

beforeAll(loadGrammar);

describe("the canonical form of old row versions", () => {
  for (const granularity of ["fine", "coarse"] as const) {
    it(`lets every session do and see what it would with all of history, ${granularity}`, () => {
      walkBoth(pair(granularity), TEXTS, 150);
    });

    it(`lets SERIALIZABLE transactions do and see what they would with all of history, ${granularity}`, () => {
      walkBoth(pair(granularity, "serializable"), SERIAL_TEXTS, 400);
    });
  }

  it("makes one state of histories that no session can tell apart", () => {
    const canonical = createServer({
      sessions: SESSIONS,
      setup: ["CREATE TABLE t (id integer PRIMARY KEY, v integer, w integer)", "INSERT INTO t VALUES (1, 0, 0)"],
      granularity: "fine",
      isolation: "read committed",
    });
    const run = (database: Database, ...steps: readonly (readonly [SessionId, string | null])[]): Database =>
      steps.reduce(
        (before, [session, text]) =>
          canonical.step(
            before,
            session,
            text === null ? { kind: "resume" } : { kind: "send", query: { text, values: [] } },
          ).database,
        database,
      );
    const write = (v: number): readonly (readonly [SessionId, string | null])[] => [
      [1, "BEGIN"],
      [1, `UPDATE t SET v = ${v} WHERE id = 1`],
      [1, null],
      [1, "COMMIT"],
    ];
    const stopped = run(canonical.initial, [0, "SELECT v FROM t WHERE id = 1 FOR UPDATE"], ...write(5));
    const later = run(canonical.initial, ...write(7), [0, "SELECT v FROM t WHERE id = 1 FOR UPDATE"], ...write(5));
    const [first] = canonical.committed(stopped)["t"] ?? [];
    expect(first).toEqual({ id: 1, v: 5, w: 0 });
    expect(canonical.key(later)).toBe(canonical.key(stopped));
  });

  it("is a row of parts for each key, and another row for another key, and put together again from its row has that key", () => {
    const { canonical } = pair("fine", "serializable");
    const parts = canonical.parts();
    const rows = new Map<string, string>();
    const keys = new Map<string, string>();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(...TEXTS, ...SERIAL_TEXTS)), { minLength: 20 }),
        (walk) => {
          let database = canonical.initial;
          for (const [drawn, text] of walk) {
            const moves = enabled(canonical, database, text);
            const next = moves[drawn % moves.length];
            if (next === undefined) return;
            database = canonical.step(database, next.session, next.move).database;
            const [key, row] = [canonical.key(database), parts.cut(database).join(" ")];
            expect(rows.get(key) ?? row).toBe(row);
            expect(keys.get(row) ?? key).toBe(key);
            rows.set(key, row);
            keys.set(row, key);
            database = parts.join(parts.cut(database));
            expect(canonical.key(database)).toBe(key);
          }
        },
      ),
      { seed: 20, numRuns: 100 },
    );
    expect(keys.size).toBeGreaterThan(500);
  });
});
