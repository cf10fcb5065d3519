/**
 * The simulated server gives what PostgreSQL gives, or refuses by name: it never says of what PostgreSQL has that it does
 * not exist, and never the other way round. The lines of `expressions.sql`, and calls, operators and casts made of values
 * of all types by a seeded generator.
 */
import { readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { askReal, type Statement, simulatedSession } from "./both-servers.ts";
import { expressionsOf } from "./made-expressions.ts";

const SCHEMA = `expressions_${process.pid}`;
const STYLE = ["set timezone = 'PST8PDT'", "set datestyle = 'Postgres, MDY'", "set intervalstyle = 'postgres_verbose'"];
let client: pg.Client;

beforeAll(async () => {
  await loadGrammar();
  client = new pg.Client({ connectionString: inject("databaseUrl") });
  client.on("error", () => {});
  await client.connect();
  await client.query(`create schema ${SCHEMA}; set search_path = ${SCHEMA}`);
});

afterAll(async () => {
  await client.query(`drop schema ${SCHEMA} cascade`);
  await client.end();
});

interface Compared {
  readonly differences: readonly unknown[];
  readonly equal: number;
  readonly refused: readonly string[];
}

async function compare(lines: readonly string[]): Promise<Compared> {
  const ask = simulatedSession();
  const differences: unknown[] = [];
  const refused: string[] = [];
  let equal = 0;
  for (const sql of [...STYLE, ...lines]) {
    const statement: Statement = { sql, values: [] };
    const theirs = await askReal(client, statement);
    try {
      const ours = ask(statement);
      if (JSON.stringify([theirs.rows, errorOf(theirs)]) === JSON.stringify([ours.rows, errorOf(ours)])) equal += 1;
      else differences.push({ sql, theirs, ours });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      refused.push(`${sql}: ${error.message}`);
    }
  }
  return { differences, equal, refused };
}

/** SQLSTATE and message: details are not modelled for all errors. */
function errorOf({ error }: { readonly error: string | null }): string | null {
  return error === null ? null : error.split(" | ").slice(0, 2).join(" | ");
}

it("of expressions.sql equals or is refused", async () => {
  const lines = readFileSync(new URL("expressions.sql", import.meta.url), "utf8").split("\n");
  const { differences, equal, refused } = await compare(lines.filter((line) => line !== "" && !line.startsWith("--")));
  expect(differences).toEqual([]);
  expect(equal).toBeGreaterThan(200);
  // A refusal names what it refuses, and its place.
  expect(refused.filter((text) => !/ is not modelled/.test(text))).toEqual([]);
});

it("of made expressions equals or is refused", async () => {
  const { differences, equal } = await compare(expressionsOf(1, 1500));
  expect(differences).toEqual([]);
  expect(equal).toBeGreaterThan(1000);
});
