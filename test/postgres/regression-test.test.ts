/** Counterexamples exported as vitest files: each fails on the broken code and passes on another protocol's, on a real server. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { BUNDLED } from "../../.ci/bundle.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const OUT = join(ROOT, "lockstep-out");
mkdirSync(OUT, { recursive: true });
/** Inside the tree, where the exported files find pg and vitest. */
const folder = mkdtempSync(join(OUT, "exported-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(program: string, ...words: readonly string[]): { readonly status: number | null; readonly text: string } {
  const env = { ...process.env, DATABASE_URL: inject("databaseUrl"), NO_COLOR: "1" };
  const done = spawnSync(process.execPath, [join(ROOT, program), ...words], { cwd: ROOT, env, encoding: "utf8" });
  return { status: done.status, text: done.stdout + done.stderr };
}

function lockstep(...words: readonly string[]): ReturnType<typeof run> {
  return run(`${BUNDLED}/main.js`, ...words);
}

const traces = new Map<string, string>();

/** The path of the trace that a check of the protocol writes. */
function counterexample(scenario: string, protocol: string): string {
  const { text } = lockstep("check", scenario, "--protocol", protocol, "--out", folder, "--json");
  return (JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1)) as { readonly trace: string }).trace;
}

/** Writes the protocol's counterexample as a test, with its own code or another protocol's, and gives the file's path. */
function exported(scenario: string, protocol: string, other: string | null): string {
  const trace = traces.get(protocol) ?? counterexample(scenario, protocol);
  traces.set(protocol, trace);
  const file = join(folder, `${protocol}-${other ?? "itself"}`, "exported.test.ts");
  const shown = lockstep(
    "show",
    trace,
    "--format",
    "test",
    "--out",
    file,
    ...(other === null ? [] : ["--with", other]),
  );
  expect(shown).toEqual({ status: 0, text: "" });
  return file;
}

/** Runs the file as it would be run elsewhere: with settings of its own folder, not those of this tree. */
function vitest(file: string): ReturnType<typeof run> {
  writeFileSync(join(dirname(file), "vitest.config.mjs"), "export default {};\n");
  return run("node_modules/vitest/vitest.mjs", "run", "--root", dirname(file));
}

describe.each([
  ["race-001", "check-then-act", "atomic-update", "alice and bob own 1"],
  ["race-001", "one-transaction", "select-for-update", "alice and bob own 1"],
  ["two-buffers", "two-buffers-as-named", "two-buffers-sorted", "no clients wait for each other in a circle"],
])("the exported test of %s, %s", (scenario, protocol, fixed, told) => {
  it("fails on its own code, and says why", () => {
    const { status, text } = vitest(exported(scenario, protocol, null));
    expect(text).toMatch(/Tests\s+1 failed/);
    expect(text).toContain("AssertionError");
    expect(text).toContain(told);
    expect(status).toBe(1);
  });

  it(`passes on the code of ${fixed}`, () => {
    const { status, text } = vitest(exported(scenario, protocol, fixed));
    expect(text).toMatch(/Tests\s+1 passed/);
    expect(status).toBe(0);
  });
});

describe("an exported test", () => {
  let file = "";
  beforeAll(() => {
    file = exported("race-001", "check-then-act", "atomic-update");
  });

  function withBody(name: string, body: string): ReturnType<typeof run> {
    const text = readFileSync(file, "utf8").replace(/(async function acquire\(.*\{\n)[\s\S]*?\n\}\n/, `$1${body}\n}\n`);
    const changed = join(folder, name, "exported.test.ts");
    mkdirSync(dirname(changed), { recursive: true });
    writeFileSync(changed, text);
    return vitest(changed);
  }

  it("compiles under the strictest settings and imports nothing of ours", () => {
    const settings = { extends: join(ROOT, "tsconfig.json"), include: ["*.ts"] };
    writeFileSync(join(dirname(file), "tsconfig.json"), JSON.stringify(settings));
    expect(run("node_modules/typescript/bin/tsc", "-p", dirname(file))).toEqual({ status: 0, text: "" });
    expect(readFileSync(file, "utf8").match(/(?<= from ")[^"]+/g)).toEqual(
      expect.arrayContaining(["node:crypto", "node:timers/promises", "node:util", "pg", "vitest"]),
    );
    expect(readFileSync(file, "utf8")).not.toMatch(/from "(?:\.|lockstep)/);
  });

  it("fails on code that does nothing", () => {
    expect(withBody("nothing", "  await client.turn();").text).toContain("somebody gets to own");
  });

  it("fails on code whose SQL is wrong", () => {
    expect(withBody("misspelt", '  await client.query("SELEC 1");').text).toContain('syntax error at or near "SELEC"');
  });

  it("leaves no schema behind", async () => {
    expect(vitest(file).status).toBe(0);
    const connection = new pg.Client({ connectionString: inject("databaseUrl") });
    await connection.connect();
    const { rows } = await connection.query("SELECT nspname FROM pg_namespace WHERE nspname ~ '^test_[0-9a-f]{32}$'");
    await connection.end();
    expect(rows).toEqual([]);
  });
});
