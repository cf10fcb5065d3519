/**
 * A small system of its own for tests of traces: one row, clients that check and then act (or act in one statement), row
 * locks with waiting, and autocommit as a step of its own. Independent of the simulated server, so that a test of the
 * trace fails for the trace's reasons only.
 *
 *     idle --acquire 1: SELECT--> checked --next: UPDATE--> updated --commit--> owner
 *                                                 \--> waiting --resume--> updated
 */
import type { Property, World } from "../../../model/property.ts";
import type { Query, Reply } from "../../../model/protocol.ts";
import type { Choice, Progress, StateId, System, Taken } from "../../../sim/system/system.ts";
import { UsageError } from "../../../sim/usage-error.ts";

type Local = "idle" | "checked" | "updated" | "waiting" | "runnable" | "owner";

interface State {
  readonly lockedBy: string | null;
  readonly locals: Readonly<Record<string, Local>>;
}

export interface FakeOptions {
  readonly clients: readonly string[];
  /** `check-then-act` reads first; `atomic` has the condition in its UPDATE. */
  readonly protocol: "check-then-act" | "atomic";
  /** Text in front of the row's value, to try odd values. */
  readonly prefix?: string;
}

export const SELECT = "SELECT locked_by FROM buffers WHERE id = $1";
export const UPDATE = "UPDATE buffers SET locked_by = $1 WHERE id = $2";

const mutualExclusion: Property = {
  kind: "always",
  name: "mutual-exclusion",
  sentence: "at most one client believes that it owns a buffer",
  violation: (world) => {
    const owners = world.clients.filter(({ view }) => view["owns"] === 1).map(({ name }) => name);
    return owners.length > 1 ? `${owners.join(" and ")} both own buffer 1` : null;
  },
};

export function fakeSystem({ clients, protocol, prefix = "" }: FakeOptions): System {
  const states: State[] = [{ lockedBy: null, locals: Object.fromEntries(clients.map((name) => [name, "idle"])) }];
  const keys = new Map([[JSON.stringify(states[0]), 0]]);
  const idOf = (state: State): StateId => {
    const key = JSON.stringify(state);
    const known = keys.get(key);
    if (known !== undefined) return known;
    keys.set(key, states.length);
    states.push(state);
    return states.length - 1;
  };
  const at = (id: StateId): State => {
    const state = states[id];
    if (state === undefined) throw new Error(`no state ${id}`);
    return state;
  };
  const update = (client: string): Query => ({ text: UPDATE, values: [prefix + client, 1] });
  return {
    clients,
    properties: [mutualExclusion],
    granularity: "coarse",
    initial: 0,
    choices: (id) => choicesIn(at(id), clients),
    world: (id) => worldOf(at(id), clients),
    fingerprint: (id) => JSON.stringify(at(id)),
    take: (id, choice) => {
      const state = at(id);
      const enabled = choicesIn(state, clients);
      if (!enabled.some((one) => one.client === choice.client && one.action === choice.action)) {
        const names = enabled.map((one) => `${one.client}/${one.action}`).join(", ");
        return Promise.reject(new UsageError("choice", `${choice.client}/${choice.action} is not enabled`, names));
      }
      return Promise.resolve(taken(state, choice));
    },
  };

  function taken(state: State, choice: Choice): Taken {
    const { client, action } = choice;
    const become = (local: Local, more: Partial<State> = {}): StateId =>
      idOf({ ...state, ...more, locals: { ...state.locals, ...(more.locals ?? {}), [client]: local } });
    const base = { choice, committed: false, woken: [], notes: [] };
    if (action === "acquire 1" && protocol === "check-then-act") {
      const query = { text: SELECT, values: [1] };
      const reply = rows("SELECT", ["locked_by"], [[state.lockedBy]]);
      const progress: Progress = { kind: "replied", reply };
      return {
        ...base,
        state: become(state.lockedBy === null ? "checked" : "idle"),
        sent: query,
        statement: query,
        progress,
      };
    }
    if (action === "commit") {
      const woken = clients.filter((name) => state.locals[name] === "waiting");
      const locals = {
        ...state.locals,
        ...Object.fromEntries(woken.map((name): [string, Local] => [name, "runnable"])),
      };
      return {
        ...base,
        state: become("owner", { lockedBy: prefix + client, locals }),
        sent: null,
        statement: update(client),
        progress: { kind: "replied", reply: count(1) },
        committed: true,
        woken,
      };
    }
    const sent = action === "resume" ? null : update(client);
    const holder = clients.find((name) => state.locals[name] === "updated");
    const shared = { ...base, sent, statement: update(client) };
    if (holder !== undefined) {
      const progress: Progress = { kind: "waits", waitsFor: [holder], what: "the row lock of buffers (id 1)" };
      return { ...shared, state: become("waiting"), progress };
    }
    if (protocol === "atomic" && state.lockedBy !== null) {
      return { ...shared, state: become("idle"), progress: { kind: "replied", reply: count(0) } };
    }
    const notes = action === "resume" ? ["reads the row again after the wait"] : [];
    return { ...shared, notes, state: become("updated"), progress: { kind: "finished", reply: count(1) } };
  }
}

const ACTION: Readonly<Record<Local, string | null>> = {
  idle: "acquire 1",
  checked: "next",
  updated: "commit",
  waiting: null,
  runnable: "resume",
  owner: null,
};

function choicesIn(state: State, clients: readonly string[]): readonly Choice[] {
  return clients.flatMap((client) => {
    const action = ACTION[state.locals[client] ?? "idle"];
    return action === null ? [] : [{ client, action }];
  });
}

function worldOf(state: State, clients: readonly string[]): World {
  const holder = clients.filter((name) => state.locals[name] === "updated");
  return {
    clients: clients.map((name) => ({
      name,
      view: { owns: state.locals[name] === "owner" ? 1 : null },
      waitsFor: state.locals[name] === "waiting" ? holder : [],
      ended: false,
      endedBy: null,
    })),
    tables: { buffers: [{ id: 1, locked_by: state.lockedBy }] },
  };
}

function rows(command: string, fields: readonly string[], values: readonly (readonly (string | null)[])[]): Reply {
  return { kind: "rows", command, rowCount: values.length, fields, rows: values };
}

function count(rowCount: number): Reply {
  return { kind: "rows", command: "UPDATE", rowCount, fields: [], rows: [] };
}

/** `alice/acquire 1, bob/next` as a schedule. */
export function schedule(text: string): readonly Choice[] {
  return text.split(", ").map((step) => {
    const [client = "", action = ""] = step.split("/");
    return { client, action };
  });
}

/** What a trace of the fake system says of itself. */
export function about(clients: readonly string[], protocol = "check-then-act") {
  return {
    parameters: {
      scenario: "race-001",
      protocol,
      clients,
      buffers: 1,
      isolation: "read committed" as const,
      granularity: "coarse" as const,
      seed: null,
    },
    setup: [
      "CREATE TABLE buffers (id integer PRIMARY KEY, locked_by text)",
      "INSERT INTO buffers (id, locked_by) VALUES (1, NULL)",
    ],
  };
}

/** The incident, with the checks before any write. */
export const RACE = schedule("alice/acquire 1, bob/acquire 1, alice/next, alice/commit, bob/next, bob/commit");
/** The incident, with bob's check between alice's UPDATE and its commit. */
export const RACE_AT_COMMIT = schedule(
  "alice/acquire 1, alice/next, bob/acquire 1, alice/commit, bob/next, bob/commit",
);
/** The incident, with bob waiting for alice's row lock. */
export const RACE_WITH_WAIT = schedule(
  "alice/acquire 1, bob/acquire 1, alice/next, bob/next, alice/commit, bob/resume, bob/commit",
);
