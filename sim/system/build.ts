/**
 * One simulated server and one process a client, as a transition system over integers.
 *
 *     state   = | database | alice's node | bob's node | …      a row of the row table; its number is the StateId
 *     step    = one client moves: its node and the database change, nobody else's node does
 *     visible = what a property can see of a state: committed rows and waits (by database), views (by node)
 *
 * Databases are interned by their parts (databases.ts), nodes by their process, states by the row table; so equality of
 * states is equality of numbers, and the work of a step is done once for each (database, client, node), however many
 * states share them. Properties are judged once for each visible state.
 *
 * A reply is delivered in the step that completes its statement. A client's belief thus begins at the earliest moment at
 * which it could; a reply that arrives later only shortens the belief and delays the client's next request, and the
 * delay of a request is explored anyway.
 */
import { NO_UNEXPECTED_ERROR, noUnexpectedError } from "../../model/properties.ts";
import type { LivenessProperty, Property, World } from "../../model/property.ts";
import type { Query } from "../../model/protocol.ts";
import type { KeyLabels, Microseconds, Naming, Server, SessionStatus } from "../postgres/server.ts";
import { endOf, type Node, type Process } from "../process/process.ts";
import { UsageError } from "../usage-error.ts";
import { askedTwice, holdsIn, violationIn } from "./asked.ts";
import { Databases } from "./databases.ts";
import type { Evidence } from "./evidence.ts";
import type { Expansion, ExplorableSystem, Judgement, Standing, ToldStep, Violation } from "./explorable-system.ts";
import type { FaultyServer, Struck } from "./faulty-server.ts";
import { fingerprintText } from "./fingerprint.ts";
import { Interner } from "./interner.ts";
import { type Claim, claimsOf, LivenessFacts } from "./liveness-facts.ts";
import { type LocalStep, LocalSteps, type Planned, type ProcessStep } from "./local-steps.ts";
import { NodeTexts } from "./node-texts.ts";
import { RowTable } from "./row-table.ts";
import { type StateSections, StatesInSections } from "./sections.ts";
import type { Choice, Granularity, Progress, StateId, Taken } from "./system.ts";
import { VisibleStates } from "./visible.ts";

export interface SystemParts {
  readonly server: Server | FaultyServer;
  readonly clients: readonly string[];
  /** One process a client, in the order of the clients; client i runs on session i. */
  readonly processes: readonly Process[];
  readonly properties: readonly Property[];
  /** What has to happen in the end; an explorer that is given any keeps the whole graph of states. */
  readonly liveness?: readonly LivenessProperty[];
  /** SQLSTATEs by which a client may end without handling them; "all" where `no-unexpected-error` is not to be looked at. None unless told. */
  readonly allowedErrors?: readonly string[] | "all";
  /** Whether anything is claimed of it: a pass is vacuous otherwise. What `properties` and `liveness` have in them, unless told. */
  readonly claimed?: boolean;
  /** Whether a pass in which no row was changed is meant. */
  readonly changesNoRow?: boolean;
  readonly granularity: Granularity;
  /** The keys of rows that are interchangeable; none unless told. */
  readonly keys?: readonly number[];
  /**
   * How many clients' steps are kept, at least, once they were computed; all of them unless told. `toldSteps` of processes that answer
   * with promises needs all.
   */
  readonly localStepsKept?: number;
}

/** An entry of the table with one step or two. */
const BYTES_A_LOCAL_STEP = 200;

/** Of the first worlds properties are asked twice. */
const ASKED_TWICE = 64;

export function buildSystem(parts: SystemParts): ExplorableSystem {
  return new BuiltSystem(parts);
}

class BuiltSystem implements ExplorableSystem {
  readonly clients: readonly string[];
  readonly properties: readonly Property[];
  readonly claims: readonly Claim[];
  readonly granularity: Granularity;
  readonly now: Microseconds;
  readonly initial: StateId;
  readonly keys: readonly number[];

  readonly processes: readonly Process[];
  readonly expects: ExplorableSystem["expects"];

  readonly #server: Server;
  readonly #databases: Databases;
  readonly #local: LocalSteps;
  readonly #rows: RowTable;
  readonly #row: Int32Array;
  readonly #actions = new Interner<string>((action) => action);
  readonly #visible: VisibleStates;
  /** What the properties say of each visible state. */
  readonly #judgements: Judgement[] = [];
  readonly #facts: LivenessFacts;
  /** By database: what each session is doing. */
  readonly #doing: (readonly SessionStatus["kind"][])[] = [];

  /** By database: in which order rows of the keys come. */
  readonly #keyOrders: (readonly number[] | null)[] = [];

  readonly #everybody: readonly number[];
  readonly #nodeTexts: NodeTexts;
  readonly #sections: StatesInSections;

  constructor(parts: SystemParts) {
    if (parts.clients.length !== parts.processes.length) throw new RangeError("one process a client is needed");
    this.clients = parts.clients;
    this.properties = withUnexpectedErrors(parts);
    const hasClaims = parts.properties.length > 0 || (parts.liveness ?? []).length > 0;
    this.expects = { claims: parts.claimed ?? hasClaims, changes: parts.changesNoRow !== true };
    this.claims = claimsOf(parts.liveness ?? [], parts.clients.length);
    this.granularity = parts.granularity;
    this.now = parts.server.now;
    this.keys = parts.keys ?? [];
    this.#server = parts.server;
    this.processes = parts.processes;
    this.#databases = new Databases(parts.server);
    this.#local = new LocalSteps(parts.server, parts.processes, this.#databases, parts.localStepsKept);
    this.#row = new Int32Array(parts.clients.length + 1);
    this.#rows = new RowTable(parts.clients.length + 1);
    this.#visible = new VisibleStates(parts.server, parts.processes, this.#databases);
    this.#facts = new LivenessFacts(this.claims, parts.clients.length);
    this.#nodeTexts = new NodeTexts(parts.processes, parts.clients);
    this.#sections = new StatesInSections(parts.server, parts.clients, this.#databases, this.#nodeTexts);
    this.#everybody = [...parts.clients.keys()];
    this.#row[0] = this.#databases.intern(parts.server.initial);
    parts.processes.forEach((process, client) => {
      this.#row[client + 1] = process.initial;
    });
    this.initial = this.#rows.intern(this.#row);
  }

  expand(state: StateId, movers: readonly number[] = this.#everybody): Expansion | Promise<Expansion> {
    const row = this.#read(state);
    const found: (readonly LocalStep[])[] = [];
    for (const client of movers) {
      const steps = this.#local.of(row[0] as number, client, row[client + 1] as number);
      if (steps instanceof Promise) return this.#expandLater(state, movers, steps);
      found.push(steps);
    }
    return this.#combine(row, movers, found);
  }

  async #expandLater(state: StateId, movers: readonly number[], steps: Promise<unknown>): Promise<Expansion> {
    await steps;
    const row = this.#read(state).slice();
    for (const client of movers) await this.#local.of(row[0] as number, client, row[client + 1] as number);
    return this.expand(state, movers);
  }

  #combine(row: Int32Array, movers: readonly number[], found: readonly (readonly LocalStep[])[]): Expansion {
    const codes: number[] = [];
    const states: StateId[] = [];
    const failures: { at: number; sqlstate: string }[] = [];
    const database = row[0] as number;
    found.forEach((steps, at) => {
      const client = movers[at] as number;
      const node = row[client + 1] as number;
      for (const step of steps) {
        row[0] = step.database;
        row[client + 1] = step.node;
        if (step.failed !== null) failures.push({ at: codes.length, sqlstate: step.failed });
        codes.push(this.#actions.intern(step.action) * this.clients.length + client);
        states.push(this.#rows.intern(row));
      }
      row[0] = database;
      row[client + 1] = node;
    });
    return failures.length === 0 ? { codes, states } : { codes, states, failures };
  }

  clientOf(code: number): number {
    return code % this.clients.length;
  }

  choiceOf(code: number): Choice {
    const client = this.clientOf(code);
    return { client: this.#name(client), action: this.#actions.value(Math.floor(code / this.clients.length)) };
  }

  choices(state: StateId): readonly Choice[] {
    const row = this.#read(state);
    return this.clients.flatMap((name, client) =>
      this.#local
        .plan(row[0] as number, client, row[client + 1] as number)
        .map(({ action }): Choice => ({ client: name, action })),
    );
  }

  async take(state: StateId, choice: Choice): Promise<Taken> {
    const row = this.#read(state).slice();
    const client = this.clients.indexOf(choice.client);
    const planned =
      client < 0
        ? undefined
        : this.#local
            .plan(row[0] as number, client, row[client + 1] as number)
            .find(({ action }) => action === choice.action);
    if (planned === undefined) throw this.#notEnabled(state, choice);
    const { outcome, node } = this.#local.run(row[0] as number, client, planned);
    const before = this.#databases.value(row[0] as number);
    if (outcome !== null) row[0] = this.#databases.intern(outcome.database);
    row[client + 1] = await node;
    return this.#describe(this.#rows.intern(row), choice, {
      planned,
      outcome,
      statement:
        planned.sent ??
        (outcome === null || outcome.progress.kind === "local" ? null : this.#server.statement(before, client)),
    });
  }

  #describe(
    state: StateId,
    choice: Choice,
    step: { planned: Planned; outcome: Struck | null; statement: Query | null },
  ): Taken {
    const { planned, outcome, statement } = step;
    if (outcome === null) {
      return {
        state,
        choice,
        sent: null,
        statement,
        progress: { kind: "local" },
        committed: false,
        woken: [],
        notes: [],
      };
    }
    return {
      state,
      choice,
      sent: planned.sent,
      statement,
      progress: this.#progress(outcome),
      committed: outcome.committed,
      woken: outcome.woken.map((session) => this.#name(session)),
      notes: outcome.notes.map((note) => this.#named(note)),
      ...(outcome.touched === undefined ? {} : { touched: outcome.touched }),
    };
  }

  #progress(outcome: Struck): Progress {
    const progress = outcome.progress;
    if (progress.kind !== "waits") return progress;
    return {
      kind: "waits",
      waitsFor: progress.waitsFor.map((session) => this.#name(session)),
      what: this.#named(progress.what),
    };
  }

  world(state: StateId): World {
    const row = this.#read(state);
    const database = this.#databases.value(row[0] as number);
    return {
      clients: this.clients.map((name, client) => {
        const node = row[client + 1] as Node;
        const status = this.#server.status(database, client);
        const process = this.#process(client);
        const endedBy = status.kind === "idle" ? endOf(process, node) : null;
        return {
          name,
          view: process.view(node),
          waitsFor: status.kind === "waiting" ? status.waitsFor.map((session) => this.#name(session)) : [],
          ended: endedBy !== null,
          endedBy,
        };
      }),
      tables: this.#server.committed(database),
    };
  }

  inOrder(state: StateId, tables: World["tables"]): World["tables"] {
    const [database = 0] = this.#read(state);
    return this.#server.inOrder(this.#databases.value(database), tables);
  }

  judge(state: StateId): Judgement {
    const id = this.#visible.of(this.#read(state));
    const known = this.#judgements[id];
    if (known !== undefined) return known;
    const world = this.world(state);
    const violations: Violation[] = [];
    const witnessed: string[] = [];
    const asked = id < ASKED_TWICE ? askedTwice : <T>(_: string, ask: () => T): T => ask();
    for (const property of this.properties) {
      if (property.kind === "sometimes") {
        if (asked(property.name, () => holdsIn(property, world))) witnessed.push(property.name);
        continue;
      }
      const message = asked(property.name, () => violationIn(property, world));
      if (message !== null) violations.push({ property: property.name, sentence: property.sentence, message });
    }
    const judgement = { violations, witnessed };
    this.#judgements[id] = judgement;
    return judgement;
  }

  facts(state: StateId): Uint8Array {
    const row = this.#read(state);
    const visible = this.#visible.of(row);
    const doing = this.#doingIn(row[0] as number);
    const asks = this.processes.map(
      (process, client) => doing[client] !== "idle" || goesOn(process, row[client + 1] as Node),
    );
    return this.#facts.of({ visible, asks, world: () => this.world(state) });
  }

  rests(state: StateId, client: number): boolean {
    const row = this.#read(state);
    const doing = this.#doingIn(row[0] as number)[client];
    if (doing !== "idle") return doing === "waiting";
    return this.#process(client).requests(row[client + 1] as Node).length === 0;
  }

  standing(state: StateId, client: number): Standing {
    const row = this.#read(state);
    const status = this.#server.status(this.#databases.value(row[0] as number), client);
    const isIdle = status.kind === "idle";
    return {
      goesOn: !isIdle || goesOn(this.#process(client), row[client + 1] as Node),
      inTransaction: !isIdle || status.transaction !== "none",
    };
  }

  #doingIn(id: number): readonly SessionStatus["kind"][] {
    const known = this.#doing[id];
    if (known !== undefined) return known;
    const database = this.#databases.value(id);
    const doing = this.clients.map((_, client) => this.#server.status(database, client).kind);
    this.#doing[id] = doing;
    return doing;
  }

  textUnder(state: StateId, naming: Naming): string | null {
    const row = this.#read(state);
    let text = this.#server.text(this.#databases.value(row[0] as number), naming);
    for (const client of naming.sessions) {
      const node = row[client + 1] as Node;
      const written = this.#nodeTexts.write(client, node, { label: naming.label, keys: naming.keys ?? null });
      if (written === null) return null;
      text += written;
    }
    return text;
  }

  sections(state: StateId, keys: KeyLabels | null): StateSections | null {
    return this.#sections.of(this.#read(state), keys);
  }

  keyOrder(state: StateId): readonly number[] | null {
    const [database = 0] = this.#read(state);
    const known = this.#keyOrders[database];
    if (known !== undefined) return known;
    const order = this.#server.keyOrder(this.#databases.value(database), this.keys);
    this.#keyOrders[database] = order;
    return order;
  }

  computesWithKeys(sql: string): boolean {
    return this.#server.computesWithKeys(this.#databases.value(0), sql, this.keys);
  }

  get sectionTexts(): Pick<Interner<string>, "size" | "value"> {
    return this.#sections.texts;
  }

  actsAlone(state: StateId, client: number): boolean {
    // Where things can go wrong everybody's next step may be another's fault.
    if ("strike" in this.#server) return false;
    const row = this.#read(state);
    const [database = 0] = row;
    const planned = this.#local.plan(database, client, row[client + 1] as Node);
    const value = this.#databases.value(database);
    return planned.every(({ move, sent }) => {
      return move === null || (sent !== null && this.#server.actsAlone(value, client, sent, this.locksTables));
    });
  }

  get locksTables(): boolean {
    return this.#local.locksTables;
  }

  visible(state: StateId): number {
    return this.#visible.of(this.#read(state));
  }

  get processSteps(): readonly ProcessStep[] {
    return this.#local.processSteps;
  }

  get evidence(): Evidence {
    return this.#local.evidence;
  }

  get rowsChanged(): boolean {
    return this.#visible.rowsChanged;
  }

  get statements(): ReadonlySet<string> {
    return this.#local.statements;
  }

  ordersTexts(sql: string): boolean {
    return this.#server.ordersTexts(this.#databases.value(0), sql);
  }

  fingerprint(state: StateId): string {
    const row = this.#read(state);
    const local = this.processes.map((process, client) => {
      const node = row[client + 1] as Node;
      return [process.describe(node), process.view(node)];
    });
    return fingerprintText(JSON.stringify([this.#server.key(this.#databases.value(row[0] as number)), local]));
  }

  parts(state: StateId): { database: number; nodes: readonly Node[] } {
    const [database = 0, ...nodes] = this.#read(state);
    return { database, nodes };
  }

  toldSteps(database: number, client: number, node: Node): readonly ToldStep[] {
    const steps = this.#local.of(database, client, node);
    if (steps instanceof Promise)
      throw new Error("assertion failed: the steps of a state are told after it was expanded");
    const running = this.#server.statement(this.#databases.value(database), client);
    return this.#local.plan(database, client, node).map(({ move, sent }, at) => ({
      ...(steps[at] as LocalStep),
      statement: move === null ? null : ((sent ?? running)?.text ?? null),
      sends: sent !== null,
    }));
  }

  size(): { states: number; databases: number; localSteps: number; bytes: number } {
    return {
      states: this.#rows.size,
      databases: this.#databases.size,
      localSteps: this.#local.size,
      bytes: this.#rows.bytes + this.#visible.bytes + this.#databases.bytes + this.#local.size * BYTES_A_LOCAL_STEP,
    };
  }

  /** The row of a state, in a buffer that the next call overwrites. */
  #read(state: StateId): Int32Array {
    this.#rows.read(state, this.#row);
    return this.#row;
  }

  #notEnabled(state: StateId, choice: Choice): UsageError {
    const enabled = this.choices(state).map(({ client, action }) => `${client}: ${action}`);
    return new UsageError(
      "choice-not-enabled",
      `"${choice.client}: ${choice.action}" is not a step that can be taken here`,
      enabled.length === 0 ? "No step can be taken here." : `The steps that can be taken: ${enabled.join(", ")}.`,
    );
  }

  #name(client: number): string {
    return this.clients[client] ?? `session ${client}`;
  }

  #named(sentence: string): string {
    return sentence.replace(/\bsession (\d+)/g, (_, number: string) => this.#name(Number(number)));
  }

  #process(client: number): Process {
    const process = this.processes[client];
    if (process === undefined) throw new RangeError(`there is no client ${client}`);
    return process;
  }
}

/** An error that ends a client is never a silent end: the last property of every system, unless it is there or not wanted. */
function withUnexpectedErrors({ properties, allowedErrors = [] }: SystemParts): readonly Property[] {
  const isThere = properties.some(({ name }) => name === NO_UNEXPECTED_ERROR);
  return isThere || allowedErrors === "all" ? properties : [...properties, noUnexpectedError(allowedErrors)];
}

/** Whether the process has a statement to send of its own accord, and does not wait for a wish of its user. */
function goesOn(process: Process, node: Node): boolean {
  return process.requests(node).some(({ name }) => name === "next");
}
