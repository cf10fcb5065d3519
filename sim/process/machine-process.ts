/**
 * An XState machine as a process: the transducer of `model/protocol.ts`, run by pure transitions.
 *
 * A node is a snapshot of the machine and what is due in it:
 *
 *     ready    nothing is due: it offers the user events that the machine accepts
 *     sending  the machine has asked for a statement that is not sent yet: it offers `next`
 *     waiting  the statement is sent: it goes on with the reply
 *
 *     ready idle --acquire 1 {SELECT …}--> waiting checking --reply--> sending taking --next {UPDATE …}--> waiting taking
 *       --reply--> ready owning --release {}--> sending releasing --next {UPDATE …}--> waiting releasing --reply--> ready idle
 *
 * The user event `acquire 1` leaves the view alone, so it is one request with its statement; `release` ends a belief,
 * which others can see, so it is a step before the statement (see `process.ts`).
 *
 * Invariants: snapshots are interned by the canonical text of value and context, and each (node, event) is asked of
 * XState once: its `transition` builds an actor system every time and is far too slow for a product of machines.
 *
 * Refused by name: actions other than `query`, two queries in one transition, invoked or spawned actors, history,
 * contexts that JSON cannot hold, replies that the machine does not handle.
 */
import { type AnyMachineSnapshot, initialTransition, transition } from "xstate";
import { type Protocol, type Query, type Reply, replyEvent, type UserEvent, type View } from "../../model/protocol.ts";
import { UsageError } from "../usage-error.ts";
import { canonicalText } from "./canonical-text.ts";
import { type Node, type Process, type Request, request } from "./process.ts";

/** Who runs the machine, and the buffers of the scenario. */
export interface MachineProcessOptions {
  readonly client: string;
  readonly buffers: readonly number[];
}

interface NodeState {
  readonly snapshot: AnyMachineSnapshot;
  readonly due:
    | { readonly kind: "ready" }
    | { readonly kind: "sending"; readonly query: Query }
    | { readonly kind: "waiting" };
  readonly view: View;
  /** The canonical text of the view. */
  readonly viewText: string;
}

/** What one event makes of a snapshot. */
interface Move {
  readonly snapshot: AnyMachineSnapshot;
  readonly query: Query | null;
  /** False when the machine does not accept the event in that state. */
  readonly accepted: boolean;
}

type MachineEvent = { readonly type: string };

/** Makes the process of one client. Nodes are interned by this process and mean nothing to another. */
export function machineProcess(protocol: Protocol, options: MachineProcessOptions): Process {
  const userEvents = named(protocol, options.buffers);
  const nodes = new NodeTable(protocol);
  const requests = new Map<Node, readonly Request[]>();
  const advanced = new Map<string, Node>();

  const initialMove = firstMove(protocol, options.client);
  const initial = nodes.enter(initialMove.snapshot, initialMove.query);

  function requestsOf(node: Node): readonly Request[] {
    const { snapshot, due } = nodes.at(node);
    switch (due.kind) {
      case "waiting":
        return [];
      case "sending":
        return [request("next", due.query, nodes.wait(snapshot))];
      case "ready":
        return userEvents.flatMap(({ name, event }) => {
          const move = moveOf(protocol, snapshot, event);
          return move.accepted ? [userRequest(name, move, nodes.at(node).viewText)] : [];
        });
    }
  }

  function userRequest(name: string, move: Move, viewBefore: string): Request {
    const unseen = textOf(protocol.view(move.snapshot), "view", protocol) === viewBefore;
    if (move.query !== null && unseen) return request(name, move.query, nodes.wait(move.snapshot));
    return request(name, null, nodes.enter(move.snapshot, move.query));
  }

  function advance(node: Node, reply: Reply): Node {
    const { snapshot, due } = nodes.at(node);
    if (due.kind !== "waiting")
      throw new Error(`${protocol.name} was given a reply in ${stateOf(snapshot)} without having asked`);
    const event = replyEvent(reply);
    const move = moveOf(protocol, snapshot, event);
    if (!move.accepted) throw ignoredReply(protocol, snapshot, event.type);
    return nodes.enter(move.snapshot, move.query);
  }

  return {
    initial,
    requests(node) {
      const known = requests.get(node);
      if (known !== undefined) return known;
      const found = requestsOf(node);
      requests.set(node, found);
      return found;
    },
    advance(node, reply) {
      const key = `${node} ${JSON.stringify(reply)}`;
      const known = advanced.get(key);
      if (known !== undefined) return known;
      const next = advance(node, reply);
      advanced.set(key, next);
      return next;
    },
    view: (node) => nodes.at(node).view,
    describe: (node) => stateOf(nodes.at(node).snapshot),
    text: (node) => {
      const { due, snapshot } = nodes.at(node);
      return `[${textOf(due, "query", protocol)},${snapshotText(protocol, snapshot)}]`;
    },
  };
}

/** The nodes met so far: equal snapshots with the same thing due are one node. */
class NodeTable {
  readonly #protocol: Protocol;
  readonly #states: NodeState[] = [];
  readonly #byKey = new Map<string, Node>();

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
  }

  at(node: Node): NodeState {
    const state = this.#states[node];
    if (state === undefined) throw new Error(`${this.#protocol.name} has no node ${node}`);
    return state;
  }

  /** The node after a move: `sending` where the machine asked for a statement, `ready` where it did not. */
  enter(snapshot: AnyMachineSnapshot, query: Query | null): Node {
    return this.#intern(snapshot, query === null ? { kind: "ready" } : { kind: "sending", query });
  }

  wait(snapshot: AnyMachineSnapshot): Node {
    return this.#intern(snapshot, { kind: "waiting" });
  }

  #intern(snapshot: AnyMachineSnapshot, due: NodeState["due"]): Node {
    const key = `${textOf(due, "query", this.#protocol)} ${snapshotText(this.#protocol, snapshot)}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const view = this.#protocol.view(snapshot);
    const node = this.#states.push({ snapshot, due, view, viewText: textOf(view, "view", this.#protocol) }) - 1;
    this.#byKey.set(key, node);
    return node;
  }
}

/** The canonical text of a machine's state: equal texts, equal futures. */
export function snapshotText(protocol: Protocol, snapshot: AnyMachineSnapshot): string {
  if (Object.keys(snapshot.children).length > 0)
    throw refused(protocol, snapshot, "runs another actor (invoke or spawn)");
  if (Object.keys(snapshot.historyValue).length > 0) throw refused(protocol, snapshot, "keeps a history state");
  return textOf({ status: snapshot.status, value: snapshot.value, context: snapshot.context }, "snapshot", protocol);
}

function textOf(value: unknown, name: string, protocol: Protocol): string {
  const canonical = canonicalText(value, name);
  if (canonical.kind === "text") return canonical.text;
  throw new UsageError(
    "machine-not-json",
    `${protocol.name}: ${canonical.path} is ${canonical.what}, which JSON cannot hold`,
    "Keep plain values in it (null, booleans, numbers, strings, arrays, objects): states are compared by their text.",
  );
}

function firstMove(protocol: Protocol, client: string): Move {
  const [snapshot, actions] = initialTransition(protocol.machine, { client });
  return { snapshot, query: queryOf(protocol, snapshot, actions), accepted: true };
}

function moveOf(protocol: Protocol, before: AnyMachineSnapshot, event: MachineEvent): Move {
  const [snapshot, actions] = transition(protocol.machine, before, event);
  if (snapshot.status === "error") throw snapshot.error;
  const query = queryOf(protocol, snapshot, actions);
  const accepted =
    query !== null || before.can(event) || snapshotText(protocol, snapshot) !== snapshotText(protocol, before);
  return { snapshot, query, accepted };
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

function ignoredReply(protocol: Protocol, snapshot: AnyMachineSnapshot, event: string): UsageError {
  return new UsageError(
    "machine-ignores-reply",
    `${protocol.name}: the state ${stateOf(snapshot)} does not handle the reply "${event}"`,
    `Give it a transition on "${event}" that is always enabled, for instance one without a guard at the end of the list.`,
  );
}

/** `checking`; for nested states `{"editing":"saving"}`. */
function stateOf(snapshot: AnyMachineSnapshot): string {
  return typeof snapshot.value === "string" ? snapshot.value : JSON.stringify(snapshot.value);
}

/** User events with their names in schedules: `acquire 1`, `release`. */
function named(protocol: Protocol, buffers: readonly number[]): readonly NamedEvent[] {
  const events = protocol.userEvents(buffers).map((event) => {
    const { type, ...rest } = event;
    return { name: [type, ...Object.values(rest)].join(" "), event };
  });
  const twice = events.find(({ name }, at) => events.findIndex((other) => other.name === name) < at);
  if (twice === undefined) return events;
  throw new UsageError(
    "user-event-twice",
    `${protocol.name}: two user events are named "${twice.name}"`,
    "A schedule names what was chosen, so the type and the arguments of each event must differ from all others.",
  );
}

interface NamedEvent {
  readonly name: string;
  readonly event: UserEvent;
}
