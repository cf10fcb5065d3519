/** Traces and tests from somebody else on a real server, as a person runs them: what is refused, what is named, and what is left. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Trace } from "../../sim/trace/trace.ts";
import { openSession, type Session } from "../../src/postgres/connection.ts";
import { type RunningPostgres, startPostgres } from "../../src/postgres/embedded.ts";
import { type Ended, lockstep, lockstepWith, temporaryFolder } from "../cli/program.ts";

const folder = temporaryFolder();
const honest = join(folder, "race-001-check-then-act-2-clients-coarse.json");
const TOUCHED = join(folder, "touched");

let users: RunningPostgres;
let owner: Session;
beforeAll(async () => {
  users = await startPostgres();
  lockstep("check", "race-001", "--out", folder);
  owner = await openSession({ url: users.url, schema: null, name: "owner" });
  await owner.rows("CREATE TABLE users (id integer); INSERT INTO users VALUES (1)");
});
afterAll(async () => {
  await owner.rows("DROP TABLE users");
  await owner.close();
  await users.stop();
});

/** The honest trace with something changed. */
function edited(name: string, edit: (trace: Mutable<Trace>) => void): string {
  const trace = JSON.parse(readFileSync(honest, "utf8")) as Mutable<Trace>;
  edit(trace);
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(trace, null, 2));
  return path;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends object ? Mutable<T[K]> : T[K] };

const onUsers = (path: string, ...more: readonly string[]): Ended =>
  lockstep("replay", path, "--on", "postgres", "--database-url", users.url, ...more);

async function untouched(): Promise<void> {
  expect(await owner.rows("SELECT * FROM users")).toEqual([[1]]);
  expect(
    await owner.rows("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename = 'buffers'"),
  ).toEqual([]);
  expect(await owner.rows("SELECT datname::text FROM pg_database WHERE datname ~ '^lockstep_[0-9a-f]{12}_'")).toEqual(
    [],
  );
  expect(await owner.rows("SELECT rolname::text FROM pg_roles WHERE rolname ~ '^lockstep_'")).toEqual([]);
  expect(existsSync(TOUCHED)).toBe(false);
}

describe("a trace whose SQL is not modelled is refused before anything is run", () => {
  test.each([
    ["a set-up that runs a program", "setup", `COPY (SELECT 1) TO PROGRAM 'touch ${TOUCHED}'`, "COPY is not modelled"],
    ["a step that runs a program", "step", `COPY (SELECT 1) TO PROGRAM 'touch ${TOUCHED}'`, "COPY is not modelled"],
    [
      "a step with a second statement",
      "step",
      "SELECT 1; ALTER SYSTEM SET work_mem = 1",
      "ALTER SYSTEM is not modelled",
    ],
    [
      "a step that reads a file",
      "step",
      "SELECT pg_read_file('PG_VERSION')",
      "the function pg_read_file is not modelled",
    ],
    [
      "a name in another schema",
      "setup",
      "CREATE TABLE shop.items (id int)",
      "a name in the schema shop is not modelled",
    ],
  ])("%s", async (name, where, sql, said) => {
    const path = edited(name.replaceAll(" ", "-"), (trace) => {
      if (where === "setup") trace.setup.push(sql);
      else Object.assign(trace.steps[0] ?? {}, { sent: { text: sql, values: [] } });
    });
    const { status, stdout, stderr } = onUsers(path);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/, line \d+, column \d+, (setup\[2\]|steps\[0\]\.sent\.text): /);
    expect(stderr).toContain(said);
    await untouched();
  });
});

describe("what is run does not reach the tables of the user's", () => {
  test("DROP TABLE public.users differs, since there is none", async () => {
    const path = edited("drop", (trace) => void trace.setup.push("DROP TABLE public.users"));
    const { status, stdout } = onUsers(path);
    expect(status).toBe(1);
    expect(stdout).toContain("differs at step 0");
    expect(stdout).toContain('ERROR 42P01: table "users" does not exist');
    await untouched();
  });

  test("SQL that writes public before its names is reproduced, and leaves nothing", async () => {
    const path = edited("public", (trace) => {
      trace.setup = trace.setup.map((text) => text.replace(/\bbuffers\b/, '"public"."buffers"'));
      for (const step of trace.steps) {
        const text = step.sent?.text.replace(/\bbuffers\b/, '"public"."buffers"');
        if (step.sent !== null) Object.assign(step.sent, { text });
      }
    });
    const { status, stdout } = onUsers(path);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^reproduced on /m);
    await untouched();
  });

  test("any SQL that is allowed is run by a role that may do nothing outside", async () => {
    const path = edited("allowed", (trace) => void trace.setup.push(`COPY (SELECT 1) TO PROGRAM 'touch ${TOUCHED}'`));
    const { status, stdout } = onUsers(path, "--allow-any-sql");
    expect(status).toBe(1);
    expect(stdout).toContain("ERROR 42501: permission denied to COPY to or from an external program");
    await untouched();
  });

  test("a test of isolation changes tables of its own", async () => {
    const path = join(folder, "public.spec");
    writeFileSync(
      path,
      "setup { CREATE TABLE public.users (id int); INSERT INTO public.users VALUES (7); }\nteardown { DROP TABLE public.users; }\n" +
        "session s1\nstep a { UPDATE public.users SET id = 8 RETURNING id; }\n",
    );
    const { status, stdout } = lockstep("isolation", path, "--on", "postgres", "--database-url", users.url);
    expect(status).toBe(0);
    expect(stdout).toContain("8\n(1 row)");
    await untouched();
  });

  test("a test of isolation that is not modelled is refused", async () => {
    const path = join(folder, "program.spec");
    writeFileSync(path, `session s1\nstep a { COPY (SELECT 1) TO PROGRAM 'touch ${TOUCHED}'; }\n`);
    const { status, stdout, stderr } = lockstep("isolation", path, "--on", "postgres");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(`${path}, step a: COPY is not modelled`);
    await untouched();
  });
});

describe("the server is named, and chosen by what was said", () => {
  const UNREACHABLE = { DATABASE_URL: "postgres://me:hunter2@127.0.0.1:1/none" };

  test("DATABASE_URL alone does not make stress use it", () => {
    const { status, stdout, stderr } = lockstepWith(
      UNREACHABLE,
      "stress",
      "race-001",
      "--protocol",
      "atomic-update",
      "--clients",
      "2",
      "--attempts",
      "3",
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("started for this run and removed afterwards");
  });

  test("DATABASE_URL is asked where --on postgres is said", () => {
    const { status, stderr } = lockstepWith(UNREACHABLE, "replay", honest, "--on", "postgres");
    expect(status).toBe(2);
    expect(stderr).toContain("The server me@127.0.0.1:1/none cannot be used");
    expect(stderr).not.toContain("hunter2");
  });

  test("a replay names the server, in JSON as well", () => {
    const { host, port } = new URL(users.url);
    expect(onUsers(honest).stdout).toContain(`at postgres@${host}/postgres, in a database of its own`);
    const json = JSON.parse(onUsers(honest, "--json").stdout) as Record<string, unknown>;
    expect(json["where"]).toMatchObject({
      kind: "given",
      user: "postgres",
      host: "127.0.0.1",
      port: Number(port),
      database: "postgres",
    });
    expect(JSON.stringify(json)).not.toContain(new URL(users.url).password);
  });

  test.each([["--database-url", "postgres://me:hunter2@127.0.0.1:1/none"], ["--allow-any-sql"]])(
    "%s is refused where nothing is run on a real server",
    (...option) => {
      const { status, stderr } = lockstep("replay", honest, ...option);
      expect(status).toBe(2);
      expect(stderr).toContain(`${option[0]} is of no use on the simulated server`);
      expect(stderr).not.toContain("hunter2");
    },
  );
});
