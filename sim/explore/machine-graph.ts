/**
 * The transitions of a protocol's machine, walked over its own alphabet of user events and replies: what there is to cover.
 *
 *     idle -acquire-> checking     checking -rows-> taking     checking -rows-> idle     checking -failed-> idle     …
 *
 * A transition is told by its kind: the state, the kind of event (the user event's name without arguments, `rows`, `failed`)
 * and the state after it. What the client remembers is left out, so the kinds are as many for any number of buffers. The walk
 * goes from node to node of the process, over every reply in the protocol's `replies`, whether or not a server would ever
 * give it there: a reply that the machine does not handle is no transition.
 *
 * A guard or an action that throws on one of these replies is no transition either, and is told with the coverage: no verdict is lost by it.
 *
 * What was taken is read off the steps that the clients' processes have made in an exploration, whatever that left out: a reduction leaves
 * out orders of steps, and none of the steps themselves.
 */
import type { Protocol, Reply, ReplyEvent } from "../../model/protocol.ts";
import { machineProcess } from "../process/machine-process.ts";
import type { Node, Process } from "../process/process.ts";
import type { ExplorableSystem } from "../system/explorable-system.ts";
import { UsageError } from "../usage-error.ts";

/** A transition of a machine by its kind, such as `checking -rows-> taking`. */
export type TransitionKind = string;

/** No protocol comes near it; a machine whose memory grows for ever is cut off here. */
const NODES_MAX = 10_000;

/** The kinds of transitions of this protocol, in the order in which a breadth-first walk meets them. */
export function transitionKinds(protocol: Protocol, buffers: readonly number[]): readonly TransitionKind[] {
  return walked(protocol, buffers).kinds;
}

/** What a walk over the machine has met. */
interface Walked {
  readonly kinds: readonly TransitionKind[];
  /** What guards, actions and views have thrown, as sentences. */
  readonly threw: readonly string[];
}

function walked(protocol: Protocol, buffers: readonly number[]): Walked {
  const process = machineProcess(protocol, { client: "alice", buffers });
  const replies = protocol.replies.map(replyOf);
  const kinds = new Set<TransitionKind>();
  const met = new Set<Node>([process.initial]);
  const waiting = new Set<Node>();
  const threw = new Set<string>();
  for (const node of met) {
    if (met.size > NODES_MAX) break;
    for (const { name, query, then: to } of orThrew(threw, [], () => process.requests(node))) {
      const kind = requestKind(process, node, { name, to });
      if (kind !== null) kinds.add(kind);
      if (query !== null) waiting.add(to);
      met.add(to);
    }
    if (!waiting.has(node)) continue;
    for (const reply of replies) {
      const to = orThrew(threw, null, () => afterReply(process, node, reply));
      if (to === null) continue;
      kinds.add(transitionKind(process, node, { event: reply.kind, to }));
      met.add(to);
    }
  }
  return { kinds: [...kinds], threw: [...threw] };
}

/** What is told by a user's function, or `otherwise` where that throws: then what it threw is noted. */
function orThrew<T>(threw: Set<string>, otherwise: T, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    threw.add(error.message);
    return otherwise;
  }
}

/** What the clients are. */
export interface Machines {
  readonly protocol: Protocol;
  readonly buffers: readonly number[];
}

/** Which transitions were taken, and which never. */
export interface TransitionsTaken {
  readonly taken: readonly TransitionKind[];
  readonly never: readonly TransitionKind[];
  /** What guards and actions have thrown on the protocol's own replies, which the search need not have met, as sentences. */
  readonly threw: readonly string[];
}

/** The transitions that the clients of this system have taken in all that was explored of it. */
export function transitionsTaken(
  { processes, processSteps }: Pick<ExplorableSystem, "processes" | "processSteps">,
  { protocol, buffers }: Machines,
): TransitionsTaken {
  const taken = new Set<TransitionKind>();
  for (const { client, node, from, reply, to } of processSteps) {
    const process = processes[client];
    const request = process?.requests(node).find(({ then }) => then === from);
    if (process === undefined) continue;
    const asked = request === undefined ? null : requestKind(process, node, { name: request.name, to: from });
    if (asked !== null) taken.add(asked);
    if (reply !== null) taken.add(transitionKind(process, from, { event: reply.kind, to }));
  }
  const { kinds: all, threw } = walked(protocol, buffers);
  return {
    threw,
    // What was taken and is not in the walk over the protocol's replies is there all the same.
    taken: [...all.filter((kind) => taken.has(kind)), ...[...taken].filter((kind) => !all.includes(kind))],
    never: all.filter((kind) => !taken.has(kind)),
  };
}

/** The kind of a user event's transition; null for `next`, with which a machine sends what it has asked for already. */
function requestKind(
  process: Process,
  from: Node,
  { name, to }: { readonly name: string; readonly to: Node },
): TransitionKind | null {
  return name === "next" ? null : transitionKind(process, from, { event: name.split(" ")[0] ?? name, to });
}

/** `checking -rows-> taking`. */
function transitionKind(
  process: Process,
  from: Node,
  { event, to }: { readonly event: string; readonly to: Node },
): TransitionKind {
  return `${process.describe(from)} -${event}-> ${process.describe(to)}`;
}

/** The node after a reply; null where the machine has no transition for it. */
function afterReply(process: Process, node: Node, reply: Reply): Node | null {
  try {
    const to = process.advance(node, reply);
    return typeof to !== "number" || (process.endedBy?.(to) ?? null) !== null ? null : to;
  } catch (error) {
    if (error instanceof UsageError && error.code === "machine-ignores-reply") return null;
    throw error;
  }
}

function replyOf(event: ReplyEvent): Reply {
  if (event.type === "failed") {
    return { kind: "failed", sqlstate: event.sqlstate, message: event.message, detail: null };
  }
  const fields = Object.keys(event.rows[0] ?? {});
  const rows = event.rows.map((row) => fields.map((field) => row[field] ?? null));
  return { kind: "rows", command: "SELECT", rowCount: event.rowCount, fields, rows };
}
