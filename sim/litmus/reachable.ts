/**
 * The outcomes that a program can have: every interleaving of the simulated server is followed to its end.
 *
 *     reachable(program)                     all outcomes, or that a bound was reached
 *     reachable(program, { only: seen })     those of `seen` that can be reached; what leads to none of them is not followed
 *
 * Depth first, each state once. Who acts alone goes first, as in sim/explore/partial-order.ts; the argument there is for states
 * that are looked at on the way, and here only ends are looked at, so what is seen on the way need not stay the same. A session's
 * replies are part of its state and it never repeats itself, so there are no circles and every way has an end.
 *
 * At an end a session of nobody's reads the tables, so that rows are told by the same code as replies. An end in which somebody
 * still waits is `stuck`: on a real server that run would never be over.
 */
import { createServer } from "../postgres/index.ts";
import type { Database, Server, ServerOptions, ServerOutcome } from "../postgres/server.ts";
import { buildSystem } from "../system/build.ts";
import type { Expansion, ExplorableSystem } from "../system/explorable-system.ts";
import type { Granularity, StateId } from "../system/system.ts";
import { type Outcome, outcomeKey, rowsWords, toldOf } from "./outcome.ts";
import { pointKind } from "./point-kinds.ts";
import { finalQueries, type LitmusProgram } from "./program.ts";
import { type ScriptProcess, scriptProcess } from "./script-process.ts";

export interface ReachOptions {
  readonly statesMax: number;
  readonly granularity?: Granularity;
  /** The only outcomes that matter; the search ends when all of them were met. */
  readonly only?: readonly Outcome[];
  /** Where the server comes from: another one than the simulator's own shows that a wrong one is found out. */
  readonly makeServer?: (options: ServerOptions) => Server;
  /** Lets others run, now and then; false ends the search. */
  readonly pause?: () => Promise<boolean>;
}

export interface Reach {
  /** By key (outcome.ts). */
  readonly outcomes: ReadonlySet<string>;
  readonly states: number;
  /** False where a bound was reached or the search was ended: then there may be more outcomes. */
  readonly complete: boolean;
  /** In an end somebody still waits. */
  readonly stuck: boolean;
  /** How often a step ended at each kind of point. */
  readonly points: ReadonlyMap<string, number>;
}

const STATES_PER_PAUSE = 256;

/** Explores a program. The grammar must be loaded. SQL that is not modelled is a `UsageError` with its place. */
export async function reachable(program: LitmusProgram, options: ReachOptions): Promise<Reach> {
  const first = await new Search(program, options).run();
  // Until a statement came up that locks tables, ends of readers were taken for nobody else's matter.
  return first.again ? new Search(program, options, true).run() : first;
}

class Search implements Reach {
  readonly outcomes = new Set<string>();
  readonly points = new Map<string, number>();
  states = 0;
  complete = false;
  stuck = false;
  /** Whether something was left out that must not have been. */
  again = false;
  readonly #options: ReachOptions;
  readonly #wanted: ReadonlySet<string> | null;
  readonly #scripts: readonly ScriptProcess[];
  readonly #system: ExplorableSystem;
  readonly #followsAlone: boolean;

  constructor(program: LitmusProgram, options: ReachOptions, locksTables = false) {
    const { only } = options;
    this.#options = options;
    this.#wanted = only === undefined ? null : new Set(only.map(outcomeKey));
    this.#scripts = program.sessions.map((statements, session) =>
      scriptProcess(statements, only?.map(({ replies }) => replies[session] ?? []) ?? null),
    );
    this.#followsAlone = !locksTables;
    this.#system = buildSystem({
      server: this.#counting(serverOf(program, options)),
      clients: program.sessions.map((_, session) => `s${session + 1}`),
      processes: this.#scripts,
      properties: [],
      granularity: options.granularity ?? "fine",
    });
  }

  async run(): Promise<this> {
    const system = this.#system;
    const locksTables = system.locksTables;
    const seen = new Set<StateId>([system.initial]);
    const open: StateId[] = [system.initial];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      this.states += 1;
      if (this.states > this.#options.statesMax || !(await this.#mayGoOn())) return this;
      const { states } = await this.#expand(state);
      if (states.length === 0) this.#end(state);
      if (this.#wanted !== null && this.outcomes.size === this.#wanted.size) break;
      for (const next of states) {
        if (seen.has(next)) continue;
        seen.add(next);
        open.push(next);
      }
    }
    this.complete = true;
    this.again = this.#followsAlone && system.locksTables !== locksTables;
    return this;
  }

  async #mayGoOn(): Promise<boolean> {
    const { pause } = this.#options;
    return pause === undefined || this.states % STATES_PER_PAUSE !== 0 || (await pause());
  }

  async #expand(state: StateId): Promise<Expansion> {
    if (this.#isCut(state)) return { codes: [], states: [] };
    if (!this.#followsAlone) return this.#system.expand(state);
    for (const client of this.#scripts.keys()) {
      if (!this.#system.actsAlone(state, client)) continue;
      const steps = await this.#system.expand(state, [client]);
      if (steps.states.length > 0) return steps;
    }
    return this.#system.expand(state);
  }

  #isCut(state: StateId): boolean {
    const { nodes } = this.#system.parts(state);
    return this.#scripts.some((script, at) => script.isCut(nodes[at] ?? 0));
  }

  #end(state: StateId): void {
    if (this.#isCut(state)) return;
    const { clients, tables } = this.#system.world(state);
    if (clients.some(({ ended }) => !ended)) {
      this.stuck = true;
      return;
    }
    const { nodes } = this.#system.parts(state);
    const outcome = {
      replies: this.#scripts.map((script, at) => script.replies(nodes[at] ?? 0)),
      end: Object.entries(tables).map(([of, [row]]): readonly [string, string] => [of, String(row?.["rows"] ?? "")]),
    };
    const key = outcomeKey(outcome);
    if (this.#wanted === null || this.#wanted.has(key)) this.outcomes.add(key);
  }

  /** A step is computed once, so what is counted are different steps. */
  #counting(server: Server): Server {
    return {
      ...server,
      step: (database, session, move, now) => {
        const outcome = server.step(database, session, move, now);
        const kind = pointKind(outcome.progress);
        this.points.set(kind, (this.points.get(kind) ?? 0) + 1);
        return outcome;
      },
    };
  }
}

/** A server with one session more, which reads the tables: what is committed is told as that session sees it. */
function serverOf(program: LitmusProgram, { granularity = "fine", makeServer = createServer }: ReachOptions): Server {
  const observer = program.sessions.length;
  const server = makeServer({
    sessions: observer + 1,
    setup: [...program.schema, ...(program.rows ?? [])],
    granularity,
    isolation: "read committed",
    cells: "texts",
  });
  const queries = finalQueries(program);
  return {
    ...server,
    committed: (database) => {
      let now = database;
      return Object.fromEntries(
        queries.map(({ of, text }) => {
          const { database: after, progress } = askAlone(server, now, observer, text);
          now = after;
          const told = progress.kind === "replied" ? toldOf(progress.reply) : null;
          const rows = told === null || told.kind === "failed" ? "not told" : rowsWords(told.rows, false);
          return [of, [{ rows }]];
        }),
      );
    },
  };
}

/** Sends a statement that nobody is in the way of, and lets it run to its end. */
function askAlone(server: Server, database: Database, session: number, text: string): ServerOutcome {
  let outcome = server.step(database, session, { kind: "send", query: { text, values: [] } });
  while (outcome.progress.kind === "stopped" || outcome.progress.kind === "finished") {
    const [move] = server.moves(outcome.database).filter((each) => each.session === session);
    if (move === undefined) break;
    outcome = server.step(outcome.database, session, move);
  }
  return outcome;
}
