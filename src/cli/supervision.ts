/**
 * Commands that may be deaf run in a process of their own, and another one listens.
 *
 *     lockstep check ./mine.ts      the supervisor: hears Ctrl-C, knows the time, prints nothing of its own while all is well
 *       └─ the same command         does the work, says every 200 ms that it hears, and how far it is
 *
 * A function of the user's that never returns, or a piece of work that takes minutes (the first state with 1000 buffers), keeps a process from
 * hearing anything. Where the end was asked for (by a signal, or by --max-seconds) and nothing was heard for a second, the supervisor ends the
 * process, and prints what it knows of its search. Everything else is as without it: the output and the exit status are those of the process.
 *
 * Not covered: a supervisor that is killed with SIGKILL while its process is deaf; the process ends when it hears again.
 */
import { type ChildProcess, fork } from "node:child_process";
import { constants } from "node:os";
import { EXIT } from "./exit-status.ts";
import { count, counted, print, printJson } from "./terminal.ts";

/** What the process says. */
type Said =
  | { readonly kind: "hears" }
  /** The search begins, and may take so many seconds. */
  | { readonly kind: "begins"; readonly secondsMax: number | null }
  | { readonly kind: "progress"; readonly states: number; readonly transitions: number; readonly depth: number }
  /** The search is over: what it has found is being written down. */
  | {
      readonly kind: "found";
      readonly verdict: string;
      readonly property: string | null;
      readonly message: string | null;
    };

const ENVIRONMENT = "LOCKSTEP_SUPERVISED";
const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;
const MS_BETWEEN_WORDS = 200;
const DEAF_MS_MAX = 800;

/** From these on, single pieces of work can take longer than a second. */
const LARGE: Readonly<Record<string, number>> = { "--clients": 13, "--buffers": 13, "--steps": 1001 };
const SUPERVISED: readonly string[] = ["check", "simulate", "stress"];

/** Whether this command line is to be supervised: it runs code of the user's, or is about very many. */
export function needsSupervision(words: readonly string[]): boolean {
  if (process.env[ENVIRONMENT] !== undefined || !SUPERVISED.includes(words[0] ?? "")) return false;
  const isLarge = words.some((word, at) => {
    const [name = "", value = words[at + 1]] = word.split("=");
    return Number(value) >= (LARGE[name] ?? Number.POSITIVE_INFINITY);
  });
  return isLarge || words.some((word) => /\.[cm]?[jt]s$/.test(word));
}

/** Says something to the supervisor; null where there is none. */
let say: ((said: Said) => void) | null = null;

/** Says something to the supervisor, where there is one. */
export function tellSupervisor(said: Said): void {
  if (process.connected) say?.(said);
}

/** Begins to say that this process hears. Modules of the user's and processes of our own do not see that it is supervised. */
export function beSupervised(): void {
  const send = process.send?.bind(process);
  if (process.env[ENVIRONMENT] === undefined || process.channel === undefined || send === undefined) return;
  say = (said) => send(said);
  delete process.send;
  delete process.env[ENVIRONMENT];
  setInterval(() => tellSupervisor({ kind: "hears" }), MS_BETWEEN_WORDS).unref();
  process.channel.unref();
  process.on("disconnect", () => process.exit(EXIT.interrupted));
}

/** Runs the command line in a process of its own, and answers its exit status. */
export function supervise(words: readonly string[]): Promise<number> {
  const child = fork(process.argv[1] ?? "", words, { env: { ...process.env, [ENVIRONMENT]: "1" } });
  return new Promise((resolve) => new Supervisor(child, words.includes("--json"), resolve));
}

class Supervisor {
  readonly #child: ChildProcess;
  readonly #isJson: boolean;
  readonly #watch: NodeJS.Timeout;
  #heard = performance.now();
  #began: number | null = null;
  #secondsMax: number | null = null;
  #signal: NodeJS.Signals | null = null;
  #askedAt: number | null = null;
  #progress = { states: 0, transitions: 0, depth: 0 };
  #found: (Said & { readonly kind: "found" }) | null = null;
  #isEnded = false;

  constructor(child: ChildProcess, isJson: boolean, resolve: (status: number) => void) {
    this.#child = child;
    this.#isJson = isJson;
    child.on("message", (said: Said) => this.#hear(said));
    for (const signal of SIGNALS) process.on(signal, () => this.#ask(signal));
    this.#watch = setInterval(() => this.#look(), MS_BETWEEN_WORDS / 2);
    const finish = (status: number): void => {
      clearInterval(this.#watch);
      resolve(status);
    };
    child.on("error", () => finish(EXIT.internal));
    child.on("exit", (status, signal) => {
      // Where it does not listen a signal ends it without a word.
      if (this.#isEnded || (signal !== null && this.#signal !== null)) void this.#report().then(finish);
      else finish(status ?? 128 + (constants.signals[signal ?? "SIGKILL"] ?? 0));
    });
  }

  #hear(said: Said): void {
    this.#heard = performance.now();
    if (said.kind === "begins") {
      this.#began ??= this.#heard;
      this.#secondsMax = said.secondsMax;
    }
    if (said.kind === "progress") this.#progress = said;
    if (said.kind === "found") this.#found = said;
  }

  /** The terminal sends a signal to both processes: the other one knows two of them that come together for one. */
  #ask(signal: NodeJS.Signals): void {
    this.#signal ??= signal;
    this.#askedAt ??= performance.now();
    this.#child.kill(signal);
  }

  #look(): void {
    const now = performance.now();
    const isLate =
      this.#found === null &&
      this.#began !== null &&
      this.#secondsMax !== null &&
      now - this.#began > this.#secondsMax * 1000;
    if (isLate) this.#askedAt ??= now;
    if (this.#askedAt === null || now - Math.max(this.#askedAt, this.#heard) < DEAF_MS_MAX) return;
    this.#isEnded = true;
    this.#child.kill("SIGKILL");
  }

  /** What is known of a search whose process did not hear any more. */
  async #report(): Promise<number> {
    // A server that it had started is removed as that of any process that was killed.
    await import("../postgres/stale-servers.ts").then(({ sweepStaleServers }) => sweepStaleServers()).catch(() => {});
    const { states, transitions, depth } = this.#progress;
    const found = this.#found ?? { verdict: "inconclusive", property: null, message: null };
    const { verdict, property, message } = found;
    const seconds = this.#began === null ? 0 : Math.round(performance.now() - this.#began) / 1000;
    const bound = this.#signal === null ? `${this.#secondsMax} seconds` : "interrupted";
    if (this.#isJson) {
      const about = { distinctStates: states, transitions, depth, exhaustive: false, seconds };
      printJson({ verdict, property, message, bound, ...about, trace: null });
    } else {
      const why = this.#signal === null ? `the bound of ${bound} was reached` : "it was interrupted";
      const seen =
        states === 0
          ? "what was looked at"
          : `${counted(states, "state")}, ${counted(transitions, "transition")}, depth ${count(depth)}`;
      if (this.#found === null)
        print(`  inconclusive: nothing broke in ${seen}, but ${why} before every state was seen`);
      else
        print(`  ${verdict}${property === null ? "" : `: ${property}: ${message}`}; ${why} before it was written down`);
      print(
        "  The work was ended in the middle of a piece that took more than a second, or would never have returned.",
      );
    }
    if (this.#signal !== null) return 128 + constants.signals[this.#signal];
    return EXIT.inconclusive;
  }
}
