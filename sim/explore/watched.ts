/**
 * A system with somebody who watches: beside each state it keeps what a monitor remembers of the run that led there.
 *
 *     state    | state of the system | memory of the monitor |         both are numbers; equal pairs are one state
 *     step     the system moves, and the monitor sees who moved, what it did, and what was there before and after
 *     world    the system's, with what the monitor objects to
 *
 * So what is true of runs becomes true of states: the search, the trace, the race and the replay are those of every property. A monitor
 * may also forbid steps, to explore some of the runs only.
 *
 * Example: a monitor that counts alice's attempts. The state in which she is idle becomes one for each count, and with two as the
 * most that she may make the system has an end.
 *
 * Invariants: the monitor never changes what a step does; its memories are finitely many where the states are to be so.
 *
 * Not modelled: reductions (two clients that are exchanged have other memories), liveness and coverage; they are refused or left out.
 *
 * Source: Vardi and Wolper (1986), who put an automaton beside the system in this way.
 */
import type { AlwaysProperty, World } from "../../model/property.ts";
import type { Expansion, ExplorableSystem, Judgement, Standing, ToldStep } from "../system/explorable-system.ts";
import { RowTable } from "../system/row-table.ts";
import type { Choice, StateId, Taken } from "../system/system.ts";
import { UsageError } from "../usage-error.ts";

/** What a monitor remembers, interned by the monitor: equal memories are equal numbers. */
export type Memory = number;

/** One step, as a monitor sees it. The states are those of the system that it watches. */
export interface Seen {
  readonly client: number;
  readonly action: string;
  readonly before: StateId;
  readonly after: StateId;
  /** The SQLSTATE of the error that the client was answered with in this step, or null. */
  readonly failed: string | null;
}

export interface Monitor {
  readonly name: string;
  /** What it watches over, as the sentence of a property. */
  readonly sentence: string;
  readonly initial: Memory;
  /** Whether this run may go on with this step. */
  allows(memory: Memory, step: Pick<Seen, "client" | "action" | "before">): boolean;
  after(memory: Memory, step: Seen): Memory;
  /** What is wrong with a run that ends here, as a sentence; null when nothing is. */
  objection(memory: Memory, state: StateId): string | null;
}

export class WatchedSystem implements ExplorableSystem {
  readonly properties: readonly [AlwaysProperty];
  readonly claims = [];
  readonly initial: StateId;
  readonly #system: ExplorableSystem;
  readonly #monitor: Monitor;
  readonly #rows = new RowTable(2);
  readonly #row = new Int32Array(2);

  constructor(system: ExplorableSystem, monitor: Monitor) {
    this.#system = system;
    this.#monitor = monitor;
    const { name, sentence } = monitor;
    this.properties = [{ kind: "always", name, sentence, violation: ({ objection = null }) => objection }];
    this.initial = this.#intern(system.initial, monitor.initial);
  }

  /** The state of the system that is watched, and what the monitor remembers. */
  pair(state: StateId): readonly [StateId, Memory] {
    this.#rows.read(state, this.#row);
    return [this.#row[0] as StateId, this.#row[1] as Memory];
  }

  expand(state: StateId, movers?: readonly number[]): Expansion | Promise<Expansion> {
    const [inner] = this.pair(state);
    const answer = this.#system.expand(inner, movers);
    if (answer instanceof Promise) return answer.then((expansion) => this.#watched(state, expansion));
    return this.#watched(state, answer);
  }

  #watched(state: StateId, expansion: Expansion): Expansion {
    const [before, memory] = this.pair(state);
    const errors = new Map((expansion.failures ?? []).map(({ at, sqlstate }) => [at, sqlstate]));
    const codes: number[] = [];
    const states: StateId[] = [];
    const failures: { at: number; sqlstate: string }[] = [];
    for (const [at, code] of expansion.codes.entries()) {
      const client = this.clientOf(code);
      const { action } = this.choiceOf(code);
      if (!this.#monitor.allows(memory, { client, action, before })) continue;
      const failed = errors.get(at) ?? null;
      const after = expansion.states[at] as StateId;
      if (failed !== null) failures.push({ at: codes.length, sqlstate: failed });
      codes.push(code);
      states.push(this.#intern(after, this.#monitor.after(memory, { client, action, before, after, failed })));
    }
    return { codes, states, ...(failures.length === 0 ? {} : { failures }) };
  }

  choices(state: StateId): readonly Choice[] {
    const [before, memory] = this.pair(state);
    return this.#system.choices(before).filter(({ client, action }) => {
      return this.#monitor.allows(memory, { client: this.clients.indexOf(client), action, before });
    });
  }

  async take(state: StateId, choice: Choice): Promise<Taken> {
    const [before, memory] = this.pair(state);
    const client = this.clients.indexOf(choice.client);
    if (!this.#monitor.allows(memory, { client, action: choice.action, before })) {
      throw new UsageError(
        "choice-not-enabled",
        `"${choice.client}: ${choice.action}" is not a step that can be taken here`,
        `${choice.client} has made as many attempts as were asked for.`,
      );
    }
    const taken = await this.#system.take(before, choice);
    const { progress } = taken;
    const failed = progress.kind === "replied" && progress.reply.kind === "failed" ? progress.reply.sqlstate : null;
    const seen = { client, action: choice.action, before, after: taken.state, failed };
    return { ...taken, state: this.#intern(taken.state, this.#monitor.after(memory, seen)) };
  }

  inOrder(state: StateId, tables: World["tables"]): World["tables"] {
    const [inner] = this.pair(state);
    return this.#system.inOrder(inner, tables);
  }

  judge(state: StateId): Judgement {
    const [inner, memory] = this.pair(state);
    const message = this.#monitor.objection(memory, inner);
    const { name, sentence } = this.#monitor;
    return { violations: message === null ? [] : [{ property: name, sentence, message }], witnessed: [] };
  }

  world(state: StateId): World {
    const [inner, memory] = this.pair(state);
    return { ...this.#system.world(inner), objection: this.#monitor.objection(memory, inner) };
  }

  /** A state is what it is whoever watches. */
  fingerprint(state: StateId): string {
    return this.#system.fingerprint(this.pair(state)[0]);
  }

  visible(state: StateId): number {
    return state;
  }

  size(): { states: number; databases: number; localSteps: number; bytes: number } {
    const inner = this.#system.size();
    return { ...inner, states: this.#rows.size, bytes: inner.bytes + this.#rows.bytes };
  }

  #intern(state: StateId, memory: Memory): StateId {
    this.#row[0] = state;
    this.#row[1] = memory;
    return this.#rows.intern(this.#row);
  }

  get clients(): readonly string[] {
    return this.#system.clients;
  }

  get granularity(): ExplorableSystem["granularity"] {
    return this.#system.granularity;
  }

  get processes(): ExplorableSystem["processes"] {
    return this.#system.processes;
  }

  get processSteps(): ExplorableSystem["processSteps"] {
    return this.#system.processSteps;
  }

  get statements(): ReadonlySet<string> {
    return this.#system.statements;
  }

  clientOf(code: number): number {
    return this.#system.clientOf(code);
  }

  choiceOf(code: number): Choice {
    return this.#system.choiceOf(code);
  }

  rests(state: StateId, client: number): boolean {
    return this.#system.rests(this.pair(state)[0], client);
  }

  standing(state: StateId, client: number): Standing {
    return this.#system.standing(this.pair(state)[0], client);
  }

  parts(state: StateId): ReturnType<ExplorableSystem["parts"]> {
    return this.#system.parts(this.pair(state)[0]);
  }

  toldSteps(database: number, client: number, node: number): readonly ToldStep[] {
    return this.#system.toldSteps(database, client, node);
  }

  facts(): Uint8Array {
    return new Uint8Array();
  }

  textUnder(): null {
    return null;
  }

  sections(): null {
    return null;
  }

  get keys(): readonly number[] {
    return [];
  }

  keyOrder(): null {
    return null;
  }

  computesWithKeys(): boolean {
    return true;
  }

  get sectionTexts(): ExplorableSystem["sectionTexts"] {
    return this.#system.sectionTexts;
  }

  actsAlone(): boolean {
    return false;
  }

  get locksTables(): boolean {
    return this.#system.locksTables;
  }

  get evidence(): ExplorableSystem["evidence"] {
    return this.#system.evidence;
  }

  /** Its states are judged by the monitor, not by what can be seen of them. */
  get rowsChanged(): boolean {
    return true;
  }

  get expects(): ExplorableSystem["expects"] {
    return { ...this.#system.expects, claims: true };
  }

  ordersTexts(sql: string): boolean {
    return this.#system.ordersTexts(sql);
  }
}
