/** `lockstep isolation` as a person runs it: what it prints, where, and with which exit status. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { type Ended, lockstep, temporaryFolder } from "../cli/program.ts";

const folder = temporaryFolder();

const isolation = (...words: readonly string[]): Ended => lockstep("isolation", ...words);

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("the isolation command", () => {
  test("prints what the real server printed, and nothing else, on either server", () => {
    const spec = "test/isolation/rr-write-skew.spec";
    const printed = readFileSync("test/isolation/expected/rr-write-skew.out", "utf8");
    expect(isolation(spec)).toEqual({ status: 0, stdout: printed, stderr: "" });
    const real = isolation(spec, "--on", "postgres", "--database-url", inject("databaseUrl"));
    expect({ status: real.status, stdout: real.stdout }).toEqual({ status: 0, stdout: printed });
    expect(real.stderr).toMatch(
      /^test\/isolation\/rr-write-skew\.spec, run on PostgreSQL [\d.]+ at postgres@127\.0\.0\.1:\d+\/postgres, in a database of its own that is dropped afterwards\n$/,
    );
  });

  test("tells the present as the time, or the time that it is given", () => {
    const path = file(
      "time.spec",
      "session s1\nstep a { SELECT now() > timestamptz '2025-06-01 00:00:00+00' AS is_over; }\n",
    );
    expect(isolation(path).stdout).toMatch(/^t {6}$/m);
    expect(isolation(path, "--now", "2025-05-01").stdout).toMatch(/^f {6}$/m);
    expect(isolation(path, "--now", "yesterday")).toMatchObject({ status: 2, stdout: "" });
    expect(isolation(path, "--now", "2025-05-01", "--on", "postgres")).toMatchObject({ status: 2, stdout: "" });
  });

  test("ends with 2 where the file is not in the notation, and says where and how it goes on", () => {
    const path = file("no-name.spec", "session s1\nstep { SELECT 1; }\n");
    const { status, stdout, stderr } = isolation(path);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(`${path}:2:6: expected the step's name, found a block of SQL`);
    expect(stderr).toMatch(/^hint: {2}A test is: setup/m);
  });

  test("ends with 2 where a file is not there", () => {
    const { status, stderr } = isolation(join(folder, "missing.spec"));
    expect(status).toBe(2);
    expect(stderr).toContain("missing.spec cannot be read");
  });

  test("ends with 2 where SQL is not modelled, and names the file, the step and the place in it", () => {
    const path = file("sample.spec", "session s1\nstep a { SELECT 1; }\nstep b { EXPLAIN SELECT 1; }\n");
    const { status, stderr } = isolation(path);
    expect(status).toBe(2);
    expect(stderr).toContain(`${path}, step b: EXPLAIN is not modelled`);
    expect(stderr).toContain("line 1, column 1");
  });

  test("ends with 1 where a setup fails", () => {
    const { status, stdout } = isolation(
      file("setup.spec", "setup { SELECT 1/0; }\nsession s1\nstep a { SELECT 1; }\n"),
    );
    expect(status).toBe(1);
    expect(stdout).toMatch(/setup failed: ERROR: {2}division by zero\n$/);
  });

  test("ends with 1 where a teardown would wait for ever for a transaction that was left open", () => {
    const text = `setup { CREATE TABLE t (id integer); }
teardown { DROP TABLE t; }
session s1
step a { BEGIN; }
step b { SELECT * FROM t; }
`;
    const { status, stdout } = isolation(file("left-open.spec", text));
    expect(status).toBe(1);
    expect(stdout).toMatch(/teardown timed out after 600 seconds: a session that has left a transaction open/);
  });
});
