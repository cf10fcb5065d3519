/**
 * What litmus programs are about: for each subject its tables, and statements in which sessions meet inside of one another's.
 *
 * A program has one subject, so that its few statements have something to do with each other. The keys are few and small for the same
 * reason. Each statement here has a point inside (docs/postgres-semantics.md, "Points inside a statement"), or shows what others have done.
 */
import type { Draw } from "./draw.ts";
import { type LitmusStatement, statement } from "./program.ts";

type Template = (draw: Draw) => string;

export interface Subject {
  readonly name: string;
  readonly schema: readonly string[];
  readonly rows: readonly string[];
  readonly tables: readonly string[];
  readonly sequences: readonly string[];
  /** What a session sends, with weights. */
  readonly statements: readonly (readonly [weight: number, template: Template])[];
}

const KEYS = [1, 2, 3, 4];

/** Two or three different keys, in any order. */
function keys(draw: Draw): readonly number[] {
  return draw.some(draw.weighted([[5, 2] as const, [2, 3] as const]), KEYS);
}

function list(numbers: readonly number[]): string {
  return numbers.join(", ");
}

function values(draw: Draw): string {
  return keys(draw)
    .map((key) => `(${key}, ${draw.between(1, 3)})`)
    .join(", ");
}

function key(draw: Draw): number {
  return draw.between(1, 3);
}

/** How a row lock waits. */
function waits(draw: Draw): string {
  return draw.weighted([
    [5, ""],
    [3, " SKIP LOCKED"],
    [1, " NOWAIT"],
  ]);
}

function strength(draw: Draw): string {
  return draw.weighted([
    [6, "FOR UPDATE"],
    [1, "FOR NO KEY UPDATE"],
    [2, "FOR SHARE"],
    [1, "FOR KEY SHARE"],
  ]);
}

const T = "CREATE TABLE t (id int PRIMARY KEY, v int DEFAULT 0)";
const T_ROWS = "INSERT INTO t VALUES (1, 0), (2, 0), (3, 0)";

const SUM: Template = () => "SELECT count(*), sum(v) FROM t";
const ALL: Template = () => "SELECT * FROM t ORDER BY id";

const UNIQUE_KEYS: Subject = {
  name: "unique keys",
  schema: [T],
  rows: [],
  tables: ["t"],
  sequences: [],
  statements: [
    [6, (draw) => `INSERT INTO t VALUES ${values(draw)}`],
    [3, (draw) => `INSERT INTO t VALUES ${values(draw)} ON CONFLICT DO NOTHING RETURNING id`],
    [
      4,
      (draw) =>
        `INSERT INTO t VALUES ${values(draw)} ON CONFLICT (id) DO UPDATE SET v = t.v + excluded.v RETURNING id, v`,
    ],
    [1, (draw) => `INSERT INTO t SELECT id + 1, v FROM t WHERE id = ${key(draw)} ON CONFLICT DO NOTHING`],
    [2, (draw) => `DELETE FROM t WHERE id = ${key(draw)}`],
    [1, (draw) => `UPDATE t SET id = id + ${draw.between(1, 2)} WHERE id = ${key(draw)}`],
    [1, ALL],
  ],
};

const TWO_KEYS: Subject = {
  name: "two unique keys",
  schema: ["CREATE TABLE t (id int PRIMARY KEY, v int UNIQUE)"],
  rows: ["INSERT INTO t VALUES (4, 4)"],
  tables: ["t"],
  sequences: [],
  statements: [
    [5, (draw) => `INSERT INTO t VALUES (${key(draw)}, ${key(draw)})`],
    [3, (draw) => `INSERT INTO t VALUES (${key(draw)}, ${key(draw)}) ON CONFLICT (id) DO NOTHING`],
    [2, (draw) => `INSERT INTO t VALUES (${key(draw)}, ${key(draw)}) ON CONFLICT DO NOTHING RETURNING v`],
    [
      3,
      (draw) =>
        `INSERT INTO t VALUES (${draw.between(2, 4)}, ${key(draw)}) ON CONFLICT (id) DO UPDATE SET v = excluded.v RETURNING v`,
    ],
    [3, (draw) => `UPDATE t SET v = ${draw.between(1, 4)} WHERE id = ${draw.between(1, 4)}`],
    [1, (draw) => `UPDATE t SET id = ${draw.between(1, 4)} WHERE v = ${draw.between(1, 4)}`],
    [1, ALL],
  ],
};

const ROW_LOCKS: Subject = {
  name: "row locks",
  schema: [T],
  rows: [T_ROWS],
  tables: ["t"],
  sequences: [],
  statements: [
    [
      3,
      (draw) => `SELECT id FROM t WHERE v < 2 ORDER BY id LIMIT ${draw.between(1, 2)} ${strength(draw)}${waits(draw)}`,
    ],
    [2, (draw) => `SELECT id FROM t ORDER BY id DESC ${strength(draw)}${waits(draw)}`],
    [
      4,
      (draw) =>
        `UPDATE t SET v = v + 1 WHERE id = (SELECT id FROM t WHERE v = 0 ORDER BY id LIMIT 1 FOR UPDATE${waits(draw)}) RETURNING id, v`,
    ],
    [
      2,
      (draw) =>
        `UPDATE t SET v = v + 1 WHERE id IN (SELECT id FROM t ORDER BY id DESC LIMIT 2 FOR UPDATE${waits(draw)})`,
    ],
    [3, (draw) => `UPDATE t SET v = v + ${draw.between(1, 2)} WHERE v < 2`],
    [2, (draw) => `UPDATE t SET v = ${draw.between(1, 2)} WHERE id = ${key(draw)} AND v = 0 RETURNING v`],
    [2, (draw) => `DELETE FROM t WHERE id = ${key(draw)} RETURNING v`],
    [1, (draw) => `DELETE FROM t WHERE v > ${draw.between(0, 1)}`],
    [2, SUM],
  ],
};

const QUEUE: Subject = {
  name: "queue",
  schema: [T, "CREATE TABLE k (id int PRIMARY KEY, n int)"],
  rows: [T_ROWS],
  tables: ["t", "k"],
  sequences: [],
  statements: [
    [
      4,
      (draw) =>
        `WITH c AS (SELECT id FROM t ORDER BY id LIMIT ${draw.between(1, 2)} FOR UPDATE${waits(draw)}) ` +
        `INSERT INTO k SELECT ${draw.one(["7", "id"])} FROM c ON CONFLICT DO NOTHING RETURNING (SELECT min(id) FROM c)`,
    ],
    [
      3,
      (draw) =>
        `WITH d AS (DELETE FROM t WHERE id = (SELECT id FROM t ORDER BY id LIMIT 1 FOR UPDATE${waits(draw)}) RETURNING id) ` +
        "INSERT INTO k SELECT id, 1 FROM d RETURNING id",
    ],
    [
      2,
      (draw) =>
        `WITH i AS (INSERT INTO k VALUES (${key(draw)}, 1) ON CONFLICT (id) DO UPDATE SET n = k.n + 1 RETURNING id) ` +
        "UPDATE t SET v = v + 1 FROM i WHERE t.id = i.id RETURNING v",
    ],
    [
      2,
      (draw) =>
        `DELETE FROM t WHERE id IN (SELECT id FROM t ORDER BY id LIMIT 2 FOR UPDATE${waits(draw)}) RETURNING id`,
    ],
    [
      2,
      (draw) =>
        `INSERT INTO k SELECT id, v FROM t WHERE NOT EXISTS (SELECT 1 FROM k WHERE k.id = t.id) AND t.id <= ${key(draw)}`,
    ],
    [2, (draw) => `UPDATE t SET v = (SELECT count(*) FROM k) WHERE id = ${key(draw)} RETURNING v`],
    [1, (draw) => `DELETE FROM k WHERE id = ${draw.one([1, 2, 7])}`],
    [1, () => "SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM k)"],
  ],
};

const ADVISORY: Subject = {
  name: "advisory locks",
  schema: [T],
  rows: [T_ROWS],
  tables: ["t"],
  sequences: [],
  statements: [
    [4, () => "SELECT id FROM t WHERE pg_try_advisory_lock(id) ORDER BY id LIMIT 1"],
    [3, () => "SELECT id, v FROM t WHERE pg_try_advisory_xact_lock(id) ORDER BY id LIMIT 1"],
    [3, (draw) => `SELECT v FROM t WHERE id = ${key(draw)} AND pg_advisory_xact_lock(${key(draw)}) IS NOT NULL`],
    [2, (draw) => `SELECT pg_advisory_xact_lock(${key(draw)}), count(*) FROM t`],
    [2, (draw) => `UPDATE t SET v = v + 1 WHERE id = ${key(draw)} AND pg_try_advisory_xact_lock(1) RETURNING v`],
    [2, (draw) => `INSERT INTO t SELECT 4, ${key(draw)} WHERE pg_try_advisory_xact_lock(4) ON CONFLICT DO NOTHING`],
    [2, (draw) => `SELECT pg_advisory_unlock(${key(draw)})`],
    [4, (draw) => `DELETE FROM t WHERE id = ${draw.between(1, 2)} RETURNING v`],
    [2, (draw) => `UPDATE t SET v = v + 1 WHERE id = ${draw.between(1, 2)}`],
    [1, (draw) => `SELECT pg_advisory_lock_shared(${draw.between(1, 2)})`],
  ],
};

function foreignKeys(onDelete: string): Subject {
  return {
    name: `foreign keys${onDelete.toLowerCase()}`,
    schema: [
      "CREATE TABLE p (id int PRIMARY KEY, v int)",
      `CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p${onDelete}, v int)`,
    ],
    rows: ["INSERT INTO p VALUES (1, 0), (2, 0)", "INSERT INTO c VALUES (1, 1, 0)"],
    tables: ["p", "c"],
    sequences: [],
    statements: [
      [
        5,
        (draw) =>
          `INSERT INTO c VALUES ${draw
            .some(2, [2, 3, 4])
            .map((id) => `(${id}, ${draw.between(1, 3)}, 0)`)
            .join(", ")}`,
      ],
      [2, (draw) => `UPDATE c SET p = ${draw.between(1, 3)} WHERE id = ${draw.between(1, 2)}`],
      [4, (draw) => `DELETE FROM p WHERE id = ${draw.between(1, 3)}`],
      [2, (draw) => `INSERT INTO p VALUES (${draw.between(2, 3)}, 1)`],
      [2, (draw) => `UPDATE p SET v = v + 1 WHERE id = ${draw.between(1, 2)} RETURNING v`],
      [1, (draw) => `UPDATE p SET id = 3 WHERE id = ${draw.between(1, 2)}`],
      [1, (draw) => `SELECT id FROM p WHERE id = ${draw.between(1, 2)} ${strength(draw)}`],
      [1, (draw) => `DELETE FROM c WHERE p = ${draw.between(1, 2)}`],
      [1, () => "SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM c)"],
    ],
  };
}

const SEQUENCES: Subject = {
  name: "sequences",
  schema: ["CREATE SEQUENCE q", "CREATE TABLE t (id int DEFAULT nextval('q') PRIMARY KEY, v int)"],
  rows: [],
  tables: ["t"],
  sequences: ["q"],
  statements: [
    [4, (draw) => `INSERT INTO t (v) VALUES (${key(draw)}), (${key(draw)}) RETURNING id`],
    [2, (draw) => `INSERT INTO t VALUES (${key(draw)}, 0), (DEFAULT, 1) RETURNING id`],
    [2, (draw) => `INSERT INTO t VALUES (nextval('q'), ${key(draw)}) ON CONFLICT DO NOTHING RETURNING id`],
    [2, () => "SELECT nextval('q')"],
    [1, () => "SELECT nextval('q'), count(*) FROM t"],
    [1, () => "UPDATE t SET v = nextval('q') RETURNING id, v"],
    [1, (draw) => `SELECT setval('q', ${draw.between(1, 3)})`],
    [1, ALL],
  ],
};

const JOINS: Subject = {
  name: "joins",
  schema: [T, "CREATE TABLE u (id int PRIMARY KEY, t int, v int)"],
  rows: [T_ROWS, "INSERT INTO u VALUES (1, 2, 0), (2, 1, 0)"],
  tables: ["t", "u"],
  sequences: [],
  statements: [
    [3, (draw) => `UPDATE t SET v = ${key(draw)} FROM unnest(ARRAY[${list(keys(draw))}]) AS a(id) WHERE t.id = a.id`],
    [2, (draw) => `UPDATE t SET v = t.v + n.v FROM (VALUES ${values(draw)}) AS n(id, v) WHERE t.id = n.id`],
    [3, () => "UPDATE t SET v = u.v + 1 FROM u WHERE t.id = u.t RETURNING t.id, t.v"],
    [2, (draw) => `DELETE FROM t USING u WHERE t.id = u.t AND u.id <= ${draw.between(1, 2)} RETURNING t.id`],
    [
      3,
      (draw) =>
        `SELECT t.id, u.v FROM t JOIN u ON u.t = t.id ${strength(draw)}${draw.one(["", " OF t", " OF u"])}${waits(draw)}`,
    ],
    [2, (draw) => `UPDATE u SET v = v + 1, t = ${key(draw)} WHERE id = ${draw.between(1, 2)} RETURNING v`],
    [2, (draw) => `UPDATE t SET v = v + 1 WHERE id = ${key(draw)}`],
    [1, (draw) => `DELETE FROM u WHERE id = ${draw.between(1, 2)}`],
    [1, () => "SELECT t.id, t.v, u.v FROM t JOIN u ON u.t = t.id ORDER BY t.id"],
  ],
};

/** With how often each comes up. */
export const SUBJECTS: readonly (readonly [weight: number, subject: Subject])[] = [
  [6, UNIQUE_KEYS],
  [4, TWO_KEYS],
  [4, ROW_LOCKS],
  [6, QUEUE],
  [6, ADVISORY],
  [2, foreignKeys("")],
  [2, foreignKeys(" ON DELETE CASCADE")],
  [1, foreignKeys(" ON DELETE SET NULL")],
  [4, SEQUENCES],
  [5, JOINS],
];

/** A statement of the subject. */
export function statementOf(draw: Draw, { statements }: Subject): LitmusStatement {
  const text = draw.weighted(statements)(draw);
  return statement(text, /^SELECT (?!nextval).* ORDER BY (?:t\.)?id(?: DESC)?$/.test(text));
}
