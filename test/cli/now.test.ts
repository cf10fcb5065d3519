/** `--now` as it is typed: dates of a user's own are past or to come by it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { lockstep, ROOT, temporaryFolder } from "./program.ts";

const folder = temporaryFolder();

/** A module of a user's own: somebody logs in with a token that is good until the end of May 2024. */
const MODULE = `
import { setup } from ${JSON.stringify(pathToFileURL(join(ROOT, "node_modules/xstate/dist/xstate.esm.js")).href)};
const machine = setup({ actions: { query: () => {} }, guards: { found: ({ event }) => event.rowCount > 0 } }).createMachine({
  id: "login", initial: "out", states: {
    out: { on: { login: "asking" } },
    asking: {
      entry: { type: "query", params: { text: "SELECT id FROM token WHERE expires_at > now()", values: [] } },
      on: { rows: [{ guard: "found", target: "in" }, { target: "refused" }], failed: "out" },
    },
    refused: {
      entry: { type: "query", params: { text: "UPDATE token SET refused = true", values: [] } },
      on: { rows: "shut", failed: "out" },
    },
    in: {},
    shut: {},
  },
});
export const scenario = {
  name: "login", sentence: "a token that is over", clock: false,
  setup: () => [
    "CREATE TABLE token (id int PRIMARY KEY, expires_at timestamptz, refused bool)",
    "INSERT INTO token VALUES (1, '2024-06-01 00:00:00+00')",
  ],
  protocols: [{
    name: "login", sentence: "logs in", broken: false, machine, userEvents: () => [{ type: "login" }],
    view: (snapshot) => ({ in: snapshot.matches("in") }),
    replies: [{ type: "rows", rows: [{ id: 1 }], rowCount: 1 }, { type: "rows", rows: [], rowCount: 0 }],
  }],
  properties: [{
    kind: "always", name: "stays-out", sentence: "nobody is let in",
    violation: ({ clients }) => (clients.some(({ view }) => view.in) ? "somebody is in" : null),
  }],
  defaults: { protocol: "login", clients: 1, buffers: 1 },
};
`;
const path = join(folder, "login.mjs");
writeFileSync(path, MODULE);

const check = (...words: readonly string[]) => lockstep("check", path, "--out", folder, ...words);

describe("--now", () => {
  test("is what now() tells, and the verdict says so", () => {
    const may = check("--now", "2024-05-31 12:00:00+00");
    expect(may.status).toBe(1);
    expect(may.stdout).toContain("begins 2024-05-31 12:00:00+00");
    const june = check("--now", "2024-06-01", "--json");
    expect(june.status).not.toBe(1);
    expect(JSON.parse(june.stdout)).toMatchObject({ verdict: "holds", now: "2024-06-01 00:00:00+00" });
  });

  test("is the present where nobody says anything", () => {
    const { now, verdict } = JSON.parse(check("--json").stdout);
    expect(verdict).toBe("holds");
    expect(Date.parse(now)).toBeGreaterThan(Date.parse("2026-01-01"));
  });

  test("is refused where it is no time, and nothing is written", () => {
    const { status, stdout, stderr } = check("--now", "soon");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain('--now "soon" is no time');
  });
});
