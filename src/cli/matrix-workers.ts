/** Has the cells of a matrix judged by processes, one for each core, and says so whenever one is done. */
import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Cell } from "../../sim/explore/matrix.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { onExit } from "../process-exit.ts";
import type { CellAnswer, CellTask } from "./matrix-worker.ts";

/** What a process runs: next to this file, and compiled as this one is. Processes, since threads cannot be loaded from sources. */
const WORKER = fileURLToPath(new URL(`./matrix-worker${extname(import.meta.url)}`, import.meta.url));

/** Judges every task. When `signal` aborts the processes are ended, and the cells that were not done are missing. */
export async function judgeAll(
  tasks: readonly CellTask[],
  signal: AbortSignal,
  onCell: (cell: Cell) => void,
): Promise<void> {
  if (signal.aborted) return;
  const left = [...tasks];
  const workers = Array.from({ length: Math.min(availableParallelism(), tasks.length) }, () => fork(WORKER));
  const stop = (): void => {
    left.length = 0;
    for (const worker of workers) worker.kill("SIGKILL");
  };
  signal.addEventListener("abort", stop);
  const forget = onExit({ stop: async () => stop(), stopNow: stop });
  try {
    await Promise.all(workers.map((worker) => work(worker, left, { signal, onCell })));
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
    forget();
  }
}

/** Gives a process one task after the other, until none is left or it was ended. */
function work(
  worker: ChildProcess,
  left: CellTask[],
  { signal, onCell }: { readonly signal: AbortSignal; readonly onCell: (cell: Cell) => void },
): Promise<void> {
  return new Promise((resolve, reject) => {
    let isDone = false;
    const next = (): void => {
      const task = left.shift();
      isDone = task === undefined;
      if (task === undefined) resolve();
      else worker.send(task);
    };
    worker.on("message", (answer: CellAnswer) => {
      if (answer.kind === "usage") {
        reject(new UsageError(answer.code, answer.message, answer.hint));
        return;
      }
      onCell(answer.cell);
      next();
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      if (isDone || signal.aborted) resolve();
      else reject(new Error(`a process of the matrix ended with ${code} in the middle of a cell`));
    });
    next();
  });
}
