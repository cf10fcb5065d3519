/**
 * The golden scripts: the simulated server prints for each of them the bytes that were recorded from the real one, and the
 * real one still prints them.
 *
 * A known difference is named in DIFFERENCES with its reason. It is printed by every run, and its test fails as soon as it
 * is none any more.
 */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { runIsolationOnSimulated } from "../../sim/isolation/run-on-simulated.ts";
import { type GoldenScript, goldenScripts } from "../../src/isolation/golden-scripts.ts";
import { runIsolationOnPostgres } from "../../src/isolation/run-on-postgres.ts";
import { type OpenServer, openServer } from "../../src/postgres/server.ts";

/** Scripts for which the simulated server does not print what the real one prints, and why. The aim is that there is none. */
const DIFFERENCES: Readonly<Record<string, string>> = {};

const scripts = goldenScripts();

type Run = (
  text: string,
  options: { readonly file: string; readonly print: (piece: string) => void },
) => Promise<unknown>;

async function outputOf({ spec }: GoldenScript, run: Run): Promise<string> {
  let output = "";
  const print = (piece: string): void => {
    output += piece;
  };
  await run(readFileSync(spec, "utf8"), { file: spec, print });
  return output;
}

function recorded({ expected }: GoldenScript): string {
  return readFileSync(expected, "utf8");
}

describe("the simulated server prints what the real one printed", () => {
  beforeAll(() => {
    for (const [name, why] of Object.entries(DIFFERENCES)) console.warn(`known difference: ${name}: ${why}`);
  });

  for (const script of scripts) {
    const isKnown = script.name in DIFFERENCES;
    (isKnown ? test.fails : test)(isKnown ? `${script.name}, a known difference` : script.name, async () => {
      expect(await outputOf(script, runIsolationOnSimulated)).toBe(recorded(script));
    });
  }
});

describe("the real server prints what was recorded from it", () => {
  let server: OpenServer;
  beforeAll(async () => {
    server = await openServer({ databaseUrl: inject("databaseUrl") });
  });
  afterAll(() => server.close());

  for (const script of scripts) {
    test(script.name, async () => {
      const run: Run = (text, options) => runIsolationOnPostgres(text, server, options);
      expect(await outputOf(script, run)).toBe(recorded(script));
    });
  }
});

test("each script has a recorded output, each output has a script, and each difference is one of a script", () => {
  const names = scripts.map(({ name }) => name);
  const outputs = readdirSync("test/isolation/expected").map((file) => file.replace(/\.out$/, ""));
  expect(outputs.sort()).toEqual(names);
  expect(Object.keys(DIFFERENCES).filter((name) => !names.includes(name))).toEqual([]);
});

test("no script leaves a step unused, and none runs into a limit of the tester", () => {
  for (const script of scripts) {
    expect
      .soft(recorded(script), script.name)
      .not.toMatch(/^unused step name|^isolationtester:|setup .*failed:|teardown .*failed:/m);
  }
});

test("docs/postgres-semantics.md links each script, and no other", () => {
  const page = readFileSync("docs/postgres-semantics.md", "utf8");
  const linked = new Set([...page.matchAll(/\.\.\/test\/isolation\/([\w-]+)\.spec\)/g)].map((match) => match[1]));
  expect([...linked].sort()).toEqual(scripts.map(({ name }) => name));
});
