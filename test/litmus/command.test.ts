/** `lockstep litmus` as a person runs it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { type Ended, lockstep, temporaryFolder } from "../cli/program.ts";

const folder = temporaryFolder();
const out = join(folder, "out");

const litmus = (...words: readonly string[]): Ended => lockstep("litmus", ...words, "--out", out);

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const SPEC = `
setup { CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 0); }
teardown { DROP TABLE t; }
session a
step a { UPDATE t SET v = v + 1; }
session b
step b { SELECT v FROM t; }
`;

describe("the litmus command", () => {
  test("judges the sessions of a test, and prints the seed", () => {
    const path = file("reads.spec", SPEC);
    const ended = litmus(path, "--runs", "20", "--seed", "7", "--database-url", inject("databaseUrl"));
    expect(ended.status).toBe(0);
    expect(ended.stderr).toBe("");
    expect(ended.stdout).toContain("1 program, 20 runs");
    expect(ended.stdout).toContain("seed 7");
    expect(ended.stdout).toMatch(/no outcome outside, in 1 program\n$/);
    expect(existsSync(out)).toBe(false);
  });

  test("prints one JSON object, with the seed that it drew", () => {
    const path = file("json.spec", SPEC);
    const ended = litmus(path, "--runs", "5", "--json", "--database-url", inject("databaseUrl"));
    const found = JSON.parse(ended.stdout) as Record<string, unknown>;
    expect(found).toMatchObject({
      judged: 1,
      runs: 5,
      runsEach: 5,
      outcomes: { programs: 1, reached: 2 },
      findings: [],
    });
    expect(found["seed"]).toEqual(expect.any(Number));
  });

  test("says that a program was not judged, and ends with 3", () => {
    const path = file("large.spec", SPEC);
    const words = ["--runs", "5", "--max-states", "1", "--database-url", inject("databaseUrl")];
    const ended = litmus(path, ...words);
    expect(ended.status).toBe(3);
    expect(ended.stdout).toContain("program 0: it has more than 1 states on the way");
  });

  test("refuses a test without a teardown, and SQL that is not modelled, before there is a server", () => {
    const bare = file("bare.spec", SPEC.replace(/teardown.*\n/, ""));
    expect(litmus(bare)).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining("no teardown") });
    const copy = file("copy.spec", SPEC.replace("SELECT v FROM t", "COPY t TO PROGRAM 'touch /tmp/x'"));
    expect(litmus(copy)).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining("COPY") });
    expect(litmus("--runs", "none")).toMatchObject({ status: 2 });
    expect(readFileSync(copy, "utf8")).toContain("COPY");
  });
});
