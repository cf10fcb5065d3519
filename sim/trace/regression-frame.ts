/**
 * The frame of an exported test: everything of it but the clients' code, the schedule and the claim, which are filled in.
 *
 *     settled   no client is on its way: each is ready for its next turn, has ended, or its statement is blocked
 *     turn      a client that is ready goes on to its next statement; then all are waited for until they are settled
 *     the end   the clients that are left go on in turns until all have ended
 *
 * What is blocked is asked of the server (`pg_blocking_pids`). The question counts only where the same clients were under way
 * before and after it: a client that was just woken may be seen blocked, but then the one that woke it was under way as well.
 * A client whose code has ended gives its connection back, and what it left open is rolled back.
 */
import type { TraceParameters } from "./trace.ts";

/** What is filled in; all of it is TypeScript but the texts of schedule, setup, isolation and sentence. */
interface FrameParts {
  readonly head: string;
  readonly functions: string;
  readonly code: string;
  readonly schedule: readonly string[];
  readonly setup: readonly string[];
  readonly isolation: TraceParameters["isolation"];
  readonly sentence: string;
  readonly claim: string;
}

/** The whole file. */
export function regressionFrame(parts: FrameParts): string {
  return `${parts.head}
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import pg from "pg";
import { expect, test } from "vitest";

// The code under test. Put your own in its place: send each statement by client.query, which waits for the client's turn,
// and tell by client.owns(id) what the client was told that it owns (client.owns() is nothing).
${parts.functions}

const CODE: readonly [string, (client: Client) => Promise<void>][] = [${parts.code}];

/** Whose turn it is. A client that has ended or waits for a lock is passed over. */
const SCHEDULE: readonly string[] = ${JSON.stringify(parts.schedule).replaceAll(",", ", ")};

const SETUP: readonly string[] = [
${parts.setup.map((sql) => `  ${JSON.stringify(sql)},`).join("\n")}
];

const SECONDS_MAX = 30;

/** How PostgreSQL answers who comes too late: a broken constraint, a serialization failure or deadlock, a lock not available. */
const TOO_LATE = /^(?:23|40|55)/;

class Client {
  readonly name: string;
  readonly connection: pg.Client;
  pid = 0;
  state: "ready" | "under way" | "ended" = "under way";
  owned: readonly unknown[] = [];
  error: pg.DatabaseError | null = null;
  #go: () => void = () => {};

  constructor(name: string, connection: pg.Client) {
    this.name = name;
    this.connection = connection;
  }

  /** Waits for the client's turn. */
  turn(): Promise<void> {
    this.state = "ready";
    return new Promise((go) => {
      this.#go = go;
    });
  }

  go(): void {
    this.state = "under way";
    this.#go();
  }

  async query(text: string, values: unknown[] = []): Promise<pg.QueryResult<Record<string, unknown>>> {
    await this.turn();
    return this.connection.query(text, values);
  }

  /** What the client now believes that it owns. */
  owns(...ids: readonly unknown[]): void {
    this.owned = ids;
    if (ids.length > 0) everOwned = true;
    for (const id of ids) {
      const owners = clients.filter(({ owned }) => owned.includes(id)).map(({ name }) => name);
      if (owners.length > 1) twoOwners.push(\`\${owners.join(" and ")} own \${String(id)}\`);
    }
  }

  /** Runs the client's code to its end, which may be the error of who comes too late; what is open then is rolled back. */
  async run(code: (client: Client) => Promise<void>): Promise<void> {
    try {
      await code(this);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || !TOO_LATE.test(error.code ?? "")) throw error;
      this.error = error;
    }
    await this.connection.query("ROLLBACK");
    this.state = "ended";
  }
}

const clients: Client[] = [];
const twoOwners: string[] = [];
let everOwned = false;

async function connect(schema: string): Promise<pg.Client> {
  const connection = new pg.Client({ connectionString: process.env["DATABASE_URL"] });
  await connection.connect();
  await connection.query(\`SET search_path TO \${schema}\`);
  await connection.query("SET default_transaction_isolation TO '${parts.isolation}'");
  return connection;
}

/** Waits until each client is ready, has ended, or its statement is blocked. */
async function settled(observer: pg.Client): Promise<void> {
  for (;;) {
    const underWay = clients.filter(({ state }) => state === "under way");
    const { rows } = await observer.query<{ pid: number }>(
      "SELECT pid FROM unnest($1::int[]) AS pid WHERE cardinality(pg_blocking_pids(pid)) > 0",
      [underWay.map(({ pid }) => pid)],
    );
    if (underWay.every(({ pid, state }) => state === "under way" && rows.some((row) => row.pid === pid))) return;
    await delay(2);
  }
}

async function play(observer: pg.Client): Promise<void> {
  await settled(observer);
  for (const name of SCHEDULE) await turnOf(clients.find((client) => client.name === name), observer);
  while (clients.some(({ state }) => state !== "ended")) {
    for (const client of clients) await turnOf(client, observer);
    await delay(2);
  }
}

async function turnOf(client: Client | undefined, observer: pg.Client): Promise<void> {
  if (client?.state !== "ready") return;
  client.go();
  await settled(observer);
}

test(${JSON.stringify(parts.sentence)}, { timeout: (SECONDS_MAX + 10) * 1000 }, async () => {
  const schema = \`test_\${randomUUID().replaceAll("-", "")}\`;
  const observer = await connect(schema);
  const late = new AbortController();
  try {
    await observer.query(\`CREATE SCHEMA \${schema}\`);
    for (const sql of SETUP) await observer.query(sql);
    for (const [name] of CODE) clients.push(new Client(name, await connect(schema)));
    for (const client of clients) {
      const { rows } = await client.connection.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      client.pid = rows[0]?.pid ?? 0;
    }
    const runs = CODE.map(([, code], at) => clients[at]?.run(code));
    const tooLate = delay(SECONDS_MAX * 1000, null, { signal: late.signal }).then(() => {
      throw new Error(\`the clients have not ended after \${SECONDS_MAX} seconds\`);
    });
    await Promise.race([Promise.all([...runs, play(observer)]), tooLate]);
  } finally {
    late.abort();
    for (const { connection } of clients) await connection.end();
    await observer.query(\`DROP SCHEMA IF EXISTS \${schema} CASCADE\`);
    await observer.end();
  }
${parts.claim}
});
`;
}
