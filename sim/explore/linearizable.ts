/**
 * linearizable: each operation takes effect at one moment between its beginning and its end, as with a lock that does one after the other.
 *
 *     alice   ├── acquire 1 ──┤ owns 1                 ├─ release ─┤
 *     bob          ├──── acquire 1 ────┤ refused            ├── acquire 1 ──┤ owns 1
 *     lock      ^ alice's   ^ bob's, 1 is held            ^ alice's  ^ bob's
 *
 * An operation is an attempt of a client (attempts.ts), and it ends when the client knows what it has: where its belief grows, or where
 * it is at rest. What it has come to is read off from what the client owns before and after (`owns` and `owns too`, as in
 * model/properties.ts), and what it asked for are the buffers in the name of the wish, `acquire 1`. So nothing has to be declared.
 *
 *     owns before    owns after     the operation was
 *     nothing        1              an acquire, and granted
 *     nothing        nothing        an acquire, and refused: some buffer that it asked for must be held at some moment of it
 *     1              nothing        a release
 *     1              1              no business of the lock
 *
 * The monitor carries along everything that the lock may have done so far (sequential-lock.ts). An answer throws out what does not agree
 * with it; when nothing is left no order of the operations explains the answers, and that is a violation. Clients may go round for
 * ever: what the lock may have done is one of finitely many sets.
 *
 * An operation that was answered with an error may have had no effect, whatever it asked for; if it was to free something it may yet be
 * held, or not. Where the client cannot know (a lost connection, its own crash), what it did may or may not have been done.
 *
 * Not modelled: ownership that ends by itself, which is no lock's (leases are refused); operations that never end say nothing.
 *
 * Source: Herlihy and Wing, Linearizability: a correctness condition for concurrent objects, TOPLAS 1990.
 */
import { ownedIn } from "../../model/properties.ts";
import type { ExplorableSystem } from "../system/explorable-system.ts";
import { Interner } from "../system/interner.ts";
import type { StateId } from "../system/system.ts";
import { listed } from "../trace/wording.ts";
import { isAtRest, nodeOf, wishOf } from "./attempts.ts";
import {
  type Buffer,
  everythingFrom,
  holderOf,
  type Locked,
  NOBODY_KNOWS,
  type Operation,
  withHolder,
  withResult,
} from "./sequential-lock.ts";
import type { Memory, Monitor, Seen } from "./watched.ts";

export const LINEARIZABLE = {
  name: "linearizable",
  sentence:
    "clients are answered as by a lock that grants, refuses and frees each buffer in one moment, one after the other",
} as const;

/** An operation that a client has begun, and how it has gone so far. */
interface UnderWay extends Operation {
  readonly name: string;
  /** Answered with an error; it does not know what was done. */
  readonly failed: boolean;
  readonly unknown: boolean;
}

interface Watch {
  /** Everything that the lock may have done. */
  readonly possible: readonly Locked[];
  /** In the order of the clients. */
  readonly under: readonly UnderWay[];
  readonly objection: string | null;
}

export class LockMonitor implements Monitor {
  readonly name = LINEARIZABLE.name;
  readonly sentence = LINEARIZABLE.sentence;
  readonly initial: Memory;
  readonly #system: ExplorableSystem;
  readonly #buffers: readonly Buffer[];
  readonly #noun: readonly [one: string, many: string];
  readonly #memories = new Interner<Watch>((watch) => JSON.stringify(watch));

  /** `buffers`: all that there are; `noun`: what they are called. */
  constructor(system: ExplorableSystem, buffers: readonly Buffer[], noun: readonly [one: string, many: string]) {
    this.#system = system;
    this.#noun = noun;
    this.#buffers = buffers;
    const held = system.clients.flatMap((_, client) =>
      this.#owned(system.initial, client).map((buffer) => [buffer, client] as const),
    );
    this.initial = this.#intern({
      possible: [{ held, come: system.clients.map(() => null) }],
      under: [],
      objection: null,
    });
  }

  allows(): boolean {
    return true;
  }

  after(memory: Memory, step: Seen): Memory {
    const watch = this.#memories.value(memory);
    if (watch.objection !== null) return memory;
    return this.#intern(this.#ended(this.#begun(watch, step), step));
  }

  objection(memory: Memory): string | null {
    return this.#memories.value(memory).objection;
  }

  /** What befalls a client at rest is no operation; what it owned is then in nobody's hands that one knows of. */
  #begun(watch: Watch, step: Seen): Watch {
    if (watch.under.some(({ client }) => client === step.client)) return watch;
    const name = wishOf(this.#system, step);
    if (name !== null) return this.#withOperation(watch, step, name);
    const lost = this.#owned(step.before, step.client).filter(
      (buffer) => !this.#owned(step.after, step.client).includes(buffer),
    );
    return {
      ...watch,
      possible: watch.possible.map((each) => withHolder(each, lost, lost.length > 0 ? NOBODY_KNOWS : null)),
    };
  }

  #withOperation(watch: Watch, { client, before }: Pick<Seen, "client" | "before">, name: string): Watch {
    const words = name.split(" ");
    const wanted = this.#buffers.filter((buffer) => words.includes(String(buffer)));
    const operation = { client, owned: this.#owned(before, client), wanted, name, failed: false, unknown: false };
    const under = [...watch.under, operation].sort((one, other) => one.client - other.client);
    return { ...watch, under, possible: everythingFrom(watch.possible, under, this.#buffers) };
  }

  /** The step's effect on the client's operation: it goes on, or is answered. */
  #ended(watch: Watch, step: Seen): Watch {
    const before = watch.under.find(({ client }) => client === step.client);
    if (before === undefined) return watch;
    const crashed = step.action === "crash";
    const operation: UnderWay = {
      ...before,
      failed: before.failed || step.failed !== null || crashed,
      unknown: before.unknown || crashed || /^(08|57P01)/.test(step.failed ?? ""),
    };
    const others = watch.under.filter((each) => each !== before);
    const owns = this.#owned(step.after, step.client);
    const knows = owns.some((buffer) => !operation.owned.includes(buffer));
    const rests = isAtRest(this.#system, step.after, step.client);
    if (!knows && !rests) {
      const under = [...others, operation].sort((one, other) => one.client - other.client);
      return { ...watch, under };
    }
    const left = watch.possible.flatMap((locked) => answered(locked, operation, owns));
    if (left.length === 0) return { possible: [], under: [], objection: this.#message(watch, operation, owns) };
    const possible = everythingFrom(left, others, this.#buffers);
    const after = { possible, under: others, objection: null };
    // It owns and goes on by itself: what follows is its next operation.
    return rests ? after : this.#withOperation(after, { client: step.client, before: step.after }, "what follows");
  }

  #owned(state: StateId, client: number): readonly Buffer[] {
    const view = this.#system.processes[client]?.view(nodeOf(this.#system, state, client)) ?? {};
    return ownedIn(view);
  }

  #message({ possible }: Watch, { client, name, owned, wanted }: UnderWay, owns: readonly Buffer[]): string {
    const who = this.#system.clients[client];
    const [one, many] = this.#noun;
    const gained = owns.filter((buffer) => !owned.includes(buffer));
    if (gained.length === 0) {
      const what =
        wanted.length === 0
          ? `some ${one}`
          : wanted.length === 1
            ? `${one} ${wanted[0]}`
            : `the ${many} ${wanted.join(" and ")}`;
      return `${who}'s ${name} is refused, though every order of the operations that explains the answers so far has ${what} free for it`;
    }
    const holders = [...new Set(gained.flatMap((buffer) => possible.map((locked) => holderOf(locked, buffer))))]
      .filter((holder) => holder !== null && holder !== NOBODY_KNOWS && holder !== client)
      .map((holder) => this.#system.clients[holder as number] ?? "");
    const whose =
      holders.length === 0 ? "which it did not ask for" : `which ${listed(holders)} had and had not begun to free`;
    return `${who}'s ${name} is granted ${one} ${gained.join(" and ")}, ${whose}: no order of the operations explains that`;
  }

  #intern(watch: Watch): Memory {
    const possible = [...watch.possible].sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
    return this.#memories.intern({ ...watch, possible });
  }
}

/** What the lock may have done when the operation is answered like this; none where it cannot have done so. */
function answered(
  locked: Locked,
  { client, owned, failed, unknown }: UnderWay,
  owns: readonly Buffer[],
): readonly Locked[] {
  const come = locked.come[client] ?? null;
  const over = withResult(locked, client, null);
  const had = come ?? owned;
  if (!owns.every((buffer) => had.includes(buffer))) return [];
  const lost = had.filter((buffer) => !owns.includes(buffer));
  if (come !== null && lost.length === 0) return [over];
  const mayBe = come === null ? failed : unknown;
  if (!mayBe) return [];
  return [lost.length === 0 ? over : withHolder(over, lost, NOBODY_KNOWS)];
}
