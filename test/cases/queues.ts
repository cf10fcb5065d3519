/** Job queues and outboxes: who gets a job, in which order, and that none is lost. */
import type { Code, CodeSession } from "../../sim/process/code-process.ts";
import { believers, countOf, haveEnded, never, type PublicCase, rowOf, rowsOf, transaction } from "./public-case.ts";

const FETCH_WITH_TABLE_OF_LOCKS = `WITH candidate AS (
    SELECT tasks.* FROM tasks LEFT JOIN task_locks ON task_locks.object = tasks.lock
    WHERE task_locks.object IS NULL AND status = 'todo' ORDER BY id FOR UPDATE OF tasks SKIP LOCKED LIMIT 1
  ), taken AS (INSERT INTO task_locks SELECT lock FROM candidate ON CONFLICT DO NOTHING RETURNING object)
  UPDATE tasks SET status = 'doing' FROM candidate, taken
  WHERE taken.object IS NOT NULL AND tasks.id = candidate.id RETURNING tasks.id`;
const FETCH_WHERE_NONE_IS_EARLIER = `WITH candidate AS (
    SELECT id FROM tasks WHERE status = 'todo' AND NOT EXISTS (
      SELECT 1 FROM tasks earlier
      WHERE earlier.lock = tasks.lock AND earlier.status IN ('todo', 'doing') AND earlier.id < tasks.id)
    ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1
  ) UPDATE tasks SET status = 'doing' FROM candidate WHERE tasks.id = candidate.id RETURNING tasks.id`;

function taskWorker(fetch: string): Code {
  return async (session) => {
    const task = await rowOf(session, fetch);
    if (task === null) return;
    await session.query(
      `WITH finished AS (UPDATE tasks SET status = 'done' WHERE id = $1 RETURNING lock)
       DELETE FROM task_locks WHERE object = (SELECT lock FROM finished)`,
      [task["id"] ?? null],
    );
  };
}

/** Worker 1 has locked task 1 and not yet written its lock; worker 2 leaves task 1 out and writes the lock for task 2. */
const orderOfTasks: PublicCase = {
  name: "tasks of one lock run in their order",
  source: "procrastinate-org/procrastinate#212",
  setup: [
    "CREATE TABLE tasks (id int PRIMARY KEY, lock text, status text NOT NULL DEFAULT 'todo')",
    "CREATE TABLE task_locks (object text PRIMARY KEY)",
    "INSERT INTO tasks (id, lock) VALUES (1, 'customer-7'), (2, 'customer-7')",
  ],
  view: {},
  claims: [
    never("task 2 is begun before task 1 is done", (world) => {
      const [first, second] = rowsOf(world, "tasks");
      return second?.["status"] !== "todo" && first?.["status"] !== "done";
    }),
  ],
  versions: {
    "a table of locks": {
      clients: { a: taskWorker(FETCH_WITH_TABLE_OF_LOCKS), b: taskWorker(FETCH_WITH_TABLE_OF_LOCKS) },
      found: { breaks: "task 2 is begun before task 1 is done", steps: 7, states: 136 },
    },
    "no earlier task of the lock": {
      clients: { a: taskWorker(FETCH_WHERE_NONE_IS_EARLIER), b: taskWorker(FETCH_WHERE_NONE_IS_EARLIER) },
      found: { holds: true, states: 62 },
    },
  },
};

function enqueuer(lock: string): Code {
  return async (session) => {
    await transaction(session, async () => {
      await session.query("INSERT INTO jobs VALUES (2)");
      const semaphore = await rowOf(session, `SELECT value FROM semaphores WHERE key = 'k'${lock}`);
      const isOpen =
        Number(semaphore?.["value"]) > 0 &&
        (await countOf(session, "UPDATE semaphores SET value = value - 1 WHERE value > 0 AND key = 'k'")) > 0;
      await session.query(isOpen ? "INSERT INTO ready_jobs VALUES (2)" : "INSERT INTO blocked_jobs VALUES (2)");
      return true;
    });
  };
}

const finisher: Code = async (session) => {
  if ((await countOf(session, "UPDATE semaphores SET value = value + 1 WHERE value < 1")) === 0) return;
  await transaction(session, async () => {
    const job = await rowOf(session, "SELECT job_id FROM blocked_jobs ORDER BY job_id LIMIT 1 FOR UPDATE SKIP LOCKED");
    if (job === null) return true;
    if ((await countOf(session, "UPDATE semaphores SET value = value - 1 WHERE value > 0")) === 0) return true;
    await session.query("INSERT INTO ready_jobs VALUES ($1)", [job["job_id"] ?? null]);
    await session.query("DELETE FROM blocked_jobs WHERE job_id = $1", [job["job_id"] ?? null]);
    return true;
  });
};

/** The place is freed, and looked for, between the enqueuer's look and its COMMIT: a lost wake-up. */
const blockedForEver: PublicCase = {
  name: "a job waits only while the place is taken",
  source: "rails/solid_queue#456",
  setup: [
    "CREATE TABLE jobs (id bigint PRIMARY KEY)",
    "CREATE TABLE semaphores (key text PRIMARY KEY, value int NOT NULL)",
    "CREATE TABLE ready_jobs (job_id bigint PRIMARY KEY REFERENCES jobs ON DELETE CASCADE)",
    "CREATE TABLE blocked_jobs (job_id bigint PRIMARY KEY REFERENCES jobs ON DELETE CASCADE)",
    "INSERT INTO jobs VALUES (1)",
    "INSERT INTO semaphores VALUES ('k', 0)",
  ],
  view: {},
  claims: [
    never("a job is blocked, the place is free, and nobody will look", (world) => {
      const isFree = rowsOf(world, "semaphores")[0]?.["value"] === 1;
      return haveEnded(world) && isFree && rowsOf(world, "blocked_jobs").length > 0;
    }),
  ],
  versions: {
    "looks at the semaphore": {
      clients: { enqueuer: enqueuer(""), finisher },
      found: { breaks: "a job is blocked, the place is free, and nobody will look", steps: 13, states: 88 },
      isForced: true,
    },
    "locks the semaphore": {
      clients: { enqueuer: enqueuer(" FOR UPDATE"), finisher },
      found: { holds: true, states: 79 },
    },
  },
};

type Way = "plain" | "savepoint" | "on conflict";

async function takesPlace(session: CodeSession, way: Way): Promise<boolean> {
  const take = async (): Promise<boolean> =>
    (await countOf(session, "UPDATE semaphores SET value = value - 1 WHERE value > 0 AND key = 'k'")) > 0;
  const semaphore = await rowOf(session, "SELECT value FROM semaphores WHERE key = 'k'");
  if (semaphore !== null) return Number(semaphore["value"]) > 0 && take();
  const insert = "INSERT INTO semaphores VALUES ('k', 0)";
  if (way === "on conflict") return (await countOf(session, `${insert} ON CONFLICT (key) DO NOTHING`)) > 0 || take();
  try {
    if (way === "savepoint") await session.query("SAVEPOINT s");
    await session.query(insert);
    return true;
  } catch (error) {
    if ((error as { readonly code?: string }).code !== "23505") throw error;
    if (way === "savepoint") await session.query("ROLLBACK TO SAVEPOINT s");
    return take();
  }
}

function semaphoreMaker(way: Way, job: number): Code {
  return async (session) => {
    await transaction(session, async () => {
      await session.query("INSERT INTO jobs VALUES ($1)", [job]);
      const isReady = await takesPlace(session, way);
      await session.query(`INSERT INTO ${isReady ? "ready_jobs" : "blocked_jobs"} VALUES ($1)`, [job]);
      return true;
    });
  };
}

/** After 23505 everything is answered 25P02 until ROLLBACK: the job is lost. */
const errorInTransaction: PublicCase = {
  name: "a job is kept when its semaphore is there already",
  source: "rails/solid_queue#224",
  setup: [
    "CREATE TABLE jobs (id int PRIMARY KEY)",
    "CREATE TABLE semaphores (key text PRIMARY KEY, value int NOT NULL)",
    "CREATE TABLE ready_jobs (job_id int PRIMARY KEY REFERENCES jobs)",
    "CREATE TABLE blocked_jobs (job_id int PRIMARY KEY REFERENCES jobs)",
  ],
  view: {},
  claims: [never("two jobs are ready", (world) => rowsOf(world, "ready_jobs").length > 1)],
  versions: {
    "goes on after the error": {
      clients: { a: semaphoreMaker("plain", 1), b: semaphoreMaker("plain", 2) },
      found: { breaks: "no-unexpected-error", steps: 13, states: 112 },
      isForced: true,
    },
    "a savepoint": {
      clients: { a: semaphoreMaker("savepoint", 1), b: semaphoreMaker("savepoint", 2) },
      found: { holds: true, states: 182 },
    },
    "ON CONFLICT": {
      clients: { a: semaphoreMaker("on conflict", 1), b: semaphoreMaker("on conflict", 2) },
      found: { holds: true, states: 144 },
    },
  },
};

function claimer(looksAgain: boolean): Code {
  return async (session) => {
    const job = await rowOf(
      session,
      `SELECT id FROM jobs WHERE id IN (
         WITH candidates AS MATERIALIZED (SELECT id FROM jobs WHERE finished_at IS NULL ORDER BY priority DESC NULLS LAST)
         SELECT id FROM candidates WHERE pg_try_advisory_lock(id) LIMIT 1)`,
    );
    if (job === null) return;
    const id = job["id"] ?? null;
    const again = "SELECT 1 FROM jobs WHERE id = $1 AND finished_at IS NULL";
    if (!looksAgain || (await countOf(session, again, [id])) === 1) {
      session.believe({ ran: true });
      await session.query("UPDATE jobs SET finished_at = now() WHERE id = $1", [id]);
    }
    await session.query("SELECT pg_advisory_unlock($1)", [id]);
  };
}

/** The second worker's snapshot shows the job as open, and its lock comes after the first worker has finished the job. */
const lockAfterSnapshot: PublicCase = {
  name: "a job that is claimed by an advisory lock runs once",
  source: "bensheldon/good_job#1113",
  setup: [
    "CREATE TABLE jobs (id bigint PRIMARY KEY, priority int, finished_at timestamptz)",
    "INSERT INTO jobs VALUES (71, 0)",
  ],
  view: { ran: false },
  claims: [never("the job runs twice", (world) => believers(world, "ran") > 1)],
  versions: {
    "runs what it has locked": {
      clients: { a: claimer(false), b: claimer(false) },
      found: { breaks: "the job runs twice", steps: 8, states: 38 },
    },
    "looks again": { clients: { a: claimer(true), b: claimer(true) }, found: { holds: true, states: 50 } },
  },
};

function producer(id: string, locks: boolean): Code {
  return async (session) => {
    await transaction(session, async () => {
      if (locks) await session.query("SELECT pg_advisory_xact_lock(hashtext('accounts'))");
      await session.query("INSERT INTO outbox (sender) VALUES ($1)", [id]);
      return true;
    });
  };
}

const poller: Code = async (session) => {
  let seen = 0;
  for (let poll = 0; poll < 2; poll++) {
    const at = (await rowOf(session, "SELECT last_id FROM mark"))?.["last_id"] ?? null;
    const { rows } = await session.query("SELECT id FROM outbox WHERE id > $1 ORDER BY id LIMIT 10", [at]);
    if (rows.length === 0) continue;
    await session.query("UPDATE mark SET last_id = $1", [rows.at(-1)?.["id"] ?? null]);
    seen += rows.length;
    session.believe({ seen });
  }
};

/** A number is given before its row can be seen: id 2 commits first, the mark goes to 2, and id 1 is never read. */
const outboxGap: PublicCase = {
  name: "what lies behind the mark was read",
  source: "kamu-data/kamu-cli#1398",
  setup: [
    "CREATE TABLE outbox (id bigserial PRIMARY KEY, sender text NOT NULL)",
    "CREATE TABLE mark (last_id bigint NOT NULL)",
    "INSERT INTO mark VALUES (0)",
  ],
  view: { seen: 0 },
  claims: [
    never("a message behind the mark was never read", (world) => {
      const mark = Number(rowsOf(world, "mark")[0]?.["last_id"]);
      const behind = rowsOf(world, "outbox").filter((message) => Number(message["id"]) <= mark).length;
      const reader = world.clients.find(({ name }) => name === "poller");
      return reader?.ended === true && behind > Number(reader.view["seen"]);
    }),
  ],
  versions: {
    "numbers from a sequence": {
      clients: { a: producer("a", false), b: producer("b", false), poller },
      found: { breaks: "a message behind the mark was never read", steps: 15, states: 508 },
      isForced: true,
    },
    "producers one after the other": {
      clients: { a: producer("a", true), b: producer("b", true), poller },
      found: { holds: true, states: 356 },
    },
  },
};

export const queues: readonly PublicCase[] = [
  orderOfTasks,
  blockedForEver,
  errorInTransaction,
  lockAfterSnapshot,
  outboxGap,
];
