/**
 * Public bug reports on a real server: what can be forced from outside, a step a statement, is reproduced there. Races that need a point
 * inside of a statement, or a plan, cannot (test/cases/cases.test.ts has them all).
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { recordTrace } from "../../sim/trace/record.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { explore } from "../../src/exploring.ts";
import { replayOnPostgres } from "../../src/postgres/replay.ts";
import { type OpenServer, openServer } from "../../src/postgres/server.ts";
import { publicCases } from "../cases/all-cases.ts";
import { type PublicCase, setupOf, systemOfCase, type Version } from "../cases/public-case.ts";

let server: OpenServer;
beforeAll(async () => {
  await loadGrammar();
  server = await openServer({ databaseUrl: inject("databaseUrl") });
});
afterAll(() => server.close());

/** The shortest schedule at coarse granularity that breaks the case. */
async function brokenTrace(reported: PublicCase, version: Version): Promise<Trace> {
  const system = await systemOfCase(reported, version, "coarse");
  const { schedule } = await explore(system);
  if (schedule === null) throw new Error("nothing broke");
  const isolation = version.isolation ?? "read committed";
  const clients = Object.keys(version.clients);
  const parameters = { scenario: "case", protocol: "case", clients, buffers: 1, isolation, seed: null };
  return recordTrace(system, schedule, {
    parameters: { ...parameters, granularity: "coarse" },
    setup: setupOf(reported, version),
  });
}

const forced = publicCases.flatMap((reported) =>
  Object.entries(reported.versions).flatMap(([name, version]) =>
    version.isForced ? [{ case: reported.name, version: name, reported, it: version }] : [],
  ),
);

describe("what breaks on the simulated server breaks on the real one", () => {
  test.each(forced)("$case: $version", async ({ reported, it }) => {
    expect(await replayOnPostgres(await brokenTrace(reported, it), server)).toMatchObject({ kind: "reproduced" });
  });
});
