/** `--now`, and the one look at the machine's clock: when what a command runs begins. */
import { Option } from "commander";
import type { Scenario } from "../../model/scenario.ts";
import type { Microseconds } from "../../sim/postgres/server.ts";
import { parseStart, startOfRun } from "../../sim/start-time.ts";

/** `--now`, for commands that run a scenario or a test on the simulated server. */
export function startOption(
  what = "what now() tells in the set-up and before time passes",
  unless = "when the command starts, unless the scenario names a time",
): Option {
  return new Option(
    "--now <timestamp>",
    `${what}, for instance '2026-01-31 12:00:00+00' (default: ${unless})`,
  ).argParser((text: string) => parseStart(text, "--now"));
}

/** When a run of this scenario begins: as asked for, as the scenario says, or now. */
export function startFor({ now }: Pick<Scenario, "now">, asked: Microseconds | undefined): { now?: Microseconds } {
  if (asked !== undefined) return { now: asked };
  return now === undefined ? { now: presentTime() } : {};
}

/** The time on this machine, to the second. */
export function presentTime(): Microseconds {
  return startOfRun(Date.now());
}
