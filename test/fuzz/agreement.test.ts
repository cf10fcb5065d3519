/** The simulated server against the real one, and the fuzzer against a simulated server that is wrong on purpose. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseSpec } from "../../sim/isolation/parse.ts";
import { createServer, loadGrammar } from "../../sim/postgres/index.ts";
import type { Server, ServerOptions, ServerProgress } from "../../sim/postgres/server.ts";
import { type CampaignOptions, runCampaign } from "../../src/fuzz/campaign.ts";
import { coverageJson } from "../../src/fuzz/coverage.ts";
import { differenceText } from "../../src/fuzz/difference-text.ts";
import { parseFeatures } from "../../src/fuzz/features.ts";
import { type HoldingServer, startHoldingServer } from "../../src/fuzz/holding-server.ts";
import { RealSide } from "../../src/fuzz/real-side.ts";
import { specText } from "../../src/fuzz/spec-text.ts";

let server: HoldingServer;

beforeAll(async () => {
  await loadGrammar();
  server = await startHoldingServer();
});

afterAll(() => server.stop());

const options = (): CampaignOptions => ({
  server,
  seed: 1,
  runs: 400,
  from: 0,
  features: parseFeatures("usual,-grammar"),
  lanes: 3,
  differencesMax: 1,
  shrinks: true,
});

describe("random transactions on the simulated and on the real server", () => {
  test("agree on every reply, every wait, every error and the rows in the end", async () => {
    const campaign = await runCampaign(options());
    expect(campaign.differences.map(differenceText)).toEqual([]);
    expect([...campaign.refused]).toEqual([]);
    expect(campaign.restless).toEqual([]);
    expect(campaign.runs).toBe(400);
    const { errors, waits, events } = coverageJson(campaign.coverage);
    expect(met(errors)).toEqual(expect.arrayContaining(["23505", "25P02", "40001", "40P01", "55P03"]));
    expect(met(waits)).toEqual(expect.arrayContaining(["transactionid ShareLock", "relation RowExclusiveLock"]));
    expect(met(events)).toEqual(expect.arrayContaining(["row read again after an update"]));
  });

  test("differ when the simulated server is wrong, and the script of the difference is short", async () => {
    const campaign = await runCampaign({ ...options(), lanes: 1, makeServer: forgetsDeadRows });
    const [found] = campaign.differences;
    expect(found?.steady).toBe(true);
    expect(found?.result.difference.mismatch?.aspect).toBe("reply");
    expect(found?.script.sends.length).toBeLessThanOrEqual(3);
    expect(found?.script.world.setup.length).toBeLessThanOrEqual(2);
  });

  test("are written down in the notation of isolation tests", async () => {
    const campaign = await runCampaign({ ...options(), lanes: 1, shrinks: false, makeServer: forgetsDeadRows });
    const [found] = campaign.differences;
    if (found === undefined) throw new Error("assertion failed: there is a difference");
    const spec = parseSpec(specText(found.script, "why\nit is there"), "fuzz.spec");
    expect(spec.permutations[0]?.map(({ step }) => step.sql.trim().split(" ")[0])).toEqual(
      found.script.sends.map(({ query }) => `${query.text.split(" ")[0]}${query.text.includes(" ") ? "" : ";"}`),
    );
  });
});

test("the planner of the real server knows nothing of a run's tables, though the catalogs are vacuumed now and then", async () => {
  const real = await RealSide.open(server, 1, 1);
  await real.reset(["CREATE TABLE t (id integer PRIMARY KEY)", "INSERT INTO t VALUES (1)"]);
  const text = "SELECT reltuples::integer AS rows FROM pg_class WHERE relname = 't'";
  await real.send(0, { text, values: [] });
  const { replies } = await real.settle();
  expect(replies.get(0)).toMatchObject({ kind: "rows", rows: [[-1]] });
  await real.close();
});

/** What was met at least once. */
function met(counts: Readonly<Record<string, number>>): readonly string[] {
  return Object.keys(counts).filter((name) => (counts[name] ?? 0) > 0);
}

/** A server that counts a row for every DELETE that finds none. */
function forgetsDeadRows(serverOptions: ServerOptions): Server {
  const right = createServer(serverOptions);
  const wrong = (progress: ServerProgress): ServerProgress => {
    if (progress.kind !== "replied" && progress.kind !== "finished") return progress;
    const { reply } = progress;
    if (reply.kind !== "rows" || reply.command !== "DELETE" || reply.rowCount !== 0) return progress;
    return { ...progress, reply: { ...reply, rowCount: 1 } };
  };
  return {
    ...right,
    step: (database, session, move, elapsedUs) => {
      const outcome = right.step(database, session, move, elapsedUs);
      return { ...outcome, progress: wrong(outcome.progress) };
    },
  };
}
