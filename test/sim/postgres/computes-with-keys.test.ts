/** What a statement does with numbers decides whether rows can be exchanged: the answer errs on the side of yes. */
import { beforeAll, describe, expect, it } from "vitest";
import { createServer, loadGrammar } from "../../../sim/postgres/index.ts";

beforeAll(loadGrammar);

const SETUP = ["CREATE TABLE t (id integer PRIMARY KEY, v integer, who text)"];

function computes(sql: string, setup: readonly string[] = SETUP): boolean {
  const server = createServer({ sessions: 1, setup, granularity: "fine", isolation: "read committed" });
  return server.computesWithKeys(server.initial, sql, [1, 2, 3]);
}

describe("a statement only stores and equates numbers", () => {
  for (const sql of [
    "BEGIN ISOLATION LEVEL REPEATABLE READ",
    "SELECT who FROM t WHERE id = $1 FOR UPDATE SKIP LOCKED",
    "SELECT id FROM t WHERE who IS NULL LIMIT 1 FOR UPDATE",
    "UPDATE t SET who = $1, v = 0 WHERE id = $2::integer AND who IS NULL RETURNING id",
    "UPDATE t SET who = NULL FROM (VALUES ($1::integer), ($2)) AS wanted (id) WHERE t.id = wanted.id",
    "DELETE FROM t WHERE id IN ($1, $2) OR v <> 7",
    "INSERT INTO t (id, who) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM t WHERE id = $1)",
    "INSERT INTO t VALUES ($1, NULL, $2) ON CONFLICT (id) DO UPDATE SET who = excluded.who",
  ]) {
    it(sql, () => expect(computes(sql)).toBe(false));
  }
});

describe("a statement does more", () => {
  for (const sql of [
    "SELECT who FROM t WHERE id = 1",
    "SELECT who FROM t WHERE id = '1'",
    "SELECT who FROM t WHERE id = 1.0",
    "SELECT id FROM t ORDER BY id",
    "SELECT id FROM t LIMIT $1",
    "SELECT id FROM t OFFSET 1",
    "SELECT DISTINCT v FROM t",
    "SELECT v FROM t GROUP BY v",
    "SELECT count(*) FROM t",
    "SELECT who FROM t WHERE id < $1",
    "SELECT who FROM t WHERE id BETWEEN $1 AND $2",
    "SELECT who FROM t WHERE id = ANY (SELECT v FROM t) AND id > ALL (SELECT v FROM t)",
    "SELECT who FROM t WHERE id IN (SELECT v + 1 FROM t)",
    "SELECT who FROM t WHERE EXISTS (SELECT 1 FROM t WHERE v = 1)",
    "SELECT id::text FROM t",
    "SELECT id FROM t UNION SELECT v FROM t",
    "UPDATE t SET v = v + 1 WHERE id = $1",
    "INSERT INTO t VALUES (2, NULL, $1)",
    "SELECT pg_advisory_lock($1)",
    "WITH one AS (SELECT id FROM t) SELECT id FROM one",
    "CREATE TABLE other (id integer)",
  ]) {
    it(sql, () => expect(computes(sql)).toBe(true));
  }

  it("where a table does it of itself", () => {
    const sql = "INSERT INTO c (id) VALUES ($1)";
    expect(computes(sql, ["CREATE TABLE c (id integer, v integer)"])).toBe(false);
    expect(computes(sql, ["CREATE TABLE c (id integer, v integer DEFAULT 1)"])).toBe(true);
    expect(computes(sql, ["CREATE TABLE c (id integer CHECK (id < 3))"])).toBe(true);
    expect(computes(sql, ["CREATE TABLE c (id integer, v integer GENERATED ALWAYS AS (id + 1) STORED)"])).toBe(true);
    expect(computes(sql, ["CREATE TABLE c (id integer)", "CREATE INDEX ON c (id) WHERE id > 2"])).toBe(true);
    expect(computes(sql, ["CREATE TABLE c (id serial)"])).toBe(true);
  });
});
