/** Has every state of an unfolding visited by several threads (`check --workers`), with the same counts as by one. */
import { extname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { boundReached, type Stop, type Unfold } from "../../sim/explore/bounds.ts";
import { shareOut } from "../../sim/explore/unfold-classes.ts";
import { askToStop, isDone, newBoard, sumOf, type UnfoldAnswer, type UnfoldShare } from "./unfold-board.ts";
import { newRing } from "./unfold-ring.ts";

/** What a thread runs: next to this file, and compiled as this one is. */
const WORKER = new URL(`./unfold-worker${extname(import.meta.url)}`, import.meta.url).href;

const MILLISECONDS_PER_LOOK = 50;

/** An unfolding by so many threads. */
export function unfoldBy(parts: number): Unfold {
  return async (tables, bounds, watch, { started, depth }) => {
    const board = newBoard(parts);
    const rings = Array.from({ length: parts }, () => Array.from({ length: parts }, newRing));
    const shared = { tables, shares: shareOut(tables, parts), board, rings };
    const threads = Array.from({ length: parts }, (_, part) => start({ ...shared, part }));
    const answers = Promise.all(threads.map(({ answer }) => answer));
    const haveAnswered = answers.then(() => true);
    let stop: Stop | null = null;
    try {
      while (!(await Promise.race([haveAnswered, setTimeout(MILLISECONDS_PER_LOOK, false)]))) {
        const report = {
          states: sumOf(board, "states"),
          transitions: 0,
          depth,
          frontier: sumOf(board, "pending"),
          seconds: ((watch.now?.() ?? 0) - started) / 1000,
        };
        watch.onProgress?.(report);
        const bound = boundReached(bounds, report, sumOf(board, "kilobytes") * 1024, watch);
        if (watch.interrupted?.() === true) stop ??= { kind: "interrupted" };
        else if (bound !== null) stop ??= { kind: "bound", bound };
        if (stop !== null) askToStop(board);
      }
      const found = await answers;
      return {
        states: found.reduce((sum, { states }) => sum + states, 0),
        transitions: found.reduce((sum, { transitions }) => sum + transitions, 0),
        bytes: found.reduce((sum, { bytes }) => sum + bytes, 0),
        stop: isDone(board) ? null : stop,
      };
    } finally {
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    }
  };
}

function start(share: UnfoldShare): { readonly worker: Worker; readonly answer: Promise<UnfoldAnswer> } {
  const worker = newWorker(share);
  const answer = new Promise<UnfoldAnswer>((resolve, reject) => {
    worker.on("message", resolve);
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`a thread ended with ${code} before it had visited its states`)));
  });
  return { worker, answer };
}

/** A thread does not inherit what loads sources in this one. */
function newWorker(workerData: UnfoldShare): Worker {
  if (!WORKER.endsWith(".ts")) return new Worker(new URL(WORKER), { workerData });
  const url = JSON.stringify(WORKER);
  return new Worker(`import("tsx/esm/api").then(({ tsImport }) => tsImport(${url}, ${url}))`, {
    workerData,
    eval: true,
  });
}
