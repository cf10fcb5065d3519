/** Litmus campaigns on a real server: one that is clean, and ones whose simulated side is wrong on purpose. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseSpec } from "../../sim/isolation/parse.ts";
import { type Generated, programOf } from "../../sim/litmus/generate.ts";
import { type LitmusProgram, programOfSpec, statement } from "../../sim/litmus/program.ts";
import { createServer, loadGrammar } from "../../sim/postgres/index.ts";
import type { Server, ServerOptions } from "../../sim/postgres/server.ts";
import { type Campaign, type CampaignOptions, runCampaign } from "../../src/litmus/campaign.ts";
import { type LitmusServer, openLitmusServer } from "../../src/litmus/places.ts";
import { type About, campaignJson, campaignLines, findingLines, findingSpec } from "../../src/litmus/report.ts";
import { smallerPrograms } from "../../src/litmus/shrink.ts";

let place: LitmusServer;

beforeAll(async () => {
  await loadGrammar();
  place = await openLitmusServer({ lanes: 2, sessions: 4 });
});

afterAll(() => place.close());

const about = (): About => ({ seed: 1, from: 0, runs: 0, statesMax: 0, server: place.server, seconds: 0 });

/** A campaign over these programs. */
function campaign(programs: readonly Generated[], options: Partial<CampaignOptions> = {}): Promise<Campaign> {
  return runCampaign({
    seed: 1,
    from: 0,
    programs: programs.length,
    programOf: (number) => programs[number] as Generated,
    lanes: place.lanes,
    runs: 60,
    statesMax: 20_000,
    shrinks: 1,
    refusalEnds: true,
    ...options,
  });
}

/** Two sessions lock many rows from either end: each may be the victim, or wait. */
const CROSSWISE: LitmusProgram = {
  schema: ["CREATE TABLE t (id int PRIMARY KEY)"],
  rows: ["INSERT INTO t SELECT * FROM generate_series(1, 60)"],
  tables: ["t"],
  sequences: [],
  sessions: [
    [statement("SELECT 1"), statement("SELECT count(*) FROM (SELECT id FROM t ORDER BY id FOR UPDATE) AS a")],
    [statement("SELECT count(*) FROM (SELECT id FROM t ORDER BY id DESC FOR UPDATE) AS a")],
  ],
  teardown: null,
};
const crosswise: Generated = { number: 0, subject: "crosswise", program: CROSSWISE };

describe("a campaign", () => {
  test("finds nothing outside where every point inside of the statements is known, and sees several outcomes", async () => {
    const numbers = Array.from({ length: 200 }, (_, number) => number);
    const rowLocks = numbers.map((number) => programOf(1, number)).filter(({ subject }) => subject === "row locks");
    const found = await campaign(rowLocks.slice(0, 6));
    expect(found.findings.map((finding) => findingLines(finding).join("\n"))).toEqual([]);
    expect(found).toMatchObject({ judged: 6, notJudged: [], runs: 360, interrupted: false });
    expect(found.several).toBeGreaterThan(0);
    expect(found.seen).toBeLessThanOrEqual(found.reached);
    expect([...found.points.keys()]).toContain("before a row lock");
  });

  test("finds an outcome outside where the simulated side has no points inside of statements", async () => {
    // On a busy machine two sessions may not meet in some hundred runs.
    let found = await campaign([crosswise], { granularity: "coarse", runs: 400 });
    for (let seed = 2; seed <= 10 && found.findings.length === 0; seed++)
      found = await campaign([crosswise], { granularity: "coarse", runs: 400, seed });
    const [finding] = found.findings;
    if (finding === undefined) throw new Error("nothing was outside");
    expect(finding.outside.some(({ key }) => key.includes("40P01"))).toBe(true);
    expect(finding.small.program.sessions[0]).toHaveLength(1);
    const spec = parseSpec(findingSpec(finding, 1), "finding.spec");
    expect(programOfSpec(spec).sessions).toHaveLength(2);
    expect(findingLines(finding).join("\n")).toContain("nearest of the 1 outcome that it does reach");
    expect(campaignLines(found, about()).at(-1)).toBe("1 program with an outcome that the simulation does not reach");
    expect(campaignJson(found, about())).toMatchObject({ judged: 1, findings: [{ program: 0, subject: "crosswise" }] });
  });

  test("finds an outcome outside where the simulated side counts wrongly", async () => {
    const alone = {
      ...crosswise,
      program: { ...CROSSWISE, sessions: [[statement("DELETE FROM t WHERE id = 99")], [statement("SELECT 1")]] },
    };
    const found = await campaign([alone], { makeServer: countsMissingRows, runs: 1 });
    expect(found.findings).toHaveLength(1);
  });

  test("does not judge what has too many states, nor what may never end", async () => {
    const held = [statement("SELECT pg_advisory_lock(1)")];
    const forEver = { ...crosswise, number: 1, program: { ...CROSSWISE, sessions: [held, held] } };
    const found = await campaign([crosswise, forEver], { statesMax: 20, runs: 5 });
    expect(found.judged).toBe(0);
    expect(found.notJudged.map(({ why }) => why).sort()).toEqual([
      "a session may wait for ever",
      "it has more than 20 states on the way to an outcome that was seen",
    ]);
    expect(campaignLines(found, about()).at(-1)).toBe("nothing was judged");
  });

  test("goes on after a program that the simulated side cannot follow, and tells it", async () => {
    const breaks = (options: ServerOptions): Server => ({
      ...createServer(options),
      step: () => {
        throw new RangeError("session 1 cannot resume now");
      },
    });
    const found = await campaign([crosswise], { makeServer: breaks });
    expect(found.failed).toEqual([{ number: 0, why: "session 1 cannot resume now" }]);
    expect(campaignLines(found, about())).toContain("    program 0: session 1 cannot resume now");
  });

  test("stops when it is interrupted", async () => {
    const controller = new AbortController();
    controller.abort();
    expect(await campaign([crosswise], { signal: controller.signal })).toMatchObject({ judged: 0, interrupted: true });
  });
});

test("a smaller program leaves out a session, a statement, or a transaction's two ends", () => {
  const texts = (program: LitmusProgram): string =>
    program.sessions.map((each) => each.map(({ text }) => text).join("; ")).join(" | ");
  const sent = (...each: string[]) => each.map((text) => statement(text));
  const three = { ...CROSSWISE, sessions: [sent("A"), sent("BEGIN", "B", "COMMIT"), sent("C", "D")] };
  expect([...smallerPrograms(three)].map(texts)).toEqual([
    "BEGIN; B; COMMIT | C; D",
    "A | C; D",
    "A | BEGIN; B; COMMIT",
    "A | BEGIN; COMMIT | C; D",
    "A | B | C; D",
    "A | BEGIN; B; COMMIT | D",
    "A | BEGIN; B; COMMIT | C",
  ]);
});

/** A server that counts a row for every DELETE that finds none. */
function countsMissingRows(options: ServerOptions): Server {
  const right = createServer(options);
  return {
    ...right,
    step: (...call) => {
      const outcome = right.step(...call);
      const { progress } = outcome;
      if (progress.kind !== "replied" || progress.reply.kind !== "rows" || progress.reply.command !== "DELETE") {
        return outcome;
      }
      return { ...outcome, progress: { ...progress, reply: { ...progress.reply, rowCount: 1 } } };
    },
  };
}
