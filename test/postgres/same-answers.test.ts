/** Every statement of `statements.sql` gets the same answer from the simulated server and from PostgreSQL: rows, names, counts, errors. */
import { readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { Cell, Reply } from "../../model/protocol.ts";
import { createServer, loadGrammar } from "../../sim/postgres/index.ts";
import type { Database, Server, ServerMove, ServerProgress } from "../../sim/postgres/server.ts";
import { formatFloat8 } from "../../sim/postgres/values/float.ts";

interface Statement {
  readonly sql: string;
  readonly values: readonly Cell[];
}

interface Answer {
  readonly fields: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly rowCount: number | null;
  readonly error: string | null;
}

const STATEMENTS: readonly Statement[] = readFileSync(new URL("statements.sql", import.meta.url), "utf8")
  .split(/;\s*\n/)
  .map((block) => block.replace(/^--.*\n/gm, "").trim())
  .filter((block) => block !== "")
  .map((block) => {
    const [sql = "", values = "[]"] = block.split("-- $");
    return { sql: sql.trim(), values: JSON.parse(values) as readonly Cell[] };
  });

const SCHEMA = `same_answers_${process.pid}`;
let client: pg.Client;

beforeAll(async () => {
  await loadGrammar();
  client = new pg.Client({ connectionString: inject("databaseUrl") });
  client.on("error", () => {});
  await client.connect();
  await client.query(`create schema ${SCHEMA}; set search_path = ${SCHEMA}; set timezone = 'UTC'`);
});

afterAll(async () => {
  await client.query(`drop schema ${SCHEMA} cascade`);
  await client.end();
});

/** Values stay as the server wrote them. */
const AS_TEXT = { getTypeParser: () => (text: string) => text };

async function real({ sql, values }: Statement): Promise<Answer> {
  try {
    const result = await client.query({ text: sql, values: [...values], rowMode: "array", types: AS_TEXT });
    const fields = result.rows.length === 0 ? [] : result.fields.map(({ name }) => name);
    return { fields, rows: result.rows, rowCount: result.rowCount, error: null };
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return failed(error.code ?? "", error.message, error.detail ?? null);
  }
}

function failed(sqlstate: string, message: string, detail: string | null): Answer {
  return {
    fields: [],
    rows: [],
    rowCount: null,
    error: [sqlstate, message, ...(detail === null ? [] : [detail])].join(" | "),
  };
}

function text(cell: Cell): string | null {
  if (typeof cell === "boolean") return cell ? "t" : "f";
  return typeof cell === "number" ? formatFloat8(cell) : cell;
}

function answerOf(reply: Reply): Answer {
  if (reply.kind === "failed") return failed(reply.sqlstate, reply.message, reply.detail);
  const rows = reply.rows.map((row) => row.map(text));
  return { fields: rows.length === 0 ? [] : reply.fields, rows, rowCount: reply.rowCount, error: null };
}

/** A session of the simulated server that runs each statement to its end. */
function simulated(server: Server): (statement: Statement) => Answer {
  let database: Database = server.initial;
  const take = (move: ServerMove): ServerProgress => {
    const outcome = server.step(database, 0, move);
    database = outcome.database;
    return outcome.progress;
  };
  return ({ sql, values }) => {
    let progress = take({ kind: "send", query: { text: sql, values } });
    while (progress.kind !== "replied") progress = take({ kind: progress.kind === "finished" ? "commit" : "resume" });
    return answerOf(progress.reply);
  };
}

it("gives the same answers as PostgreSQL", async () => {
  const ask = simulated(createServer({ sessions: 1, setup: [], granularity: "coarse", isolation: "read committed" }));
  const differences: unknown[] = [];
  for (const statement of STATEMENTS) {
    const [theirs, ours] = [await real(statement), ask(statement)];
    if (JSON.stringify(theirs) !== JSON.stringify(ours)) differences.push({ sql: statement.sql, theirs, ours });
  }
  expect(differences).toEqual([]);
  expect(STATEMENTS.length).toBeGreaterThan(350);
});
