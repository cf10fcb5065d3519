/**
 * Which branches of the simulated server a campaign has reached, by V8's own counts.
 *
 *     profile = await BranchProfile.start()      before the scripts of the server are loaded
 *     await profile.take()                       how many branches were reached that nobody had reached before
 *     profile.report()                           how many there are, which were never reached: file and line
 *
 * V8 tells ranges of a script that ran or did not; the innermost one that a branch begins in says of it. It tells only what has
 * changed since it was last asked, so that to ask after each run costs little.
 */
import { readFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { findSourceMap } from "node:module";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type BranchPoint, branchPoints } from "./branch-points.ts";
import type { BranchReport } from "./report.ts";

/** What is no part of a server that only answers: the questions of a search about states. */
const SEARCH_ONLY =
  /\/session\/(alone|committed|key|key-order|keys|naming|nodes|old-versions|parts|sections|touched)\.ts$|\/(computes-with-keys|orders-texts)\.ts$/;
const SERVER = /\/sim\/postgres\//;

interface Script {
  readonly file: string;
  readonly points: readonly BranchPoint[];
  readonly reached: Set<number>;
  readonly place: (point: BranchPoint) => string;
}

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

export class BranchProfile {
  readonly #session = new Session();
  readonly #scripts = new Map<string, Script>();
  #leftOut = 0;
  #taking: Promise<number> = Promise.resolve(0);

  /** Begins to count; scripts that were run before it are not known. */
  static async start(): Promise<BranchProfile> {
    const profile = new BranchProfile();
    profile.#session.connect();
    await profile.#session.post("Profiler.enable");
    await profile.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    return profile;
  }

  /** How many branches have been reached since it was last asked that were not before. */
  take(): Promise<number> {
    this.#taking = this.#taking.then(() => this.#take());
    return this.#taking;
  }

  async stop(): Promise<void> {
    await this.#taking;
    this.#session.disconnect();
  }

  async #take(): Promise<number> {
    const { result } = await this.#session.post("Profiler.takePreciseCoverage");
    let more = 0;
    for (const { scriptId, url, functions } of result) {
      if (!SERVER.test(url) || SEARCH_ONLY.test(url)) continue;
      const script = this.#scripts.get(url) ?? (await this.#load(scriptId, url));
      for (const { ranges } of functions) more += mark(script, ranges);
    }
    return more;
  }

  async #load(scriptId: string, url: string): Promise<Script> {
    await this.#session.post("Debugger.enable");
    const { scriptSource } = await this.#session.post("Debugger.getScriptSource", { scriptId });
    await this.#session.post("Debugger.disable");
    const { points, leftOut } = branchPoints(scriptSource);
    this.#leftOut += leftOut;
    const script: Script = { file: fileURLToPath(url), points, reached: new Set(), place: placeOf(url, scriptSource) };
    this.#scripts.set(url, script);
    return script;
  }

  report(): BranchReport {
    const scripts = [...this.#scripts.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
    const never = scripts.flatMap((script) =>
      script.points.filter((_, at) => !script.reached.has(at)).map((point) => script.place(point)),
    );
    return {
      branches: scripts.reduce((sum, { points }) => sum + points.length, 0),
      unreached: never.length,
      leftOut: this.#leftOut,
      places: [...new Set(never)],
    };
  }
}

/** Marks what a function's ranges say was run; the first of them is the whole function. */
function mark({ points, reached }: Script, ranges: readonly Range[]): number {
  const [whole] = ranges;
  if (whole === undefined) return 0;
  const before = reached.size;
  for (let at = firstFrom(points, whole.startOffset); at < points.length; at++) {
    const point = points[at];
    if (point === undefined || point.offset >= whole.endOffset) break;
    if (!reached.has(at) && isOf(point, whole) && innermost(ranges, point.offset).count > 0) reached.add(at);
  }
  return reached.size - before;
}

/** Whether the function with this range is the innermost one around the branch: they end together, and it begins before its body. */
function isOf({ body }: BranchPoint, { startOffset, endOffset }: Range): boolean {
  return endOffset === body.end && startOffset <= body.start && startOffset >= body.outerStart;
}

/** The smallest range around the offset. */
function innermost(ranges: readonly Range[], offset: number): Range {
  let best = ranges[0] ?? { startOffset: 0, endOffset: 0, count: 0 };
  for (const range of ranges) {
    const within = range.startOffset <= offset && offset < range.endOffset;
    if (within && range.endOffset - range.startOffset <= best.endOffset - best.startOffset) best = range;
  }
  return best;
}

function firstFrom(points: readonly BranchPoint[], offset: number): number {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The line of a branch in the file that was written, not in the script that was made of it. */
function placeOf(url: string, scriptSource: string): (point: BranchPoint) => string {
  const file = relative(process.cwd(), fileURLToPath(url));
  const map = findSourceMap(url);
  const source = map === undefined ? scriptSource : readFileSync(fileURLToPath(url), "utf8");
  return ({ offset }) => {
    const before = scriptSource.slice(0, offset);
    const line = before.split("\n").length - 1;
    if (map === undefined || source === "") return `${file}:${line + 1}`;
    const entry = map.findEntry(line, offset - (before.lastIndexOf("\n") + 1));
    return `${file}:${"originalLine" in entry ? entry.originalLine + 1 : "?"}`;
  };
}
