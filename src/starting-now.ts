/**
 * The library's doors to a world that begins now: `sim/` has no clock, so the time is read here, once for each call, and handed in.
 * Whoever says when it is to begin (`now`, in the options or the scenario) has that.
 */
import * as oracles from "../sim/explore/oracles.ts";
import * as postgres from "../sim/postgres/index.ts";
import { startOfRun } from "../sim/start-time.ts";
import * as fromScenario from "../sim/system/from-scenario.ts";

export const createServer: typeof postgres.createServer = (options) =>
  postgres.createServer({ ...options, now: options.now ?? startOfRun(Date.now()) });

export const systemOf: typeof fromScenario.systemOf = (instance, ...rest) =>
  fromScenario.systemOf(startingNow(instance), ...rest);

export const openSystem: typeof oracles.openSystem = (instance, ...rest) =>
  oracles.openSystem(startingNow(instance), ...rest);

/** The instance, beginning now where nothing says when it is to begin. */
export function startingNow(instance: fromScenario.Instance): fromScenario.Instance {
  const hasStart = instance.now !== undefined || instance.scenario.now !== undefined;
  return hasStart ? instance : { ...instance, now: startOfRun(Date.now()) };
}
