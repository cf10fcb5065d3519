/**
 * An XState machine as a process: the transducer of `model/protocol.ts`, run by pure transitions.
 *
 * A node is a snapshot of the machine and what is due in it:
 *
 *     ready    nothing is due: it offers the user events that the machine accepts
 *     sending  the machine has asked for a statement that is not sent yet: it offers `next`
 *     waiting  the statement is sent: it goes on with the reply
 *     ended    by an error of the server for which the machine has no transition; it offers nothing any more
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
 * contexts that JSON cannot hold, rows that the machine does not handle, user events that it knows nothing of.
 */
import type { AnyMachineSnapshot } from "xstate";
import {
  type Failed,
  type Protocol,
  type Query,
  type Reply,
  replyEvent,
  type UserEvent,
  type View,
} from "../../model/protocol.ts";
import { UsageError } from "../usage-error.ts";
import { inUserCode, wrongAnswer } from "../user-code.ts";
import { Evaluated, type Move, snapshotText, stateOf, textOf } from "./machine-moves.ts";
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
    | { readonly kind: "waiting" }
    | { readonly kind: "ended"; readonly sqlstate: string; readonly message: string };
  readonly view: View;
  /** The canonical text of the view. */
  readonly viewText: string;
}

/** Makes the process of one client. Nodes are interned by this process and mean nothing to another. */
export function machineProcess(protocol: Protocol, options: MachineProcessOptions): Process {
  const userEvents = named(protocol, options.buffers);
  const machine = new Evaluated(protocol);
  const nodes = new NodeTable(machine);
  const requests = new Map<Node, readonly Request[]>();
  const advanced = new Map<string, Node>();

  const initialMove = machine.first(options.client);
  const initial = nodes.enter(initialMove.snapshot, initialMove.query);
  mustKnowOne(protocol, options.buffers);

  function requestsOf(node: Node): readonly Request[] {
    const { snapshot, due } = nodes.at(node);
    switch (due.kind) {
      case "waiting":
      case "ended":
        return [];
      case "sending":
        return [request("next", due.query, nodes.wait(snapshot))];
      case "ready":
        return userEvents.flatMap(({ name, event }) => {
          const move = machine.move(snapshot, event);
          return move.accepted ? [userRequest(name, move, nodes.at(node).viewText)] : [];
        });
    }
  }

  function userRequest(name: string, move: Move, viewBefore: string): Request {
    const unseen = machine.view(move.snapshot).text === viewBefore;
    if (move.query !== null && unseen) return request(name, move.query, nodes.wait(move.snapshot));
    return request(name, null, nodes.enter(move.snapshot, move.query));
  }

  function advance(node: Node, reply: Reply): Node {
    const { snapshot, due } = nodes.at(node);
    if (due.kind !== "waiting")
      throw new Error(`${protocol.name} was given a reply in ${stateOf(snapshot)} without having asked`);
    const event = replyEvent(reply);
    const move = machine.move(snapshot, event);
    if (move.accepted) return nodes.enter(move.snapshot, move.query);
    if (reply.kind === "failed") return nodes.end(snapshot, reply);
    throw ignoredReply(protocol, snapshot, event.type);
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
    endedBy(node) {
      const { due } = nodes.at(node);
      return due.kind === "ended" ? { kind: "error", sqlstate: due.sqlstate, message: due.message } : null;
    },
    describe(node) {
      const { due, snapshot } = nodes.at(node);
      return due.kind === "ended" ? `${stateOf(snapshot)}, ended by ${due.sqlstate}` : stateOf(snapshot);
    },
    text(node) {
      const { due, snapshot } = nodes.at(node);
      // The message of an error may have names in it, and changes nothing any more.
      const told = due.kind === "ended" ? { ...due, message: "" } : due;
      return `[${textOf(told, "query", protocol)},${snapshotText(protocol, snapshot)}]`;
    },
  };
}

/** The nodes met so far: equal snapshots with the same thing due are one node. */
class NodeTable {
  readonly #machine: Evaluated;
  readonly #states: NodeState[] = [];
  readonly #byKey = new Map<string, Node>();

  constructor(machine: Evaluated) {
    this.#machine = machine;
  }

  at(node: Node): NodeState {
    const state = this.#states[node];
    if (state === undefined) throw new Error(`${this.#machine.protocol.name} has no node ${node}`);
    return state;
  }

  /** The node after a move: `sending` where the machine asked for a statement, `ready` where it did not. */
  enter(snapshot: AnyMachineSnapshot, query: Query | null): Node {
    return this.#intern(snapshot, query === null ? { kind: "ready" } : { kind: "sending", query });
  }

  wait(snapshot: AnyMachineSnapshot): Node {
    return this.#intern(snapshot, { kind: "waiting" });
  }

  /** The node after an error that the machine does not handle. */
  end(snapshot: AnyMachineSnapshot, { sqlstate, message }: Failed): Node {
    return this.#intern(snapshot, { kind: "ended", sqlstate, message });
  }

  #intern(snapshot: AnyMachineSnapshot, due: NodeState["due"]): Node {
    const { protocol } = this.#machine;
    const key = `${textOf(due, "query", protocol)} ${snapshotText(protocol, snapshot)}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const { view, text } = this.#machine.view(snapshot);
    const node = this.#states.push({ snapshot, due, view, viewText: text }) - 1;
    this.#byKey.set(key, node);
    return node;
  }
}

function ignoredReply(protocol: Protocol, snapshot: AnyMachineSnapshot, event: string): UsageError {
  return new UsageError(
    "machine-ignores-reply",
    `${protocol.name}: the state ${stateOf(snapshot)} does not handle the reply "${event}"`,
    `Give it a transition on "${event}" that is always enabled, for instance one without a guard at the end of the list.`,
  );
}

/** User events with their names in schedules: `acquire 1`, `release`. */
function named(protocol: Protocol, buffers: readonly number[]): readonly NamedEvent[] {
  const what = `userEvents of ${protocol.name}`;
  const given: unknown = inUserCode(what, () => protocol.userEvents(buffers));
  if (!Array.isArray(given) || !given.every(isUserEvent))
    throw wrongAnswer(what, given, 'an array of events, such as [{ type: "acquire", buffer: 1 }]');
  const events = given.map((event) => {
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

function isUserEvent(event: unknown): event is UserEvent {
  return typeof event === "object" && event !== null && "type" in event && typeof event.type === "string";
}

/** The types of user events that no state of the machine handles: misspelt, as a rule. */
export function unhandledEvents({ machine, userEvents }: Protocol, buffers: readonly number[]): readonly string[] {
  const known: readonly string[] = machine.events;
  if (known.some((type) => type.endsWith("*"))) return [];
  return [...new Set(userEvents(buffers).map(({ type }) => type))].filter((type) => !known.includes(type));
}

/** A machine that waits for its user's wishes, none of which it handles, could never do anything. */
function mustKnowOne(protocol: Protocol, buffers: readonly number[]): void {
  const { machine, name } = protocol;
  const wishes = (machine.events as readonly string[]).filter((type) => type !== "rows" && type !== "failed");
  const unknown = unhandledEvents(protocol, buffers);
  const isAnyKnown = protocol.userEvents(buffers).some(({ type }) => !unknown.includes(type));
  if (wishes.length === 0 || isAnyKnown || unknown.length === 0) return;
  throw new UsageError(
    "user-event-unknown",
    `${name}: no state of the machine handles the user event ${unknown.map((type) => `"${type}"`).join(" or ")}`,
    `The machine handles ${wishes.join(", ")}.`,
  );
}
