/** Leases and other things that one client has for some time: leaders, schedules, forms, and buckets that leak. */
import type { Code } from "../../sim/process/code-process.ts";
import { believers, countOf, haveEnded, never, type PublicCase, rowOf, rowsOf, transaction } from "./public-case.ts";

const candidate: Code = async (session) => {
  await session.query("DELETE FROM leadership WHERE name = 'default' AND expires_at < now()");
  const insert =
    "INSERT INTO leadership VALUES ('default', 'a', now() + interval '10 seconds') ON CONFLICT (name) DO NOTHING";
  if ((await countOf(session, insert)) > 0) session.believe({ leads: true });
};

function sleeper(condition: string): Code {
  return async (session) => {
    const beat = `INSERT INTO leadership VALUES ('default', 'b', now() + interval '10 seconds')
      ON CONFLICT (name) DO UPDATE SET expires_at = EXCLUDED.expires_at WHERE ${condition}`;
    if ((await countOf(session, beat)) > 0) session.believe({ leads: true });
  };
}

/** EXCLUDED is the row that was to be inserted: the condition compares the caller with itself. */
const leader: PublicCase = {
  name: "a leader that slept does not elect itself again",
  source: "riverqueue/river#197",
  setup: [
    "CREATE TABLE leadership (name text PRIMARY KEY, holder text NOT NULL, expires_at timestamptz NOT NULL)",
    "INSERT INTO leadership VALUES ('default', 'b', now() - interval '30 seconds')",
  ],
  view: { leads: false },
  claims: [never("two lead", (world) => believers(world, "leads") > 1)],
  versions: {
    "compares EXCLUDED": {
      clients: { a: candidate, b: sleeper("EXCLUDED.holder = 'b'") },
      found: { breaks: "two lead", steps: 8, states: 42 },
      isForced: true,
    },
    "compares the row": {
      clients: { a: candidate, b: sleeper("leadership.holder = EXCLUDED.holder") },
      found: { holds: true, states: 43 },
    },
  },
};

function scheduler(beats: string): Code {
  return async (session) => {
    const pick = `WITH wanted AS (SELECT unnest($1::text[]) AS entrypoint, unnest($2::interval[]) AS delay),
      picked AS (SELECT id FROM timetable
        WHERE entrypoint IN (SELECT entrypoint FROM wanted)
          AND (next_run <= now() AND status = 'queued' OR now() - heartbeat > interval '30 seconds' AND status = 'picked')
        FOR UPDATE SKIP LOCKED)
      UPDATE timetable SET status = 'picked', ${beats}
        next_run = date_trunc('seconds', now() + (SELECT delay FROM wanted WHERE wanted.entrypoint = timetable.entrypoint))
      WHERE id IN (SELECT id FROM picked) RETURNING id`;
    if ((await countOf(session, pick, ["{invoices}", "{1 hour}"])) === 0) return;
    session.believe({ runs: true });
    session.believe({ runs: false });
    await session.query("UPDATE timetable SET status = 'queued' WHERE id = 1");
  };
}

/** Who picks the schedule leaves its heartbeat an hour old, so that the next one finds it abandoned. */
const timetable: PublicCase = {
  name: "a schedule that was picked does not look abandoned",
  source: "janbjorge/pgqueuer#536",
  setup: [
    `CREATE TABLE timetable (id serial PRIMARY KEY, entrypoint text NOT NULL, status text NOT NULL DEFAULT 'queued',
      heartbeat timestamptz NOT NULL DEFAULT now(), next_run timestamptz NOT NULL)`,
    `INSERT INTO timetable (entrypoint, heartbeat, next_run)
      VALUES ('invoices', now() - interval '1 hour', now() - interval '1 second')`,
  ],
  view: { runs: false },
  claims: [never("two run it", (world) => believers(world, "runs") > 1)],
  versions: {
    "leaves the heartbeat": {
      clients: { a: scheduler(""), b: scheduler("") },
      found: { breaks: "two run it", steps: 6, states: 34 },
      isForced: true,
    },
    "picking is a heartbeat": {
      clients: { a: scheduler("heartbeat = now(),"), b: scheduler("heartbeat = now(),") },
      found: { holds: true, states: 50 },
    },
  },
};

const OTHERS = "record_id = 7 AND editor <> $1 AND seen_at > now() - interval '2 minutes'";
const OPEN = "INSERT INTO edits (record_id, editor, seen_at) VALUES (7, $1, now())";
const editors = {
  looksThenOpens:
    (me: string): Code =>
    async (session) => {
      if ((await countOf(session, `SELECT id FROM edits WHERE ${OTHERS}`, [me])) > 0) return;
      await session.query(OPEN, [me]);
      session.believe({ sees: "form" });
    },
  opensThenLooks:
    (me: string): Code =>
    async (session) => {
      const id = (await rowOf(session, `${OPEN} RETURNING id`, [me]))?.["id"] ?? null;
      const lower = await countOf(session, `SELECT id FROM edits WHERE ${OTHERS} AND id < $2`, [me, id]);
      session.believe({ sees: lower > 0 ? "locked" : "form" });
    },
  writesTheOnlyRow:
    (me: string): Code =>
    async (session) => {
      const upsert = `${OPEN} ON CONFLICT (record_id) DO UPDATE SET editor = excluded.editor, seen_at = excluded.seen_at
        WHERE edits.editor = excluded.editor OR edits.seen_at <= now() - interval '2 minutes'`;
      session.believe({ sees: (await countOf(session, upsert, [me])) > 0 ? "form" : "locked" });
    },
};

/** A number is given before its row can be seen, so the higher one may look first; the fix that was reviewed is broken as well. */
const form: PublicCase = {
  name: "one editor has the form",
  source: "dradis/dradis-ce#1636",
  setup: [
    `CREATE TABLE edits (id bigserial PRIMARY KEY, record_id bigint NOT NULL, editor text NOT NULL,
      seen_at timestamptz NOT NULL)`,
  ],
  view: { sees: "" },
  claims: [
    never("both have the form", (world) => believers(world, "sees", "form") > 1),
    never("both are locked out", (world) => believers(world, "sees", "locked") > 1),
  ],
  versions: {
    "looks, then opens": {
      clients: { alice: editors.looksThenOpens("alice"), bob: editors.looksThenOpens("bob") },
      found: { breaks: "both have the form", steps: 8, states: 43 },
      isForced: true,
    },
    "opens, then looks for lower numbers": {
      clients: { alice: editors.opensThenLooks("alice"), bob: editors.opensThenLooks("bob") },
      found: { breaks: "both have the form", steps: 8, states: 65 },
      isForced: true,
    },
    "one row for each record": {
      clients: { alice: editors.writesTheOnlyRow("alice"), bob: editors.writesTheOnlyRow("bob") },
      adds: ["CREATE UNIQUE INDEX one_editor ON edits (record_id)"],
      found: { holds: true, states: 53 },
    },
  },
};

const FILL_FROM_THE_SNAPSHOT = `WITH pre AS MATERIALIZED (
    SELECT GREATEST(0.0, level - EXTRACT(EPOCH FROM (now() - touched_at)) * 0.5) AS level FROM buckets WHERE key = 'ip')
  INSERT INTO buckets AS b VALUES ('ip', 1, now())
  ON CONFLICT (key) DO UPDATE SET touched_at = EXCLUDED.touched_at,
    level = CASE WHEN (SELECT level FROM pre) + 1 <= 3 THEN (SELECT level FROM pre) + 1 ELSE (SELECT level FROM pre) END
  RETURNING level = (SELECT level FROM pre) + 1 AS accepted`;
const FILL_FROM_THE_ROW = `INSERT INTO buckets AS b VALUES ('ip', 1, now())
  ON CONFLICT (key) DO UPDATE SET touched_at = EXCLUDED.touched_at, level = b.level + 1 WHERE b.level + 1 <= 3
  RETURNING true AS accepted`;

function filler(fill: string): Code {
  return async (session) => {
    if ((await rowOf(session, fill))?.["accepted"] === true) session.believe({ accepted: true });
  };
}

/** The WITH reads the statement's snapshot, and the upsert changes the newest row. */
const bucket: PublicCase = {
  name: "a bucket of three takes one more where it has two",
  source: "cheddar-me/pecorino#31",
  setup: [
    "CREATE TABLE buckets (key text PRIMARY KEY, level double precision NOT NULL, touched_at timestamptz NOT NULL)",
    "INSERT INTO buckets VALUES ('ip', 2, now())",
  ],
  view: { accepted: false },
  claims: [never("both are accepted", (world) => believers(world, "accepted") > 1)],
  versions: {
    "computes from a WITH": {
      clients: { a: filler(FILL_FROM_THE_SNAPSHOT), b: filler(FILL_FROM_THE_SNAPSHOT) },
      found: { breaks: "both are accepted", steps: 8, states: 39 },
      isForced: true,
    },
    "computes from the row": {
      clients: { a: filler(FILL_FROM_THE_ROW), b: filler(FILL_FROM_THE_ROW) },
      found: { holds: true, states: 30 },
    },
  },
};

function check(id: number, locksParent: boolean): Code {
  return async (session) => {
    await transaction(session, async () => {
      if (locksParent) await session.query("SELECT id FROM parents WHERE id = 1 FOR UPDATE");
      await session.query("UPDATE checks SET status = 'done' WHERE id = $1", [id]);
      const others = await rowOf(session, "SELECT count(*) AS n FROM checks WHERE parent_id = 1 AND status <> 'done'");
      if (Number(others?.["n"]) === 0) await session.query("UPDATE parents SET status = 'done' WHERE id = 1");
      return true;
    });
  };
}

const STUCK = "all checks are done, and the parent goes on";
const counts = { a: check(1, false), b: check(2, false) };
const locksThenCounts = { a: check(1, true), b: check(2, true) };

/** Each counts the other one as running: write skew. Under REPEATABLE READ the snapshot is older than the parent's lock. */
const lastOneOut: PublicCase = {
  name: "the last check ends its parent",
  source: "qiita-spots/qiita#2143",
  setup: [
    "CREATE TABLE parents (id int PRIMARY KEY, status text NOT NULL)",
    "CREATE TABLE checks (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES parents, status text NOT NULL)",
    "INSERT INTO parents VALUES (1, 'running')",
    "INSERT INTO checks VALUES (1, 1, 'running'), (2, 1, 'running')",
  ],
  view: {},
  claims: [
    never(STUCK, (world) => {
      const isDone = rowsOf(world, "checks").every((row) => row["status"] === "done");
      return haveEnded(world) && isDone && rowsOf(world, "parents")[0]?.["status"] !== "done";
    }),
  ],
  versions: {
    "counts, read committed": { clients: counts, found: { breaks: STUCK, steps: 10, states: 51 }, isForced: true },
    "counts, repeatable read": {
      clients: counts,
      isolation: "repeatable read",
      found: { breaks: STUCK, steps: 10, states: 51 },
      isForced: true,
    },
    "counts, serializable": {
      clients: counts,
      isolation: "serializable",
      allows: ["40001"],
      found: { holds: true, states: 59 },
    },
    "locks the parent, read committed": { clients: locksThenCounts, found: { holds: true, states: 59 } },
    "locks the parent, repeatable read": {
      clients: locksThenCounts,
      isolation: "repeatable read",
      found: { breaks: STUCK, steps: 14, states: 67 },
    },
  },
};

export const leases: readonly PublicCase[] = [leader, timetable, form, bucket, lastOneOut];
