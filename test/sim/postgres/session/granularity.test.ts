/** Where a statement stops: coarse at waits and commits, fine at every point at which another session can step in. */
import { beforeAll, describe, expect, it } from "vitest";
import { createServer, loadGrammar } from "../../../../sim/postgres/index.ts";
import type { Database, Server, ServerOutcome } from "../../../../sim/postgres/server.ts";

beforeAll(loadGrammar);

const SETUP = ["CREATE TABLE buffers (id integer PRIMARY KEY, locked_by text)", "INSERT INTO buffers (id) VALUES (1)"];
const TAKE = "UPDATE buffers SET locked_by = $1 WHERE id = $2 AND locked_by IS NULL RETURNING id";

function serverOf(granularity: "fine" | "coarse", sessions = 3): Server {
  return createServer({ sessions, setup: SETUP, granularity, isolation: "read committed" });
}

function send(server: Server, database: Database, session: number, text: string): ServerOutcome {
  const values = text === TAKE ? [`client${session}`, 1] : [];
  return server.step(database, session, { kind: "send", query: { text, values } });
}

describe("coarse granularity", () => {
  it("runs a statement to its end, and commits in a step of its own", () => {
    const server = serverOf("coarse");
    const sent = send(server, server.initial, 0, TAKE);
    expect(sent.progress).toEqual({
      kind: "finished",
      reply: { kind: "rows", command: "UPDATE", rowCount: 1, fields: ["id"], rows: [[1]] },
    });
    expect(server.committed(sent.database)).toEqual({ buffers: [{ id: 1, locked_by: null }] });
    expect(server.moves(sent.database)).toEqual([{ session: 0, kind: "commit" }]);
    const committed = server.step(sent.database, 0, { kind: "commit" });
    expect(committed.committed).toBe(true);
    expect(server.committed(committed.database)).toEqual({ buffers: [{ id: 1, locked_by: "client0" }] });
    expect(server.moves(committed.database)).toEqual([]);
  });

  it("ends an autocommit statement that wrote nothing in its own step", () => {
    const server = serverOf("coarse");
    const { database } = server.step(send(server, server.initial, 0, TAKE).database, 0, { kind: "commit" });
    const outcome = send(server, database, 1, TAKE);
    expect(outcome.progress).toMatchObject({ kind: "replied", reply: { rowCount: 0 } });
    expect(server.key(outcome.database)).toBe(server.key(database));
  });

  it("gives the turn to who was woken: nobody else moves before it has run", () => {
    const server = serverOf("coarse");
    const first = send(server, server.initial, 0, TAKE);
    const waiting = send(server, first.database, 1, TAKE);
    expect(waiting.progress).toEqual({ kind: "waits", waitsFor: [0], what: "the row lock on buffers (id = 1)" });
    const woken = server.step(waiting.database, 0, { kind: "commit" });
    expect(woken.woken).toEqual([1]);
    expect(server.moves(woken.database)).toEqual([{ session: 1, kind: "resume" }]);
    expect([0, 1, 2].map((session) => server.canSend(woken.database, session))).toEqual([false, false, false]);
    const resumed = server.step(woken.database, 1, { kind: "resume" });
    expect(resumed.progress).toMatchObject({ kind: "finished", reply: { rowCount: 0 } });
    expect(resumed.notes).toEqual([
      "takes the row lock on buffers (id = 1)",
      "the row was updated meanwhile: reads it again, locked_by is now 'client0'",
    ]);
  });

  it("lets those who stood in line for a changed row begin in their order", () => {
    const server = serverOf("coarse", 4);
    let database = changedWithWaiters(server);
    const resumed: number[] = [];
    for (let [move] = server.moves(database); move?.kind === "resume"; [move] = server.moves(database)) {
      expect(server.moves(database).filter(({ kind }) => kind === "resume")).toEqual([move]);
      resumed.push(move.session);
      database = server.step(database, move.session, { kind: "resume" }).database;
    }
    expect(resumed).toEqual([2, 1, 3]);
  });

  it("offers all who chase an updated row, as PostgreSQL leaves their order open", () => {
    const server = serverOf("coarse", 4);
    let database = changedWithWaiters(server);
    for (const session of [2, 1, 3]) database = server.step(database, session, { kind: "resume" }).database;
    database = server.step(database, 2, { kind: "commit" }).database;
    expect(server.moves(database)).toEqual([
      { session: 1, kind: "resume" },
      { session: 3, kind: "resume" },
    ]);
  });
});

/** Session 0 has committed a change of the row for which 2, 1 and 3 wait. */
function changedWithWaiters(server: Server): Database {
  let database = send(server, server.initial, 0, "begin; update buffers set locked_by = 'x'").database;
  database = server.step(database, 0, { kind: "resume" }).database;
  for (const session of [2, 1, 3])
    database = send(server, database, session, "update buffers set locked_by = 'y'").database;
  return send(server, database, 0, "commit").database;
}

describe("sessions that a queue lets go at once", () => {
  const locked = (): { server: Server; database: Database } => {
    const server = serverOf("coarse", 3);
    let { database } = send(server, server.initial, 0, "begin; lock table buffers");
    database = server.step(database, 0, { kind: "resume" }).database;
    for (const session of [2, 1]) database = send(server, database, session, TAKE).database;
    return { server, database: send(server, database, 0, "commit").database };
  };

  it("go in any order, the first of the queue before the others", () => {
    const { server, database } = locked();
    expect(server.moves(database)).toEqual([2, 1].map((session) => ({ session, kind: "resume" })));
  });

  it("may run the other statements of their message before the others go on", () => {
    const server = serverOf("coarse", 3);
    let { database } = send(server, server.initial, 0, "begin; lock table buffers");
    database = server.step(database, 0, { kind: "resume" }).database;
    database = send(server, database, 1, TAKE).database;
    database = send(server, database, 2, "update buffers set id = id; select 1").database;
    database = send(server, database, 0, "commit").database;
    database = server.step(database, 2, { kind: "resume" }).database;
    expect(server.moves(database)).toEqual([1, 2].map((session) => ({ session, kind: "resume" })));
  });

  it("may have their autocommit before the others go on", () => {
    const { server, database } = locked();
    const overtaken = server.step(database, 1, { kind: "resume" });
    expect(server.moves(overtaken.database)).toEqual([
      { session: 2, kind: "resume" },
      { session: 1, kind: "commit" },
    ]);
  });
});

describe("fine granularity", () => {
  it("stops between the snapshot and the row lock", () => {
    const server = serverOf("fine");
    const sent = send(server, server.initial, 0, TAKE);
    expect(sent.progress).toEqual({ kind: "stopped", at: "before the lock on buffers (id = 1)" });
    const other = send(server, sent.database, 1, TAKE);
    const locked = server.step(other.database, 1, { kind: "resume" });
    const committed = server.step(locked.database, 1, { kind: "commit" });
    const late = server.step(committed.database, 0, { kind: "resume" });
    expect(late.progress).toMatchObject({ kind: "finished", reply: { rowCount: 0 } });
  });

  it("lets a newcomer take a row before the one who was woken for it", () => {
    const server = serverOf("fine");
    let database = server.step(send(server, server.initial, 0, TAKE).database, 0, { kind: "resume" }).database;
    database = server.step(send(server, database, 1, TAKE).database, 1, { kind: "resume" }).database;
    expect(server.status(database, 1).kind).toBe("waiting");
    database = server.step(database, 0, { kind: "commit" }).database;
    expect(server.status(database, 1).kind).toBe("running");
    database = send(server, database, 2, "update buffers set locked_by = null").database;
    const newcomer = server.step(database, 2, { kind: "resume" });
    expect(newcomer.progress.kind).toBe("finished");
    expect(server.step(newcomer.database, 1, { kind: "resume" }).progress).toMatchObject({
      kind: "waits",
      waitsFor: [2],
    });
  });

  it("does not remember in which order waiters came", () => {
    const server = serverOf("fine");
    const first = server.step(send(server, server.initial, 0, TAKE).database, 0, { kind: "resume" }).database;
    const wait = (database: Database, session: number): Database =>
      server.step(send(server, database, session, TAKE).database, session, { kind: "resume" }).database;
    expect(server.key(wait(wait(first, 1), 2))).toBe(server.key(wait(wait(first, 2), 1)));
  });
});

describe("a database", () => {
  it("that comes back to where it was has the same key", () => {
    const server = serverOf("fine");
    let database = server.initial;
    for (const text of [
      "begin",
      "update buffers set locked_by = 'x'",
      "commit",
      "update buffers set locked_by = null",
    ]) {
      database = send(server, database, 0, text).database;
      for (let [move] = server.moves(database); move; [move] = server.moves(database)) {
        database = server.step(database, move.session, move).database;
      }
    }
    expect(server.key(database)).toBe(server.key(server.initial));
  });

  it("is not changed by a step", () => {
    const server = serverOf("fine");
    const before = server.key(server.initial);
    const { database } = send(server, server.initial, 0, "begin");
    const key = server.key(database);
    send(server, database, 0, "update buffers set locked_by = 'x'");
    send(server, database, 1, TAKE);
    expect([server.key(server.initial), server.key(database)]).toEqual([before, key]);
  });

  it("with a snapshot after which nothing was committed is equal to one whose snapshot is newer", () => {
    const server = serverOf("coarse");
    const read = "begin isolation level repeatable read; select * from buffers";
    const run = (database: Database, session: number, text: string): Database => {
      let at = send(server, database, session, text).database;
      for (let [move] = server.moves(at); move; [move] = server.moves(at))
        at = server.step(at, move.session, move).database;
      return at;
    };
    const before = run(run(server.initial, 0, read), 1, "update buffers set locked_by = 'x' where id = 9");
    expect(server.key(before)).toBe(server.key(run(server.initial, 0, read)));
  });
});
