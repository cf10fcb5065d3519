/**
 * What one client can do next, computed once: the steps of client `c` depend on the database and on `c`'s own node only, so
 * they are a table over (database, client, node), all three of them integers.
 *
 *     (db 17, alice, node 3)  ->  [ action "next",   db 21, node 4 ]
 *                                 [ action "commit", db 22, node 5 ]
 *
 * An entry costs one run of the simulated server and perhaps of user code; it is made when it is first asked for. From
 * then on a step of the explorer is a look-up, unless only some entries are to be kept: then one that was forgotten is made again.
 * A process that is an async function answers with a promise the first time, so `of` may do so, too.
 */
import type { Query, Reply } from "../../model/protocol.ts";
import type { Database, OwnMove, Server, ServerMove } from "../postgres/server.ts";
import type { Node, Process } from "../process/process.ts";
import type { Databases } from "./databases.ts";
import { Evidence } from "./evidence.ts";
import type { Fault, FaultyServer, Struck } from "./faulty-server.ts";

/** One step of one client: the name of its action, the database after it, and the client's node after it. */
export interface LocalStep {
  readonly action: string;
  readonly database: number;
  readonly node: Node;
  /** The SQLSTATE of the error that this step answered its client with, or null. */
  readonly failed: string | null;
}

/** What is to be run for an action: a move of the server, a fault, or nothing for a local step; and the node it starts from. */
export interface Planned {
  readonly action: string;
  readonly move: ServerMove | null;
  readonly sent: Query | null;
  readonly from: Node;
  /** What goes wrong; with a move: in its commit. */
  readonly fault: Fault | null;
}

/** What a process did by itself, whatever the database: it asked for something (`from` is another node), and it was answered. */
export interface ProcessStep {
  readonly client: number;
  readonly node: Node;
  /** The node after its request; the same one where it made none. */
  readonly from: Node;
  /** What it was told, or null. */
  readonly reply: Reply | null;
  readonly to: Node;
}

export class LocalSteps {
  /** Each step that a process has taken so far, once, in their order. */
  readonly processSteps: ProcessStep[] = [];
  /** What clients have been answered so far. */
  readonly evidence: Evidence;
  readonly #processStepsKnown = new Set<string>();
  readonly #server: Server;
  readonly #processes: readonly Process[];
  readonly #databases: Databases;
  readonly #faults: FaultyServer | null;
  #asked: { readonly database: number; readonly moves: readonly OwnMove[] } | null = null;
  #steps = new Map<number, readonly LocalStep[]>();
  /** What was asked for before the entries of `#steps`; empty where everything is kept. */
  #older = new Map<number, readonly LocalStep[]>();
  readonly #kept: number;
  /** Nodes are numbered by each process on its own; a key leaves this much room for them. */
  static readonly #NODES = 2 ** 22;

  /** `server` may be one in whose world things go wrong. Of the entries at least the last `kept` are kept, and twice as many at most. */
  constructor(
    server: Server | FaultyServer,
    processes: readonly Process[],
    databases: Databases,
    kept = Number.POSITIVE_INFINITY,
  ) {
    this.#server = server;
    this.#faults = "strike" in server ? server : null;
    this.#processes = processes;
    this.evidence = new Evidence(processes.length);
    this.#databases = databases;
    // A state is expanded with the entries of all of its clients.
    this.#kept = Math.max(kept, processes.length);
  }

  /** The number of entries that are kept. */
  get size(): number {
    return this.#steps.size + this.#older.size;
  }

  /** The steps of a client, in a fixed order: its requests, then the server's moves for it. */
  of(database: number, client: number, node: Node): readonly LocalStep[] | Promise<readonly LocalStep[]> {
    if (node >= LocalSteps.#NODES) throw new RangeError(`a client has more than ${LocalSteps.#NODES} local states`);
    const key = (database * this.#processes.length + client) * LocalSteps.#NODES + node;
    const known = this.#steps.get(key);
    if (known !== undefined) return known;
    const older = this.#older.get(key);
    if (older !== undefined) {
      this.#older.delete(key);
      return this.#remember(key, older);
    }
    return this.#compute(database, client, node, key);
  }

  /** The texts of all statements that were sent so far. */
  readonly statements = new Set<string>();
  #locksTables = false;

  /** Whether one of them may lock a table against those who read and write its rows. */
  get locksTables(): boolean {
    return this.#locksTables;
  }

  /** What the client could do, by name, without doing it. */
  plan(database: number, client: number, node: Node): readonly Planned[] {
    const value = this.#databases.value(database);
    const planned: Planned[] = [];
    if (this.#server.canSend(value, client)) {
      for (const request of this.#process(client).requests(node)) {
        const move: ServerMove | null = request.query === null ? null : { kind: "send", query: request.query };
        planned.push({ action: request.name, move, sent: request.query, from: request.then, fault: null });
      }
    }
    for (const move of this.#movesIn(database, value)) {
      if (move.session === client)
        planned.push({ action: actionOf(move), move: serverMove(move), sent: null, from: node, fault: null });
    }
    return this.#faults === null
      ? planned
      : [...planned, ...this.#faultsFor(this.#faults, { value, client, node, planned })];
  }

  /** One client after the other is asked about the same database. */
  #movesIn(database: number, value: Database): readonly OwnMove[] {
    if (this.#asked?.database !== database) this.#asked = { database, moves: this.#server.moves(value) };
    return this.#asked.moves;
  }

  /** Everything that may go wrong: by itself, and in a commit that could be made now. */
  #faultsFor(
    faults: FaultyServer,
    at: {
      readonly value: Database;
      readonly client: number;
      readonly node: Node;
      readonly planned: readonly Planned[];
    },
  ): readonly Planned[] {
    const { value, client, node, planned } = at;
    const lost = planned.flatMap((each) =>
      (each.move === null ? [] : faults.lostCommitsOf(value, client, each.move)).map((fault) => ({
        ...each,
        // One request of several is told apart by its name; a process that goes on by itself has one.
        action: each.sent === null || each.action === "next" ? fault.action : `${each.action}, ${fault.action}`,
        fault,
      })),
    );
    const others = faults
      .faultsOf(value, client)
      .map((fault): Planned => ({ action: fault.action, move: null, sent: null, from: node, fault }));
    return [...lost, ...others];
  }

  /** Runs one planned action; the outcome is null for a local step. */
  run(database: number, client: number, planned: Planned): { outcome: Struck | null; node: Node | Promise<Node> } {
    if (planned.sent !== null && !this.statements.has(planned.sent.text)) {
      this.statements.add(planned.sent.text);
      this.#locksTables ||= this.#server.locksTables(planned.sent.text);
    }
    const outcome = this.#outcome(this.#databases.value(database), client, planned);
    if (outcome === null) return { outcome, node: planned.from };
    if (planned.fault?.kind === "crash") return { outcome, node: this.#process(client).initial };
    const reply = delivered(outcome);
    const node = reply === null ? planned.from : this.#process(client).advance(planned.from, reply);
    return { outcome, node };
  }

  #outcome(database: Database, client: number, { move, fault }: Planned): Struck | null {
    if (fault === null || this.#faults === null)
      return move === null ? null : this.#server.step(database, client, move);
    if (move !== null) return this.#faults.loseCommit(database, client, { move, fault });
    return this.#faults.strike(database, client, fault);
  }

  #compute(
    database: number,
    client: number,
    node: Node,
    key: number,
  ): readonly LocalStep[] | Promise<readonly LocalStep[]> {
    const steps: (LocalStep | Promise<LocalStep>)[] = [];
    let waits = false;
    for (const planned of this.plan(database, client, node)) {
      const { outcome, node: next } = this.run(database, client, planned);
      const after = outcome === null ? database : this.#databases.intern(outcome.database);
      const reply = outcome === null ? null : delivered(outcome);
      this.#noteAnswer(database, client, planned, reply);
      const failed = reply?.kind === "failed" ? reply.sqlstate : null;
      if (typeof next === "number") {
        if (planned.fault?.kind !== "crash") this.#note({ client, node, from: planned.from, reply, to: next });
        this.#noteCutOff(client, next);
        steps.push({ action: planned.action, database: after, node: next, failed });
      } else {
        waits = true;
        steps.push(
          next.then((known) => {
            this.#noteCutOff(client, known);
            return { action: planned.action, database: after, node: known, failed };
          }),
        );
      }
    }
    if (!waits) return this.#remember(key, steps as readonly LocalStep[]);
    return Promise.all(steps).then((known) => this.#remember(key, known));
  }

  #noteAnswer(database: number, client: number, { sent }: Planned, reply: Reply | null): void {
    if (sent !== null) this.evidence.noteSent(client);
    if (reply === null) return;
    this.evidence.noteReply(client, reply, () => {
      const statement = sent ?? this.#server.statement(this.#databases.value(database), client);
      return statement?.text ?? "";
    });
  }

  #noteCutOff(client: number, node: Node): void {
    const bound = this.#process(client).cutOff?.(node) ?? null;
    if (bound !== null) this.evidence.noteCutOff(bound);
  }

  #note(step: ProcessStep): void {
    if (step.from === step.node && step.to === step.node) return;
    const key = JSON.stringify(step);
    if (this.#processStepsKnown.has(key)) return;
    this.#processStepsKnown.add(key);
    this.processSteps.push(step);
  }

  #remember(key: number, steps: readonly LocalStep[]): readonly LocalStep[] {
    if (this.#steps.size >= this.#kept) {
      this.#older = this.#steps;
      this.#steps = new Map();
    }
    this.#steps.set(key, steps);
    return steps;
  }

  #process(client: number): Process {
    const process = this.#processes[client];
    if (process === undefined) throw new RangeError(`there is no client ${client}`);
    return process;
  }
}

/** `resume`, or `resume: t (id = 2) next` where the plan decides. */
function actionOf({ kind, option }: OwnMove): string {
  return option === undefined ? kind : `${kind}: ${option}`;
}

function serverMove({ kind, option }: OwnMove): ServerMove {
  return kind === "resume" && option !== undefined ? { kind, option } : { kind };
}

/** The reply that the step delivered to its client, or null when the statement goes on. */
function delivered(outcome: Struck): Reply | null {
  return outcome.progress.kind === "replied" ? outcome.progress.reply : null;
}
