/**
 * Which attempt depends on which: the direct serialization graph of a run, its nodes the attempts of the clients.
 *
 *     alice's acquire 1   reads buffers (id = 1), version a     writes version b in the place of a
 *     bob's acquire 1     reads buffers (id = 1), version a     writes version c in the place of b
 *
 *     bob's ──rw──> alice's     bob's has read what alice's then replaced: in a serial order bob's is before alice's
 *     alice's ──ww──> bob's     bob's has replaced what alice's wrote: alice's is before bob's
 *
 * An arrow says which of the two would have to come first, so a circle of arrows has no serial order. The kinds are Adya's: `wr` reads what
 * the other wrote, `ww` replaces it, `rw` has read what the other then replaced; and `order`: its client, or the clock, was done with one
 * before the other began. A dependency is by *predicate* where a look has found no such row, and the other one has put one there.
 *
 * The schedule is run again on a server that counts row versions. What a statement has read are the rows that its look comes upon (those
 * with the keys that it asks an index for; else the whole table), and those that it read again after a wait: what the look that was
 * renewed saw of them does not count, what another look of the same statement saw (a sub-select's) does. Writes count from their commit on; of a transaction that ended by an error nothing counts, also not what it has read.
 *
 * Not modelled: foreign keys and unique keys as reads, savepoints that were rolled back, sequences, locks of any kind.
 *
 * Source: Adya, Weak consistency, 1999, chapter 4 (direct serialization graphs); Adya, Liskov and O'Neil, ICDE 2000.
 */
import type { Touch } from "../postgres/server.ts";
import type { ExplorableSystem } from "../system/explorable-system.ts";
import type { Choice, StateId, Taken } from "../system/system.ts";
import { isAtRest, wishOf } from "./attempts.ts";

/** An attempt as a node of the graph. */
export interface AttemptNode {
  readonly id: number;
  /** `alice's acquire 1`. */
  readonly name: string;
  readonly client: number;
  /** Step numbers; null while it is under way. */
  readonly begins: number;
  ends: number | null;
  writes: boolean;
}

export interface Dependency {
  readonly kind: "ww" | "wr" | "rw" | "order";
  /** Ids: in a serial order `before` would have to come before `after`. */
  readonly before: number;
  readonly after: number;
  /** The row in question, as `buffers (id = 1)`; null for an order. */
  readonly row: string | null;
  readonly table: string | null;
  readonly byPredicate: boolean;
}

export interface DependencyGraph {
  readonly attempts: readonly AttemptNode[];
  readonly dependencies: readonly Dependency[];
}

/** A row version. Those of the set-up have no writer. */
interface Version {
  readonly writer: number | null;
  readonly values: Extract<Touch, { kind: "wrote" }>["values"] | null;
  readonly before: Version | null;
  /** Who has replaced or deleted it, in which step. */
  ended: { readonly by: number; readonly step: number; readonly row: string } | null;
  readonly row: string;
  readonly table: string;
}

type Read = Extract<Touch, { kind: "looked" | "read" }>;

interface TakenRead {
  readonly attempt: number;
  readonly step: number;
  /** The statement that read it; statements are counted in the order in which they were sent. */
  readonly statement: number;
  readonly read: Read;
}

/** What a client's transaction has done so far. */
interface Pending {
  readonly reads: TakenRead[];
  readonly writes: Exclude<Touch, Read>[];
  failed: boolean;
}

/** `system` tells what its steps touch; with `byClock` an attempt that was over before another one began is before it. */
export async function dependenciesIn(
  system: ExplorableSystem,
  schedule: readonly Choice[],
  byClock: boolean,
): Promise<DependencyGraph> {
  const run = new Run(system);
  let state = system.initial;
  for (const choice of schedule) {
    const taken = await system.take(state, choice);
    run.add(state, taken);
    state = taken.state;
  }
  return { attempts: run.attempts, dependencies: [...run.dependencies(), ...orders(run.attempts, byClock)] };
}

const PLAIN = { byPredicate: false } as const;

class Run {
  readonly attempts: AttemptNode[] = [];
  readonly #system: ExplorableSystem;
  /** By client: its attempt that is under way. */
  readonly #under: (AttemptNode | null)[];
  readonly #pending: Pending[];
  readonly #reads: TakenRead[] = [];
  /** By table, by address. */
  readonly #versions = new Map<string, Map<number, Version>>();
  #step = 0;
  #statements = 0;
  /** By client: the statement that it sent last. */
  readonly #statement: number[];

  constructor(system: ExplorableSystem) {
    this.#system = system;
    this.#under = system.clients.map(() => null);
    this.#statement = system.clients.map(() => 0);
    this.#pending = system.clients.map(() => ({ reads: [], writes: [], failed: false }));
  }

  add(before: StateId, { choice, sent, state, progress, committed, touched }: Taken): void {
    this.#step += 1;
    const client = this.#system.clients.indexOf(choice.client);
    const attempt = this.#under[client] ?? this.#begin(before, choice, client);
    if (attempt === null) return;
    if (sent !== null) this.#statement[client] = ++this.#statements;
    const statement = this.#statement[client] as number;
    const pending = this.#pending[client] as Pending;
    for (const touch of touched ?? []) {
      if (touch.kind === "looked" || touch.kind === "read") {
        pending.reads.push({ attempt: attempt.id, step: this.#step, statement, read: touch });
      } else pending.writes.push(touch);
    }
    if (progress.kind === "replied" && progress.reply.kind === "failed") pending.failed = true;
    if (!this.#system.standing(state, client).inTransaction) this.#settle(client, attempt, committed);
    if (isAtRest(this.#system, state, client)) {
      attempt.ends = this.#step;
      this.#under[client] = null;
    }
  }

  #begin(before: StateId, { client: name, action }: Choice, client: number): AttemptNode | null {
    const wish = wishOf(this.#system, { client, action, before });
    if (wish === null) return null;
    const id = this.attempts.length;
    const attempt = { id, name: `${name}'s ${wish}`, client, begins: this.#step, ends: null, writes: false };
    this.attempts.push(attempt);
    this.#under[client] = attempt;
    return attempt;
  }

  /** The transaction is over. */
  #settle(client: number, attempt: AttemptNode, committed: boolean): void {
    const { reads, writes, failed } = this.#pending[client] as Pending;
    if (committed || !failed) this.#reads.push(...reads);
    if (committed) for (const touch of writes) this.#write(attempt, touch);
    this.#pending[client] = { reads: [], writes: [], failed: false };
  }

  #write(attempt: AttemptNode, touch: Exclude<Touch, Read>): void {
    attempt.writes = true;
    const { table, row } = touch;
    const replaced = touch.kind === "deleted" ? touch.at : touch.before;
    const before = replaced === null ? null : this.#version(table, replaced, row);
    if (touch.kind === "wrote") {
      const known = this.#tableOf(table).has(touch.at);
      if (known) return;
      this.#tableOf(table).set(touch.at, { writer: attempt.id, values: touch.values, before, ended: null, row, table });
    }
    if (before !== null) before.ended = { by: attempt.id, step: this.#step, row };
  }

  #tableOf(table: string): Map<number, Version> {
    const known = this.#versions.get(table) ?? new Map<number, Version>();
    this.#versions.set(table, known);
    return known;
  }

  #version(table: string, at: number, row: string): Version {
    const known = this.#tableOf(table).get(at);
    if (known !== undefined) return known;
    const version: Version = { writer: null, values: null, before: null, ended: null, row, table };
    this.#tableOf(table).set(at, version);
    return version;
  }

  dependencies(): readonly Dependency[] {
    const found = new Map<string, Dependency>();
    const add = (each: Dependency): void => {
      if (each.before !== each.after) found.set(JSON.stringify(each), each);
    };
    for (const table of this.#versions.values()) {
      for (const { writer, ended, row, table: name } of table.values()) {
        if (writer === null || ended === null) continue;
        add({ ...PLAIN, kind: "ww", before: writer, after: ended.by, row, table: name });
      }
    }
    for (const read of this.#reads) this.#dependenciesOf(read, add);
    return [...found.values()];
  }

  /** Whether the statement has read the row again, so that this look, the only one that has met it, does not count. */
  #isRenewed(look: TakenRead, version: Version): boolean {
    const first = firstOf(version);
    const sameRow = ({ read }: TakenRead): boolean => this.#met(read).some((each) => firstOf(each) === first);
    const statement = this.#reads.filter((each) => each.statement === look.statement && sameRow(each));
    // A statement that is run again after a wait makes all its looks again, in one step.
    const looks = statement.filter(({ step, read }) => step === look.step && read.kind === "looked");
    return looks.length === 1 && statement.some(({ read }) => read.kind === "read");
  }

  #met(read: Read): readonly Version[] {
    const versions = this.#tableOf(read.table);
    return (read.kind === "looked" ? read.at : [read.at]).flatMap((at) => versions.get(at) ?? []);
  }

  #dependenciesOf(taken: TakenRead, add: (dependency: Dependency) => void): void {
    const { attempt, step, read } = taken;
    const { table } = read;
    const versions = this.#tableOf(table);
    const met = this.#met(read);
    for (const version of met) {
      const { writer, ended, row } = version;
      if (writer === attempt || (read.kind === "looked" && this.#isRenewed(taken, version))) continue;
      if (writer !== null) add({ ...PLAIN, kind: "wr", before: writer, after: attempt, row, table });
      if (ended !== null) add({ ...PLAIN, kind: "rw", before: attempt, after: ended.by, row: ended.row, table });
    }
    if (read.kind === "read") return;
    for (const version of versions.values()) {
      const { writer, values, ended, row } = version;
      if (writer === null || values === null || !read.covers(values) || isOneOf(version, met)) continue;
      // The look has met nothing of this row: it came too early for it, or too late.
      if (ended !== null && ended.step < step && isDeleted(version, versions)) {
        add({ ...PLAIN, kind: "wr", before: ended.by, after: attempt, row, table, byPredicate: true });
      } else if (isFirst(version, read)) {
        add({ ...PLAIN, kind: "rw", before: attempt, after: writer, row, table, byPredicate: true });
      }
    }
  }
}

/** Whether the version is of a row of which one version is among these. */
function isOneOf(version: Version, versions: readonly Version[]): boolean {
  const first = firstOf(version);
  return versions.some((each) => firstOf(each) === first);
}

function firstOf(version: Version): Version {
  return version.before === null ? version : firstOf(version.before);
}

function isDeleted(version: Version, versions: ReadonlyMap<number, Version>): boolean {
  return [...versions.values()].every((each) => each.before !== version);
}

/** The first version of its row that the look could have come upon. */
function isFirst({ before }: Version, { covers }: Extract<Read, { kind: "looked" }>): boolean {
  for (let each = before; each !== null; each = each.before) {
    if (each.values !== null && covers(each.values)) return false;
  }
  return true;
}

/** What a client does one after the other; by the clock also what different clients do. */
function orders(attempts: readonly AttemptNode[], byClock: boolean): readonly Dependency[] {
  return attempts.flatMap((one) =>
    attempts
      .filter((other) => one.ends !== null && one.ends < other.begins && (byClock || one.client === other.client))
      .map((other) => ({ ...PLAIN, kind: "order" as const, before: one.id, after: other.id, row: null, table: null })),
  );
}
