/**
 * The moves of a protocol's machine, by pure transitions: the state after an event, and the one statement that the machine asks for in it.
 *
 *     move(checking, rows)  ->  { snapshot: taking, query: UPDATE …, accepted: true }
 *
 * Each is evaluated more than once, the first ones most often: a machine whose guards, actions or view depend on time or chance could not be
 * run again, and is refused.
 */
import { type AnyMachineSnapshot, initialTransition, transition } from "xstate";
import type { Protocol, Query, View } from "../../model/protocol.ts";
import { UsageError } from "../usage-error.ts";
import { inUserCode, userFault, wrongAnswer } from "../user-code.ts";
import { canonicalText } from "./canonical-text.ts";
import { transitionFault } from "./machine-fault.ts";

/** What one event makes of a snapshot. */
export interface Move {
  readonly snapshot: AnyMachineSnapshot;
  readonly query: Query | null;
  /** False when the machine does not accept the event in that state. */
  readonly accepted: boolean;
}

export type MachineEvent = { readonly type: string };

/** The canonical text of a machine's state: equal texts, equal futures. */
export function snapshotText(protocol: Protocol, snapshot: AnyMachineSnapshot): string {
  if (Object.keys(snapshot.children).length > 0)
    throw refused(protocol, snapshot, "runs another actor (invoke or spawn)");
  if (Object.keys(snapshot.historyValue).length > 0) throw refused(protocol, snapshot, "keeps a history state");
  return textOf({ status: snapshot.status, value: snapshot.value, context: snapshot.context }, "snapshot", protocol);
}

export function textOf(value: unknown, name: string, protocol: Protocol): string {
  const canonical = canonicalText(value, name);
  if (canonical.kind === "text") return canonical.text;
  throw new UsageError(
    "machine-not-json",
    `${protocol.name}: ${canonical.path} is ${canonical.what}, which JSON cannot hold`,
    "Keep plain values in it (null, booleans, numbers, strings, arrays, objects): states are compared by their text.",
  );
}

/** How often the first evaluations of a process are made, how many these are, and how often each later one is made. */
const FIRST_TIMES = 4;
const FIRST_EVALUATIONS = 64;
const LATER_TIMES = 2;

/** The machine and the view of a protocol, each evaluation made again: a machine that comes to something else is refused. */
export class Evaluated {
  readonly protocol: Protocol;
  #evaluations = 0;

  constructor(protocol: Protocol) {
    this.protocol = protocol;
  }

  first(client: string): Move {
    const { machine, name } = this.protocol;
    return this.#same(`the initial state of ${name}`, moveText, () => {
      const [snapshot, actions] = inUserCode(`the machine of ${name}, when it starts,`, () =>
        initialTransition(machine, { client }),
      );
      if (snapshot.status === "error") throw userFault(`the machine of ${name}, when it starts,`, snapshot.error);
      return { snapshot, query: queryOf(this.protocol, snapshot, actions), accepted: true };
    });
  }

  move(before: AnyMachineSnapshot, event: MachineEvent): Move {
    const what = `a guard or an action of ${this.protocol.name}, in the state ${stateOf(before)} on ${event.type},`;
    return this.#same(what, moveText, () => moveOf(this.protocol, before, event));
  }

  view(snapshot: AnyMachineSnapshot): { readonly view: View; readonly text: string } {
    const what = `the view of ${this.protocol.name}`;
    return this.#same(
      what,
      ({ text }) => text,
      () => {
        const view: unknown = inUserCode(what, () => this.protocol.view(snapshot));
        if (typeof view !== "object" || view === null || Array.isArray(view) || "then" in view)
          throw wrongAnswer(what, view, "an object of null, booleans, numbers and strings, such as { owns: 1 }");
        return { view: view as View, text: textOf(view, "view", this.protocol) };
      },
    );
  }

  #same<T>(what: string, text: (value: T, protocol: Protocol) => string, evaluate: () => T): T {
    const times = this.#evaluations++ < FIRST_EVALUATIONS ? FIRST_TIMES : LATER_TIMES;
    const first = evaluate();
    for (let time = 1; time < times; time++) {
      const [one, other] = [text(first, this.protocol), text(evaluate(), this.protocol)];
      if (one !== other) throw nondeterministic(what, one, other);
    }
    return first;
  }
}

/** Equal texts, equal moves. */
function moveText({ snapshot, query, accepted }: Move, protocol: Protocol): string {
  return `${accepted} ${textOf(query, "query", protocol)} ${snapshotText(protocol, snapshot)}`;
}

function nondeterministic(what: string, first: string, second: string): UsageError {
  return new UsageError(
    "nondeterministic-process",
    `${what} came to two things: first ${first}, and, evaluated again, ${second}`,
    "Let it depend on the machine's state and the reply only: no time, no random number, no variable that changes.",
  );
}

function moveOf(protocol: Protocol, before: AnyMachineSnapshot, event: MachineEvent): Move {
  const [snapshot, actions] = transitionOf(protocol, before, event);
  const query = queryOf(protocol, snapshot, actions);
  const accepted =
    query !== null || before.can(event) || snapshotText(protocol, snapshot) !== snapshotText(protocol, before);
  return { snapshot, query, accepted };
}

function transitionOf(
  protocol: Protocol,
  before: AnyMachineSnapshot,
  event: MachineEvent,
): readonly [AnyMachineSnapshot, readonly MachineAction[]] {
  const about = { name: protocol.name, state: stateOf(before), before };
  let moved: ReturnType<typeof transition<Protocol["machine"]>>;
  try {
    moved = transition(protocol.machine, before, event);
  } catch (error) {
    throw transitionFault(about, event, error);
  }
  if (moved[0].status === "error") throw transitionFault(about, event, moved[0].error);
  return moved;
}

/** The statement that a transition asks for; at most one, and nothing else. */
function queryOf(protocol: Protocol, snapshot: AnyMachineSnapshot, actions: readonly MachineAction[]): Query | null {
  const foreign = actions.find(({ type }) => type !== "query");
  if (foreign !== undefined) throw refused(protocol, snapshot, `has the action "${foreign.type}"`);
  if (actions.length > 1) throw refused(protocol, snapshot, "is entered with two queries at once");
  const [action] = actions;
  if (action === undefined) return null;
  if (!isQuery(action.params)) throw refused(protocol, snapshot, "has a query without text and values");
  return { text: action.params.text, values: [...action.params.values] };
}

interface MachineAction {
  readonly type: string;
  readonly params: unknown;
}

function isQuery(params: unknown): params is Query {
  if (typeof params !== "object" || params === null || !("text" in params) || !("values" in params)) return false;
  return typeof params.text === "string" && Array.isArray(params.values);
}

function refused(protocol: Protocol, snapshot: AnyMachineSnapshot, what: string): UsageError {
  return new UsageError(
    "machine-not-a-transducer",
    `${protocol.name}: the state ${stateOf(snapshot)} ${what}`,
    'A protocol machine asks by one "query" action a state and is otherwise made of guards and assigns (model/protocol.ts).',
  );
}

/** `checking`; for nested states `{"editing":"saving"}`. */
export function stateOf(snapshot: AnyMachineSnapshot): string {
  return typeof snapshot.value === "string" ? snapshot.value : JSON.stringify(snapshot.value);
}
