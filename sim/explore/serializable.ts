/**
 * serializable-outcome: whatever the clients do at once ends as it could have ended had they done it one after the other.
 *
 * The unit of a serial order is the *attempt*: all that a client does from a wish of its user until it is at rest again, with no
 * transaction open. It is no transaction: check-then-act is two of them, each serializable by itself, and the harm lies between.
 *
 *     alice  ├─ acquire 1 ──┤             ├─ release ─┤         attempts made: alice 2, bob 1
 *     bob         ├─ acquire 1 ──────┤                          at the bars the client is at rest
 *                                    ^ nobody is under way: an outcome, to be found among those of the serial orders
 *
 * A serial order is a run of the same system in which nobody moves while another one's attempt is under way. All of them are explored, and
 * the outcomes are put into a set; then the whole system is explored, and an outcome that is not in the set is a violation.
 *
 * An outcome is what can be observed when all are at rest:
 *   - the committed rows of every table, as a set: in which order a table without key holds them nobody can see;
 *   - of each client the attempts that it has made, in its own order, what it knew after each (its whole local state, which is more than
 *     it shows), and what it believes now. How often it tried again on the way is not observed, unless it remembers that.
 * The orders of the clients are free, each one's own is kept; who was earlier by the clock does not matter (that is `linearizable`).
 *
 * An attempt that was answered with an error counts also where it is found with an error: in the serial orders, in which nobody is there
 * to cause one, any statement may be refused (sim/process/refusable.ts), and what the client then does is what it does. An attempt
 * that was answered without an error must be found without one. So a transaction that was rolled back, and whose client was told so, has
 * no more effect than it should have; and one that was refused and has left something in a row all the same is found nowhere.
 *
 *     repeatable read      alice: acquire -> owns job 1      bob: acquire -> 40001, owns nothing, though job 2 is free
 *     a serial order       alice: acquire -> owns job 1      bob: acquire, refused -> owns nothing
 *
 * Each client makes a bounded number of attempts, else histories would have no end. Serial orders in which somebody makes fewer are in
 * the set too, since all may rest at any time.
 *
 * Not modelled: a run in which somebody waits for ever has no outcome (`no-deadlock` is about those). Numbers from a sequence and times
 * are compared as they are: a sequence that was moved by a transaction which was then rolled back is observed.
 *
 * Invariant: every attempt that was ever begun is in exactly one of `made` and `under`.
 *
 * Sources: Papadimitriou, The serializability of concurrent database updates, JACM 1979 (final-state and view serializability); Adya 1999
 * (what aborted does not count).
 */

import { REFUSED } from "../process/refusable.ts";
import type { ExplorableSystem } from "../system/explorable-system.ts";
import { Interner } from "../system/interner.ts";
import type { StateId } from "../system/system.ts";
import { rowText, viewText } from "../trace/wording.ts";
import { isAtRest, knownTo, nodeOf, seenOf, wishOf } from "./attempts.ts";
import type { Memory, Monitor, Seen } from "./watched.ts";

export const SERIALIZABLE_OUTCOME = {
  name: "serializable-outcome",
  sentence: "what clients do at once ends as it could have ended had they done it one after the other",
} as const;

/** An attempt that is over. */
interface Made {
  readonly name: string;
  /** What the client knew at its end, and what it believed, as people read it. */
  readonly end: string;
  readonly belief: string;
  /** Answered with an error on the way; in a serial order: refused. */
  readonly failed: boolean;
}

interface UnderWay {
  readonly name: string;
  readonly failed: boolean;
}

interface Attempts {
  readonly made: readonly Made[];
  readonly under: UnderWay | null;
}

/** Counts attempts; as a serial order it lets nobody move while another one's is under way. */
export class AttemptsMonitor implements Monitor {
  readonly name = SERIALIZABLE_OUTCOME.name;
  readonly sentence = SERIALIZABLE_OUTCOME.sentence;
  readonly initial: Memory;
  readonly #system: ExplorableSystem;
  readonly #attempts: number;
  readonly #serial: ReadonlySet<string> | null;
  /** By memory: what each client has tried. */
  readonly #memories = new Interner<readonly Attempts[]>((each) => JSON.stringify(each));

  /** `serial`: the outcomes of the serial orders; null to run in a serial order. */
  constructor(system: ExplorableSystem, attempts: number, serial: ReadonlySet<string> | null) {
    this.#system = system;
    this.#attempts = attempts;
    this.#serial = serial;
    this.initial = this.#memories.intern(system.clients.map(() => ({ made: [], under: null })));
  }

  allows(memory: Memory, step: Pick<Seen, "client" | "action" | "before">): boolean {
    const all = this.#memories.value(memory);
    const { made, under } = all[step.client] as Attempts;
    if (this.#serial === null && under === null && all.some((each) => each.under !== null)) return false;
    return under !== null || made.length < this.#attempts || wishOf(this.#system, step) === null;
  }

  after(memory: Memory, step: Seen): Memory {
    const all = this.#memories.value(memory);
    const { client } = step;
    const { made, under: before } = all[client] as Attempts;
    const under = before ?? this.#begun(step);
    if (under === null) return memory;
    const failed = under.failed || this.#fails(step);
    const now: Attempts = isAtRest(this.#system, step.after, client)
      ? { made: [...made, this.#ended({ ...under, failed }, step)], under: null }
      : { made, under: { ...under, failed } };
    return this.#memories.intern(all.map((each, at) => (at === client ? now : each)));
  }

  #begun(step: Seen): UnderWay | null {
    const name = wishOf(this.#system, step);
    return name === null ? null : { name, failed: false };
  }

  /** In a serial order an error of the statement's own is no excuse: it must be the same with others there. */
  #fails({ action, failed }: Seen): boolean {
    return this.#serial === null ? action.includes(REFUSED) : failed !== null;
  }

  #ended({ name, failed }: UnderWay, { client, after }: Seen): Made {
    const view = this.#system.processes[client]?.view(nodeOf(this.#system, after, client)) ?? {};
    return { name, end: knownTo(this.#system, after, client), belief: viewText(view), failed };
  }

  /** The outcome of a run that ends here, with all its attempts; null where somebody is under way. */
  outcome(memory: Memory, state: StateId): string | null {
    const all = this.#memories.value(memory);
    return this.#isOutcome(all, state) ? this.#text(all, state) : null;
  }

  objection(memory: Memory, state: StateId): string | null {
    if (this.#serial === null) return null;
    const all = this.#memories.value(memory);
    if (!this.#isOutcome(all, state)) return null;
    for (const told of excuses(all)) if (this.#serial.has(this.#text(told, state))) return null;
    return this.#message(all, state);
  }

  #isOutcome(all: readonly Attempts[], state: StateId): boolean {
    return all.every(({ under }, client) => under === null && isAtRest(this.#system, state, client));
  }

  #text(all: readonly Attempts[], state: StateId): string {
    const { tables } = this.#system.world(state);
    const rows = Object.entries(tables).map(([name, each]) => [name, each.map((row) => JSON.stringify(row)).sort()]);
    const clients = all.map(({ made }, client) => [
      seenOf(this.#system, state, client),
      ...made.map(({ name, end, failed }) => [name, end, failed]),
    ]);
    return JSON.stringify([rows, clients]);
  }

  #message(all: readonly Attempts[], state: StateId): string {
    const attempts = all.flatMap(({ made }, client) =>
      made.length === 0
        ? []
        : [`${this.#system.clients[client]}: ${made.map(({ name, belief }) => `${name} → ${belief}`).join(", ")}`],
    );
    const tables = Object.entries(this.#system.world(state).tables).map(
      ([name, rows]) => `${name}: ${rows.map((row) => `(${rowText(row)})`).join(" ") || "no rows"}`,
    );
    return `no order of the attempts one after the other ends like this: ${[...attempts, ...tables].join("; ")}`;
  }
}

/** The histories as which this one counts: an error may excuse each attempt that had one, or need not. */
function* excuses(all: readonly Attempts[]): Generator<readonly Attempts[]> {
  const failed = all.flatMap(({ made }) => made.filter((each) => each.failed));
  for (let chosen = 0; chosen < 2 ** failed.length; chosen++) {
    const plain = new Set(failed.filter((_, at) => Math.floor(chosen / 2 ** at) % 2 === 1));
    yield all.map(({ made, under }) => ({
      made: made.map((each) => (plain.has(each) ? { ...each, failed: false } : each)),
      under,
    }));
  }
}
