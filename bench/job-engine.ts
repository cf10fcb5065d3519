/**
 * `npm run bench:jobs`: what it takes to spread an exploration over machines by a job engine on PostgreSQL (docs/scaling.md). A prototype
 * that is measured, and no part of the program: graphile-worker is installed for it only.
 *
 *     main       starts a server and one worker or two, adds jobs, and waits for their answers
 *     worker     a process of its own, as on a machine of its own:  job { seed, runs }  ->  runs of `simulate`  ->  a row in `answers`
 *
 * Of a partitioned search those parts are measured that PostgreSQL would do: states that are sent from one machine to another, and a set of
 * states that is a table.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { hunt, type ScheduleStrategy, strategyOf } from "../sim/explore/hunt.ts";
import { loadGrammar } from "../sim/postgres/index.ts";
import { systemOf } from "../sim/system/from-scenario.ts";
import { startPostgres } from "../src/postgres/embedded.ts";
import { instanceOfRace } from "./measured.ts";

/** What is used of graphile-worker. */
interface Engine {
  makeWorkerUtils(options: { readonly connectionString: string }): Promise<{
    migrate(): Promise<void>;
    addJob(task: string, payload: unknown): Promise<unknown>;
    release(): Promise<void>;
  }>;
  run(options: {
    readonly connectionString: string;
    readonly concurrency: number;
    readonly noHandleSignals: boolean;
    readonly taskList: Readonly<Record<string, (payload: unknown) => Promise<void>>>;
  }): Promise<unknown>;
}

interface Seeds {
  readonly seed: number;
  readonly runs: number;
}

const ENGINE = "graphile-worker";
const RUNS = 200;
const JOBS = 16;
const EMPTY_JOBS = 500;
const STATE_BYTES = 12;
const BOX_STATES = 8192;
const BOXES = 200;
const OFFERED_ROWS = 5000;
const OFFERS = 60;

async function loadEngine(): Promise<Engine> {
  try {
    return (await import(ENGINE)) as unknown as Engine;
  } catch {
    console.error(`${ENGINE} is not installed, and nothing else needs it: npm install --no-save ${ENGINE}@0.17.3`);
    process.exit(2);
  }
}

/** A worker: its tables of steps are filled once, and serve all of its jobs. */
async function work(url: string): Promise<void> {
  await loadGrammar();
  const system = systemOf(instanceOfRace({ protocol: "select-for-update", clients: 8, granularity: "fine" }));
  const strategy = (await strategyOf(system, { strategy: "random", steps: 60, depth: 3 })) as ScheduleStrategy;
  const answers = new pg.Pool({ connectionString: url, max: 1 });
  const answer = async (work: () => Promise<void>): Promise<void> => {
    const started = performance.now();
    await work();
    await answers.query("INSERT INTO answers VALUES ($1)", [performance.now() - started]);
  };
  await (await loadEngine()).run({
    connectionString: url,
    concurrency: 1,
    noHandleSignals: true,
    taskList: {
      empty: () => answer(async () => {}),
      seeds: (payload) =>
        answer(async () => {
          await hunt(strategy, payload as Seeds);
        }),
    },
  });
  process.send?.("ready");
}

async function startWorkers(url: string, count: number): Promise<readonly ChildProcess[]> {
  const workers = Array.from({ length: count }, () =>
    spawn(process.execPath, [...process.execArgv, import.meta.filename, url], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    }),
  );
  await Promise.all(workers.map((worker) => once(worker, "message")));
  return workers;
}

interface Measured {
  readonly seconds: number;
  /** Seconds of all workers together inside of jobs. */
  readonly inside: number;
}

class Bench {
  readonly #url: string;
  readonly #client: pg.Client;

  constructor(url: string, client: pg.Client) {
    this.#url = url;
    this.#client = client;
  }

  /** From the first job that is added to the last answer. */
  async jobs(task: string, payloads: readonly unknown[], workers: number): Promise<Measured> {
    const utils = await (await loadEngine()).makeWorkerUtils({ connectionString: this.#url });
    const processes = await startWorkers(this.#url, workers);
    try {
      // The tables of steps are filled before.
      for (let warming = 0; warming < workers * 2; warming++) await utils.addJob(task, payloads[0]);
      await this.#answers(workers * 2);
      const started = performance.now();
      for (const payload of payloads) await utils.addJob(task, payload);
      const inside = await this.#answers(payloads.length);
      return { seconds: (performance.now() - started) / 1000, inside: inside / 1000 };
    } finally {
      for (const worker of processes) worker.kill("SIGKILL");
      await utils.release();
    }
  }

  /** Milliseconds inside of so many jobs, when all have answered. */
  async #answers(count: number): Promise<number> {
    for (;;) {
      const { rows } = await this.#client.query("SELECT count(*)::int AS given, sum(ms)::float8 AS ms FROM answers");
      const [{ given, ms }] = rows as [{ given: number; ms: number }];
      if (given >= count) {
        await this.#client.query("TRUNCATE answers");
        return ms;
      }
      await sleep(5);
    }
  }

  /** States a second that are put into boxes and taken out of them. */
  async boxes(): Promise<number> {
    await this.#client.query("CREATE TABLE box (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, states bytea)");
    const states = Buffer.alloc(BOX_STATES * STATE_BYTES, 7);
    const started = performance.now();
    for (let box = 0; box < BOXES; box++) {
      await this.#client.query("INSERT INTO box (states) VALUES ($1)", [states]);
      await this.#client.query("DELETE FROM box WHERE id = (SELECT min(id) FROM box) RETURNING states");
    }
    return (BOXES * BOX_STATES * 1000) / (performance.now() - started);
  }

  /** States a second that are offered to a table with each state once; about half of them are new. */
  async table(): Promise<number> {
    await this.#client.query("CREATE TABLE seen (orbit int, low int, high int, PRIMARY KEY (orbit, low, high))");
    const started = performance.now();
    for (let offer = 0; offer < OFFERS; offer++) {
      const at = (offer * OFFERED_ROWS) / 2;
      await this.#client.query(
        "INSERT INTO seen SELECT n % 800, n, n * 7 % 65536 FROM generate_series($1::int, $2::int) n ON CONFLICT DO NOTHING",
        [at, at + OFFERED_ROWS - 1],
      );
    }
    return (OFFERS * OFFERED_ROWS * 1000) / (performance.now() - started);
  }
}

async function main(): Promise<void> {
  const engine = await loadEngine();
  const server = await startPostgres();
  try {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query("CREATE UNLOGGED TABLE answers (ms float8)");
    const utils = await engine.makeWorkerUtils({ connectionString: server.url });
    await utils.migrate();
    await utils.release();
    const bench = new Bench(server.url, client);
    const seeds = Array.from({ length: JOBS }, (_, at): Seeds => ({ seed: 1 + at * RUNS, runs: RUNS }));
    const empty = await bench.jobs("empty", Array(EMPTY_JOBS).fill({}), 1);
    const one = await bench.jobs("seeds", seeds, 1);
    const two = await bench.jobs("seeds", seeds, 2);
    const rows = [
      [
        `an empty job, one worker, ${EMPTY_JOBS} of them`,
        `${((empty.seconds * 1000) / EMPTY_JOBS).toFixed(1)} ms each`,
      ],
      ...[one, two].map(({ seconds, inside }, at) => [
        `${JOBS} jobs of ${RUNS} seeds, ${at === 0 ? "one worker" : "two workers"}`,
        `${seconds.toFixed(1)} s, ${inside.toFixed(1)} s of it inside of jobs`,
      ]),
      ["two workers, compared with one", `${(one.seconds / two.seconds).toFixed(2)} times as fast`],
      [
        `boxes of ${BOX_STATES} states of ${STATE_BYTES} bytes, sent and taken`,
        `${(await bench.boxes()).toFixed(0)} states a second`,
      ],
      [`a table of states, offered ${OFFERED_ROWS} at once`, `${(await bench.table()).toFixed(0)} states a second`],
    ];
    console.log(["| what | measured |", "|---|---|", ...rows.map(([what, is]) => `| ${what} | ${is} |`)].join("\n"));
    await client.end();
  } finally {
    await server.stop();
  }
}

const url = process.argv[2];
await (url === undefined ? main() : work(url));
