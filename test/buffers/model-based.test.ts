/** Drives the production code along the paths that @xstate/graph finds through the machines, with scripted replies. */
import { getShortestPaths } from "@xstate/graph";
import { describe, expect, test } from "vitest";
import { type AnyMachineSnapshot, type EventObject, initialTransition, transition } from "xstate";
import type { Protocol, Query, ReplyEvent } from "../../model/protocol.ts";
import { race001 } from "../../model/scenarios/race-001.ts";
import {
  atomicUpdate,
  BufferError,
  brokenCheckThenAct,
  releaseBuffer,
  type SessionResult,
  type Strategy,
  selectForUpdate,
} from "../../src/buffers/index.ts";
import { movesOf, walkOptions } from "../../src/docs/walk.ts";
import { driverError } from "./replies.ts";
import { quiet, ScriptedSession } from "./scripted-session.ts";

const CLIENT = "alice";
const BUFFER = 1;

/** Ways through the machine that take every one of its moves: to each state by the shortest path, and on by each event. */
function pathsOf(protocol: Protocol): readonly (readonly EventObject[])[] {
  const options = walkOptions(protocol, [BUFFER]);
  const paths = getShortestPaths(protocol.machine, options);
  const moves = movesOf(protocol, [BUFFER]);
  return paths.flatMap(({ state, steps }) => {
    const there = steps.map(({ event }) => event).filter(({ type }) => type !== "xstate.init");
    const key = options.serializeState(state);
    return moves.filter(({ from }) => options.serializeState(from) === key).map(({ event }) => [...there, event]);
  });
}

/** A client of the production code that is told what to do, one user event at a time. */
class ProductionUser {
  readonly session = new ScriptedSession();
  readonly #strategy: Strategy;
  owns = false;
  fault: unknown = null;

  constructor(strategy: Strategy) {
    this.#strategy = strategy;
  }

  async take(event: EventObject): Promise<void> {
    switch (event.type) {
      case "acquire":
        this.#run(async () => {
          this.owns = (await this.#strategy.acquire(this.session, BUFFER, CLIENT)) === "acquired";
        });
        return quiet();
      case "release":
        this.owns = false;
        this.#run(() => releaseBuffer(this.session, BUFFER, CLIENT));
        return quiet();
      default:
        return this.session.answer(resultOf(event as ReplyEvent));
    }
  }

  #run(work: () => Promise<void>): void {
    void work().catch((error: unknown) => {
      if (!(error instanceof BufferError)) this.fault = error;
    });
  }
}

function resultOf(event: ReplyEvent): Promise<SessionResult> {
  return event.type === "rows" ? Promise.resolve(event) : Promise.reject(driverError(event.sqlstate, event.message));
}

/** What the machine asks for when it takes this event. */
function askedBy(
  protocol: Protocol,
  before: AnyMachineSnapshot,
  event: EventObject,
): [AnyMachineSnapshot, Query | null] {
  const [after, actions] = transition(protocol.machine, before, event);
  return [after, (actions[0]?.params as Query | undefined) ?? null];
}

const pairs = [brokenCheckThenAct, atomicUpdate, selectForUpdate].map((strategy) => {
  const protocol = race001.protocols.find(({ name }) => name === strategy.name);
  if (protocol === undefined) throw new Error(`no protocol ${strategy.name}`);
  return { name: strategy.name, strategy, protocol };
});

describe.each(pairs)("the production code follows its machine: $name", ({ strategy, protocol }) => {
  const paths = pathsOf(protocol);

  test("on paths that take every move of the machine", () => {
    expect(paths.length).toBe(movesOf(protocol, [BUFFER]).length);
  });

  test.each(paths.map((path) => [path.map(inWords).join(", "), path] as const))("%s", async (_, path) => {
    const user = new ProductionUser(strategy);
    let [state]: [AnyMachineSnapshot, ...unknown[]] = initialTransition(protocol.machine, { client: CLIENT });
    for (const event of path) {
      const [after, query] = askedBy(protocol, state, event);
      await user.take(event);
      expect({ asked: user.session.asked, owns: user.owns ? BUFFER : null, fault: user.fault }).toEqual({
        asked: query,
        ...protocol.view(after),
        fault: null,
      });
      state = after;
    }
  });
});

function inWords(event: EventObject): string {
  if (event.type !== "rows") return event.type;
  const { rows, rowCount } = event as Extract<ReplyEvent, { readonly type: "rows" }>;
  return rows[0] === undefined ? `row count ${rowCount}` : `row ${JSON.stringify(rows[0])}`;
}
