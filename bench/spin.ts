/**
 * SPIN on Promela models of the same protocols, where it is installed (Debian: `apt install spin gcc`): with its partial-order reduction
 * and without. The models are ours, written by hand at statement granularity; SPIN executes no SQL.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface SpinRow {
  readonly protocol: string;
  readonly clients: number;
  readonly reduction: boolean;
  readonly verdict: "holds" | "violated" | "inconclusive";
  readonly states: number;
  readonly transitions: number;
  /** spin and the C compiler. */
  readonly secondsToCompile: number;
  /** The verifier's run, its start included. */
  readonly seconds: number;
}

const MODELS = resolve(import.meta.dirname, "promela");

/** Why SPIN cannot be run here; null where it can. */
export function spinMissing(): string | null {
  for (const [tool, argument] of [
    ["spin", "-V"],
    ["gcc", "--version"],
  ] as const) {
    try {
      execFileSync(tool, [argument], { stdio: "ignore" });
    } catch {
      return `${tool} is not installed (Debian: apt install spin gcc)`;
    }
  }
  return null;
}

/** Runs a model; one that takes over `secondsMax` is inconclusive, without counts. */
export function runSpin(
  protocol: string,
  { clients, reduction, secondsMax }: { clients: number; reduction: boolean; secondsMax: number },
): SpinRow {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-spin-"));
  try {
    const started = performance.now();
    const run = (tool: string, words: readonly string[], timeout = 60_000): string =>
      execFileSync(tool, words, { cwd: folder, encoding: "utf8", timeout, stdio: ["ignore", "pipe", "ignore"] });
    run("spin", [`-DN=${clients}`, "-a", join(MODELS, `${protocol}.pml`)]);
    run("gcc", ["-O2", "-DSAFETY", ...(reduction ? [] : ["-DNOREDUCE"]), "-o", "pan", "pan.c"]);
    const compiled = performance.now();
    const about = { protocol, clients, reduction, secondsToCompile: (compiled - started) / 1000 };
    const printed = outputOf(() => run("./pan", ["-m1000000"], secondsMax * 1000));
    const seconds = (performance.now() - compiled) / 1000;
    if (printed === null) return { ...about, verdict: "inconclusive", states: 0, transitions: 0, seconds };
    return { ...about, ...countsIn(printed), seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a run prints, also where its exit status is not 0; null where it was ended because it took too long. */
function outputOf(run: () => string): string | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error && "stdout" in error && "code" in error === false) return String(error.stdout);
    return null;
  }
}

function countsIn(printed: string): Pick<SpinRow, "verdict" | "states" | "transitions"> {
  const number = (pattern: RegExp): number => {
    const match = pattern.exec(printed);
    if (match === null) throw new Error(`SPIN printed something else than expected:\n${printed}`);
    return Number(match[1]);
  };
  const errors = number(/errors: (\d+)/);
  const cut = /max search depth too small/.test(printed);
  return {
    verdict: errors > 0 ? "violated" : cut ? "inconclusive" : "holds",
    states: number(/(\d+) states, stored/),
    transitions: number(/(\d+) transitions/),
  };
}
