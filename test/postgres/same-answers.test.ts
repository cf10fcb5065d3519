/** Every statement of `statements.sql` gets the same answer from the simulated server and from PostgreSQL: rows, names, counts, errors. */
import { readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { Cell } from "../../model/protocol.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { askReal, type Statement, simulatedSession } from "./both-servers.ts";

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

it("gives the same answers as PostgreSQL", async () => {
  const ask = simulatedSession();
  const differences: unknown[] = [];
  for (const statement of STATEMENTS) {
    const [theirs, ours] = [await askReal(client, statement), ask(statement)];
    if (JSON.stringify(theirs) !== JSON.stringify(ours)) differences.push({ sql: statement.sql, theirs, ours });
  }
  expect(differences).toEqual([]);
  expect(STATEMENTS.length).toBeGreaterThan(350);
});
