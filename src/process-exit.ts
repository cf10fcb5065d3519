/**
 * One place for what must happen when this process ends: servers stopped, folders removed, reports printed.
 *
 * Whoever owns something outside of the process registers a `Cleanup` with `onExit` and takes it back when it has
 * cleaned up by itself. A command that has something to report when it is interrupted runs inside `interruptible`.
 *
 *     first Ctrl-C    inside `interruptible`: its signal aborts, the command reports what it has and returns
 *                     elsewhere: every `stop` is awaited, then the process exits with 128 + signal
 *     second Ctrl-C   every `stopNow`, then exit, at once (a signal that comes together with the first one is the same wish)
 *     process.exit, thrown error, unhandled rejection, end of the program: every `stopNow` from the `exit` event
 *
 * Invariants: the newest cleanup runs first; a cleanup that fails does not keep the others from running; listeners are
 * on the process only while something is registered, so that a program that uses the library keeps its own behaviour.
 *
 * Not covered: SIGKILL and power loss. What those leave behind is swept at the next start (`postgres/stale-servers.ts`).
 */

/** How to undo something that outlives the process. */
export interface Cleanup {
  /** The orderly way. May be called when `stopNow` is called later as well. */
  stop(): Promise<void>;
  /** The way that needs no event loop; called at most once, when the process is about to end. */
  stopNow(): void;
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
type ExitSignal = keyof typeof SIGNAL_NUMBERS;
const SIGNALS: readonly ExitSignal[] = ["SIGHUP", "SIGINT", "SIGTERM"];

const cleanups = new Set<Cleanup>();
const interruptibles = new Set<AbortController>();
let listening = false;
/** The first signal that asked the process to end. */
let received: ExitSignal | null = null;
let receivedAt = 0;
/** `timeout` and npm send a signal to the process and to its group: two within this time are one wish. */
const SAME_WISH_MS = 300;

/** Registers a cleanup for every way in which this process can end; the function that is returned takes it back. */
export function onExit(cleanup: Cleanup): () => void {
  cleanups.add(cleanup);
  listen();
  return () => {
    cleanups.delete(cleanup);
    unlistenWhenIdle();
  };
}

/**
 * Runs work that can be interrupted: the first Ctrl-C (or SIGTERM, SIGHUP) aborts the signal and the work is expected to
 * return soon with what it has. Its caller then exits with `interruptedStatus()`.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  if (received !== null) controller.abort();
  interruptibles.add(controller);
  listen();
  try {
    return await work(controller.signal);
  } finally {
    interruptibles.delete(controller);
    unlistenWhenIdle();
  }
}

/** The exit status of a process that a signal interrupted (130 for Ctrl-C), or null when none did. */
export function interruptedStatus(): number | null {
  return received === null ? null : 128 + SIGNAL_NUMBERS[received];
}

function onSignal(signal: ExitSignal): void {
  const status = 128 + SIGNAL_NUMBERS[signal];
  if (received !== null) {
    // The `exit` event, which `process.exit` raises, runs every `stopNow`.
    if (performance.now() - receivedAt > SAME_WISH_MS) process.exit(status);
    return;
  }
  received = signal;
  receivedAt = performance.now();
  if (interruptibles.size > 0) {
    for (const controller of interruptibles) controller.abort();
    return;
  }
  void stopAll().finally(() => process.exit(status));
}

async function stopAll(): Promise<void> {
  for (const cleanup of [...cleanups].reverse()) {
    try {
      await cleanup.stop();
      cleanups.delete(cleanup);
    } catch {
      // It stays registered: the `exit` event tries `stopNow`.
    }
  }
}

function stopAllNow(): void {
  for (const cleanup of [...cleanups].reverse()) {
    cleanups.delete(cleanup);
    try {
      cleanup.stopNow();
    } catch {
      // The process is ending: there is nobody left to tell, and the other cleanups still have to run.
    }
  }
}

function listen(): void {
  if (listening) return;
  listening = true;
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on("exit", stopAllNow);
}

function unlistenWhenIdle(): void {
  // After a signal the listeners stay, so that the second one still ends the process at once.
  if (!listening || received !== null || cleanups.size > 0 || interruptibles.size > 0) return;
  listening = false;
  for (const signal of SIGNALS) process.off(signal, onSignal);
  process.off("exit", stopAllNow);
}
