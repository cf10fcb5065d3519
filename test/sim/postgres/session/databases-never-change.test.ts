/** Databases are values: they share what a step leaves as it was, and no step changes what was there before it. */
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { createServer, loadGrammar } from "../../../../sim/postgres/index.ts";
import type { Database, ServerMove, SessionId } from "../../../../sim/postgres/server.ts";

const SESSIONS = 3;
const TEXTS = [
  ...["BEGIN", "BEGIN ISOLATION LEVEL SERIALIZABLE", "COMMIT", "ROLLBACK"],
  ...["SAVEPOINT a", "ROLLBACK TO a", "RELEASE a"],
  ...["LOCK TABLE t IN SHARE MODE", "LOCK TABLE t", "LOCK TABLE u IN ROW EXCLUSIVE MODE", "LOCK TABLE u NOWAIT"],
  ...["SELECT pg_advisory_lock(1)", "SELECT pg_advisory_lock_shared(1)", "SELECT pg_advisory_xact_lock(2)"],
  ...["SELECT pg_advisory_unlock(1)", "SELECT pg_advisory_unlock_shared(1)", "SELECT pg_advisory_unlock_all()"],
  ...["SELECT v FROM t WHERE id = 1 FOR UPDATE", "SELECT v FROM t FOR SHARE", "SELECT sum(v) FROM t"],
  ...["UPDATE t SET v = v + 1 WHERE id = 1", "UPDATE t SET id = 3 - id", "DELETE FROM t WHERE id = 2"],
  ...["INSERT INTO t VALUES (2, 0) ON CONFLICT (id) DO UPDATE SET v = 0", "INSERT INTO u VALUES (1)"],
  ...["TRUNCATE u", "SELECT nextval('s')", "SET lock_timeout = 10", "PREPARE p AS SELECT 1"],
];

beforeAll(loadGrammar);

it.each(["fine", "coarse"] as const)("every database keeps its key, whatever comes after it, %s", (granularity) => {
  const server = createServer({
    sessions: SESSIONS,
    setup: [
      "CREATE TABLE t (id integer PRIMARY KEY, v integer); CREATE TABLE u (id integer REFERENCES t DEFERRABLE INITIALLY DEFERRED)",
      "CREATE SEQUENCE s; INSERT INTO t VALUES (1, 0), (2, 0)",
    ],
    granularity,
    isolation: "read committed",
  });
  const movesFor = (database: Database, text: string): readonly { session: SessionId; move: ServerMove }[] => [
    ...[...Array(SESSIONS).keys()]
      .filter((session) => server.canSend(database, session))
      .map((session) => ({ session, move: { kind: "send", query: { text, values: [] } } as const })),
    ...server.moves(database).map(({ session, ...move }) => ({ session, move })),
  ];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.constantFrom(...TEXTS)), { minLength: 10, maxLength: 60 }), (walk) => {
      const met: { readonly database: Database; readonly key: string }[] = [];
      let database = server.initial;
      for (const [drawn, text] of walk) {
        met.push({ database, key: server.key(database) });
        const moves = movesFor(database, text);
        const next = moves[drawn % moves.length];
        if (next === undefined) break;
        database = server.step(database, next.session, next.move).database;
      }
      for (const { database: before, key } of met) expect(server.key(before)).toBe(key);
    }),
    { seed: 8, numRuns: 300 },
  );
});
