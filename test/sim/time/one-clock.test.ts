/** There is one clock: for the set-up, for the clients, and for whoever runs the trace again. */
import { beforeAll, describe, expect, test } from "vitest";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { check } from "../../../sim/explore/check.ts";
import { loadGrammar } from "../../../sim/postgres/grammar.ts";
import { parseStart, startOfRun, startText } from "../../../sim/start-time.ts";
import { type Instance, systemOf } from "../../../sim/system/from-scenario.ts";
import { replaySimulated } from "../../../sim/trace/compare.ts";
import { readTrace, writeTrace } from "../../../sim/trace/read.ts";
import { nobody, scriptInstance } from "./script-scenario.ts";

beforeAll(loadGrammar);

const at = (text: string): number => parseStart(text, "the start");

const TOKEN = ["CREATE TABLE token (id int, at timestamptz)", "INSERT INTO token VALUES (1, '2024-06-01 00:00:00+00')"];
const LOGIN = ["SELECT id FROM token WHERE at > now()"];

async function verdictAt(instance: Instance, now: string): Promise<string> {
  return (await check({ ...instance, faults: {}, now: at(now) }, NO_BOUNDS)).exploration.verdict;
}

describe("the clock", () => {
  test("shows the set-up and the clients the same time", async () => {
    const instance = scriptInstance({
      setup: ["CREATE TABLE lease (at timestamptz)", "INSERT INTO lease VALUES (now() + interval '30 seconds')"],
      statements: ["SELECT 1 FROM lease WHERE at <= now()"],
      properties: [nobody],
      about: { clock: true },
    });
    expect(await verdictAt(instance, "2031-05-06 07:08:09+00")).toBe("holds");
  });

  test("begins when it is told to, so that dates of a user's own are past or to come", async () => {
    const instance = scriptInstance({ setup: TOKEN, statements: LOGIN, properties: [nobody] });
    expect(await verdictAt(instance, "2024-05-31 23:59:59+00")).toBe("violated");
    expect(await verdictAt(instance, "2024-06-01 00:00:00+00")).toBe("holds");
  });

  test("begins when the scenario says where nobody else does", async () => {
    const instance = scriptInstance({
      setup: TOKEN,
      statements: LOGIN,
      properties: [nobody],
      about: { now: "2024-07-01" },
    });
    expect((await check(instance, NO_BOUNDS)).exploration.verdict).toBe("holds");
  });

  test("is read to the second, and told as PostgreSQL writes a time", () => {
    expect(startText(startOfRun(Date.UTC(2026, 11, 1, 2, 3, 4, 567)))).toBe("2026-12-01 02:03:04+00");
  });

  test("does not begin at a time of which nobody knows when it is", () => {
    expect(() => at("now")).toThrow(/would be another time in the next run/);
    expect(() => at("tomorrow at noon")).toThrow(/invalid input syntax/);
  });
});

describe("a trace", () => {
  const STAMPED = ["CREATE TABLE t (id int PRIMARY KEY, v int, created_at timestamptz DEFAULT now())"];
  const stamped = scriptInstance({ setup: STAMPED, statements: ["INSERT INTO t VALUES (1, 0)"], properties: [nobody] });

  test("keeps when it begins, and is the same again in another year", async () => {
    const { trace } = await check({ ...stamped, now: at("2025-12-01 10:00:00+00") }, NO_BOUNDS);
    const read = readTrace(writeTrace(trace as NonNullable<typeof trace>), "trace.json");
    expect(read.parameters.now).toBe("2025-12-01 10:00:00+00");
    const again = systemOf({ ...stamped, now: at(read.parameters.now ?? "") });
    expect(await replaySimulated(again, read)).toMatchObject({ kind: "reproduced" });
  });

  test("of which nothing asks for the time says nothing of it, and is the same whenever it is made", async () => {
    const instance = scriptInstance({
      setup: ["CREATE TABLE t (id int PRIMARY KEY, word text DEFAULT 'now()')"],
      statements: ["INSERT INTO t VALUES (1) -- now()"],
      properties: [nobody],
    });
    const made = async (now: string) => (await check({ ...instance, now: at(now) }, NO_BOUNDS)).trace;
    const trace = await made("2025-12-01");
    expect(trace?.parameters).not.toHaveProperty("now");
    expect(await made("2026-12-01")).toEqual(trace);
  });

  test("has as many states as in any other year", async () => {
    const states = async (now: string) => {
      const instance = { ...stamped, now: at(now), scenario: { ...stamped.scenario, properties: [] } };
      return (await check(instance, NO_BOUNDS)).exploration.distinctStates;
    };
    expect(await states("2025-12-01 10:00:00+00")).toBe(await states("2000-01-01"));
  });
});
