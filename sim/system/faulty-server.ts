/**
 * A server in a world in which things go wrong: it carries the budget of faults, the clocks and who is on which connection.
 *
 *     database = | the server's own | left {crash 1} | lost [bob] | elapsed 0 | ahead [0, 1] | session [0, 1] |
 *
 * It is a server like the one that it wraps, for clients instead of sessions; what is added is `faultsOf` (what may strike a client now)
 * and `strike`. A fault is a step of the client that it strikes, and takes one of its kind out of the budget, so that the
 * states stay finitely many.
 *
 *     crash         the server takes back the client's transaction and lets go its session's locks; the client begins anew
 *     disconnect    the same, and the client keeps its memory: a statement under way is answered 57P01, else the next one is 08006
 *     lost-commit   a step that would commit: done or taken back, and answered 08007 either way
 *     lock-timeout  a statement that waits for a lock is answered 55P03
 *     stall         the clock goes on to a deadline of those that are stored, or past it (deadlines.ts); where the scenario has a clock
 *                   of its own, also by a stroke of a little more than a lease
 *     skew          the client's own clock goes that much ahead of the server's, or behind it
 *     pooler        two clients between transactions change their connections: what belongs to a session stays with it
 *
 * Example: alice holds the session's advisory lock 1. `alice: disconnect`: the lock is free, and alice believes what she believed.
 *
 * Time that passes comes out of a budget as faults do, and is none: without it, too, all that is stored gets older some day.
 *
 * A statement that is `CLIENT_CLOCK` goes to no server: the client looks at its own clock, and the world answers. Where there is a
 * clock it can be seen, as the table `clock`.
 *
 * Not modelled: a server that learns late that its client is gone (here it learns at once, also where the statement waits); a
 * pooler with fewer connections than clients; deadlines that only a client remembers.
 */
import type { FaultBudget, FaultKind } from "../../model/fault.ts";
import { STALL_SECONDS } from "../../model/fault.ts";
import { CLIENT_CLOCK, type Reply } from "../../model/protocol.ts";
import type {
  Database,
  Microseconds,
  Naming,
  Server,
  ServerMove,
  ServerOutcome,
  SessionId,
} from "../postgres/server.ts";
import { startText } from "../start-time.ts";
import { UsageError } from "../usage-error.ts";
import { comingMoments, deadlinesIn, placeAmong } from "./deadlines.ts";
import { Interner } from "./interner.ts";
import type { KnownComparisons } from "./time-passes.ts";

/** A fault that may strike a client now. */
export interface Fault {
  readonly kind: FaultKind;
  /** Its name in schedules: the kind, with what else there is to choose. */
  readonly action: string;
  /** The other client of a `pooler`; the direction of a `skew`; the time that passes in a `stall`; 0 for others. */
  readonly detail: number;
}

/** What comes of a fault. `local`: the client is told nothing now. */
export type Struck = Omit<ServerOutcome, "progress"> & {
  readonly progress: ServerOutcome["progress"] | { readonly kind: "local" };
};

export interface FaultyServer extends Server {
  faultsOf(database: Database, client: number): readonly Fault[];
  strike(database: Database, client: number, fault: Fault): Struck;
  /** What may become of a commit when the connection is lost in it; empty where the move commits nothing. */
  lostCommitsOf(database: Database, client: number, move: ServerMove): readonly Fault[];
  /** Loses the connection while the move commits. */
  loseCommit(database: Database, client: number, how: { readonly move: ServerMove; readonly fault: Fault }): Struck;
}

/** Everything of the world that is not in the server. */
interface World {
  readonly server: Database;
  readonly left: FaultBudget;
  /** By client: its connection is lost, and it does not know yet. */
  readonly lost: readonly boolean[];
  /** How much time has passed. */
  readonly elapsed: Microseconds;
  /** By client: how many strokes its clock is ahead of the server's. */
  readonly ahead: readonly number[];
  /** By client: its session. */
  readonly session: readonly SessionId[];
}

export interface FaultyOptions {
  readonly clients: readonly string[];
  readonly budget: FaultBudget;
  /** Whether time goes by in strokes, and there is a table that tells it, whatever the statements are. */
  readonly clock: boolean;
  /** What the statements compare with the clock. */
  readonly comparisons: KnownComparisons;
}

const STROKE_US = STALL_SECONDS * 1e6;

const LOST: Reply = failed("08006", "the connection to the server was lost");
const UNKNOWN: Reply = failed("08007", "the connection was lost during COMMIT: it may have been done or not");

const NOTES: Readonly<Record<FaultKind, string>> = {
  crash: "dies, and begins anew: its connection is closed, its transaction taken back",
  disconnect: "its connection is lost, its transaction taken back",
  "lost-commit": "its connection is lost during COMMIT",
  "lock-timeout": "its lock_timeout runs out",
  stall: "time passes",
  skew: "its own clock is set wrong",
  pooler: "the pooler gives both each other's server connection",
};

export function faultyServer(server: Server, { clients, budget, clock, comparisons }: FaultyOptions): FaultyServer {
  const everybody = [...clients.keys()];
  const initial = toDatabase({
    server: server.initial,
    left: budget,
    lost: everybody.map(() => false),
    elapsed: 0,
    ahead: everybody.map(() => 0),
    session: everybody,
  });

  function elapsedIn(world: World): Microseconds {
    return world.elapsed;
  }

  /** What the clock shows so long after the start, as PostgreSQL writes a timestamp with time zone. */
  function timeText(elapsed: Microseconds): string {
    return startText(server.now + elapsed);
  }

  /** Each length of time after which something is told another time than before. */
  function stallsOf(world: World): readonly Fault[] {
    const now = server.now + world.elapsed;
    const deadlines = deadlinesIn(comparisons.all, server.stored(world.server));
    const stroke = clock ? placeAmong(deadlines, now + STROKE_US) : null;
    return [
      ...(clock ? [{ kind: "stall", action: "stall", detail: STROKE_US } as const] : []),
      ...comingMoments(deadlines, now)
        .filter((moment) => placeAmong(deadlines, moment) !== stroke)
        .map((moment) => {
          const passed = moment - now;
          return { kind: "stall", action: `stall ${passed / 1e6}s`, detail: passed } as const;
        }),
    ];
  }

  function clockReply(world: World, client: number): Reply {
    const now = timeText(world.elapsed + (world.ahead[client] ?? 0) * STROKE_US);
    return { kind: "rows", command: "SELECT", rowCount: 1, fields: ["now"], rows: [[now]] };
  }

  /** What the inner server did, in terms of clients. */
  function told(world: World, outcome: ServerOutcome): ServerOutcome {
    const client = (session: SessionId): number => world.session.indexOf(session);
    const named = (text: string): string =>
      text.replace(/\bsession (\d+)/g, (_, session: string) => `session ${client(Number(session))}`);
    const { progress } = outcome;
    return {
      ...outcome,
      database: toDatabase({ ...world, server: outcome.database }),
      progress:
        progress.kind === "waits"
          ? { kind: "waits", waitsFor: progress.waitsFor.map(client), what: named(progress.what) }
          : progress,
      woken: outcome.woken.map(client),
      notes: outcome.notes.map(named),
    };
  }

  function step(database: Database, client: number, move: ServerMove): ServerOutcome {
    const world = fromDatabase(database);
    if (move.kind === "send" && world.lost[client])
      return answered({ ...world, lost: put(world.lost, client, false) }, LOST);
    if (move.kind === "send" && (world.left.stall ?? 0) > 0) comparisons.mustKnow(move.query);
    if (move.kind === "send" && move.query.text === CLIENT_CLOCK.text)
      return answered(world, clockReply(world, client));
    return told(world, server.step(world.server, world.session[client] as SessionId, move, elapsedIn(world)));
  }

  function hangUp(world: World, client: number): ServerOutcome {
    return told(
      world,
      server.step(world.server, world.session[client] as SessionId, { kind: "disconnect" }, elapsedIn(world)),
    );
  }

  function statusOf(world: World, client: number): ReturnType<Server["status"]> {
    return server.status(world.server, world.session[client] as SessionId);
  }

  function isBetween(world: World, client: number): boolean {
    const status = statusOf(world, client);
    return status.kind === "idle" && status.transaction === "none" && world.lost[client] === false;
  }

  /** Faults of this kind that may strike the client, whatever the budget. */
  function possible(kind: FaultKind, world: World, client: number): readonly Fault[] {
    const once = [{ kind, action: kind, detail: 0 }];
    switch (kind) {
      case "crash":
        return once;
      case "stall":
        return stallsOf(world);
      case "disconnect":
        return world.lost[client] ? [] : once;
      case "lost-commit":
        return [];
      case "lock-timeout": {
        const status = statusOf(world, client);
        return status.kind === "waiting" && status.what !== "a safe snapshot" ? once : [];
      }
      case "skew":
        if (world.ahead[client] !== 0) return [];
        return [1, -1].map((detail) => ({ kind, action: detail > 0 ? "skew ahead" : "skew behind", detail }));
      case "pooler":
        if (!isBetween(world, client)) return [];
        return everybody
          .filter((other) => other !== client && isBetween(world, other))
          .map((other) => ({ kind, action: `pooler with ${clients[other]}`, detail: other }));
    }
  }

  function strike(database: Database, client: number, fault: Fault): Struck {
    const world = spend(fromDatabase(database), fault.kind);
    const local = (next: World): Struck => ({
      ...answered(next, LOST),
      progress: { kind: "local" },
      notes: [NOTES[fault.kind]],
    });
    switch (fault.kind) {
      case "crash": {
        const fresh = { ...world, lost: put(world.lost, client, false) };
        const outcome = hangUp(fresh, client);
        return { ...outcome, progress: { kind: "local" }, notes: [NOTES.crash] };
      }
      case "disconnect": {
        const isIdle = statusOf(world, client).kind === "idle";
        const outcome = hangUp(isIdle ? { ...world, lost: put(world.lost, client, true) } : world, client);
        return { ...outcome, progress: isIdle ? { kind: "local" } : outcome.progress, notes: [NOTES.disconnect] };
      }
      case "lock-timeout":
        return step(toDatabase(world), client, { kind: "lock timeout" });
      case "stall":
        return {
          ...local({ ...world, elapsed: world.elapsed + fault.detail }),
          notes: [`${fault.detail / 1e6} seconds pass`],
        };
      case "skew":
        return local({ ...world, ahead: put(world.ahead, client, fault.detail) });
      case "pooler": {
        const [mine, theirs] = [world.session[client] as SessionId, world.session[fault.detail] as SessionId];
        return local({ ...world, session: put(put(world.session, client, theirs), fault.detail, mine) });
      }
      case "lost-commit":
        throw new RangeError("a commit is lost by loseCommit");
    }
  }

  function loseCommit(
    database: Database,
    client: number,
    { move, fault }: { readonly move: ServerMove; readonly fault: Fault },
  ): Struck {
    const world = spend(fromDatabase(database), "lost-commit");
    const done = fault.detail > 0 ? step(toDatabase(world), client, move) : null;
    const outcome = hangUp(done === null ? world : fromDatabase(done.database), client);
    return {
      ...outcome,
      progress: { kind: "replied", reply: UNKNOWN },
      committed: done !== null,
      woken: [...(done?.woken ?? []), ...outcome.woken],
      notes: [`${NOTES["lost-commit"]}, ${done === null ? "before it was done" : "after it was done"}`],
    };
  }

  return {
    initial,
    now: server.now,
    step,
    strike,
    loseCommit,
    faultsOf(database, client) {
      const world = fromDatabase(database);
      if (!server.rests(world.server)) return [];
      return (Object.keys(world.left) as FaultKind[]).flatMap((kind) =>
        (world.left[kind] ?? 0) > 0 ? possible(kind, world, client) : [],
      );
    },
    lostCommitsOf(database, client, move) {
      const world = fromDatabase(database);
      if ((world.left["lost-commit"] ?? 0) === 0 || world.lost[client] || !server.rests(world.server)) return [];
      const { committed, progress } = step(database, client, move);
      if (!committed || progress.kind !== "replied") return [];
      return [1, 0].map((detail) => ({
        kind: "lost-commit",
        action: detail > 0 ? "lost-commit done" : "lost-commit undone",
        detail,
      }));
    },
    moves: (database) => {
      const world = fromDatabase(database);
      return server.moves(world.server).map((move) => ({ ...move, session: world.session.indexOf(move.session) }));
    },
    rests: (database) => server.rests(fromDatabase(database).server),
    canSend: (database, client) => {
      const world = fromDatabase(database);
      return server.canSend(world.server, world.session[client] as SessionId);
    },
    status: (database, client) => {
      const world = fromDatabase(database);
      const status = statusOf(world, client);
      if (status.kind !== "waiting") return status;
      return { ...status, waitsFor: status.waitsFor.map((session) => world.session.indexOf(session)) };
    },
    statement: (database, client) => {
      const world = fromDatabase(database);
      return server.statement(world.server, world.session[client] as SessionId);
    },
    setting: (database, client, name) => {
      const world = fromDatabase(database);
      return server.setting(world.server, world.session[client] as SessionId, name);
    },
    committed: (database) => {
      const world = fromDatabase(database);
      const tables = server.committed(world.server);
      // A table of the user's own that is called so is left to be seen, unless the scenario wants ours.
      const isShown = clock || tables["clock"] === undefined;
      return isShown ? { ...tables, clock: [{ of: "server", now: timeText(world.elapsed) }] } : tables;
    },
    stored: (database) => server.stored(fromDatabase(database).server),
    inOrder: (database, rows) => server.inOrder(fromDatabase(database).server, rows),
    key: (database) => {
      const { server: inner, ...rest } = fromDatabase(database);
      const { elapsed } = rest;
      const passed = elapsed % STROKE_US === 0 ? elapsed / STROKE_US : `${elapsed} us`;
      return `${JSON.stringify({ ...rest, elapsed: passed })} ${server.key(inner)}`;
    },
    parts: () => {
      const inner = server.parts();
      const worlds = new Interner<Omit<World, "server">>((world) => JSON.stringify(world));
      return {
        cut: (database) => {
          const { server: value, ...rest } = fromDatabase(database);
          return [worlds.intern(rest), ...inner.cut(value)];
        },
        join: ([world = 0, ...row]) => toDatabase({ ...worlds.value(world), server: inner.join(row) }),
        get letters() {
          return worlds.letters + inner.letters;
        },
      };
    },
    actsAlone: () => false,
    locksTables: (sql) => server.locksTables(sql),
    text: (database, naming) => textOf(fromDatabase(database), naming),
    sections: (names) => {
      const sections = server.sections(names);
      return (database, keys) => {
        const { server: inner, left, lost, elapsed, ahead } = fromDatabase(database);
        const told = budget.pooler === undefined ? sections(inner, keys) : null;
        if (told === null) return null;
        const shared = `${JSON.stringify([left, elapsed])} ${told.shared}`;
        return { ...told, shared, gaps: told.gaps.map((gaps, client) => `${lost[client]} ${ahead[client]}${gaps}`) };
      };
    },
    ordersTexts: (database, sql) => sql !== CLIENT_CLOCK.text && server.ordersTexts(fromDatabase(database).server, sql),
    keyOrder: (database, keys) => server.keyOrder(fromDatabase(database).server, keys),
    computesWithKeys: (database, sql, keys) =>
      sql !== CLIENT_CLOCK.text && server.computesWithKeys(fromDatabase(database).server, sql, keys),
  };

  /** The budget and the time are everybody's; what belongs to a client is written with it. */
  function textOf({ server: inner, left, lost, elapsed, ahead }: World, naming: Naming): string {
    if (budget.pooler !== undefined) {
      throw new UsageError(
        "symmetry-refused",
        "symmetry cannot be used: with the fault pooler a client is not bound to one session",
        "Run it with --reductions none.",
      );
    }
    const each = naming.sessions.map((client) => [lost[client], ahead[client]]);
    return `${JSON.stringify([left, elapsed, each])} ${server.text(inner, naming)}`;
  }
}

function answered(world: World, reply: Reply): ServerOutcome {
  return { database: toDatabase(world), progress: { kind: "replied", reply }, committed: false, woken: [], notes: [] };
}

function spend(world: World, kind: FaultKind): World {
  return { ...world, left: { ...world.left, [kind]: (world.left[kind] ?? 0) - 1 } };
}

function put<T>(list: readonly T[], at: number, value: T): readonly T[] {
  return list.map((each, place) => (place === at ? value : each));
}

function failed(sqlstate: string, message: string): Reply {
  return { kind: "failed", sqlstate, message, detail: null };
}

function toDatabase(world: World): Database {
  return world as unknown as Database;
}

function fromDatabase(database: Database): World {
  return database as unknown as World;
}
