/**
 * What runs against a server, as one interface: an XState machine, plain async TypeScript, or a script.
 *
 * A process is an automaton. Its nodes are integers that the process interns itself, so equal local states are equal
 * numbers. In a node it either offers requests (choices of what to do next), or waits for the reply to the statement
 * that it sent last, or has ended (no requests and no wait).
 *
 *     node 0 --acquire 1: SELECT …--> node 1 (waits) --reply--> node 2 --UPDATE …--> node 3 (waits) --reply--> node 4
 *
 * A user event that leaves the view as it is and leads to a statement is one request with that statement: nobody outside
 * could see the two apart. An event that changes the view is a step of its own, with `query` null.
 */
import type { EndedBy } from "../../model/property.ts";
import type { Query, Reply, View } from "../../model/protocol.ts";

/** A local state of a process, interned by that process: 0, 1, 2, … in the order in which they were met. */
export type Node = number;

/** One thing a process can do next. */
export interface Request {
  /** Its name in schedules, unique in its node: the user event (`acquire 1`), or `next` where the process goes on by itself. */
  readonly name: string;
  /** The statement that it sends, or null for a local step. */
  readonly query: Query | null;
  /** The node after the request: waiting for the reply where there is a statement. */
  readonly then: Node;
}

/** Makes a request. */
export function request(name: string, query: Query | null, node: Node): Request {
  // biome-ignore lint/suspicious/noThenProperty: it is a number, which nothing can take for a promise.
  return { name, query, then: node };
}

export interface Process {
  readonly initial: Node;
  /** What it can do in this node; empty while it waits for a reply, and when it has ended. */
  requests(node: Node): readonly Request[];
  /** The node after the reply. May need to run user code, hence the promise; the explorer asks once for each pair. */
  advance(node: Node, reply: Reply): Node | Promise<Node>;
  view(node: Node): View;
  /** The error that ended it in this node; null where none did. Left out, it ends by having done what it was to do. */
  endedBy?(node: Node): Extract<EndedBy, { readonly kind: "error" }> | null;
  /** Why the process is not followed beyond this node, as the name of a bound that was reached; null where it is. */
  cutOff?(node: Node): string | null;
  /**
   * Everything of the node that decides what it does later, as JSON text: equal texts, equal futures. Null where the
   * process cannot tell; such a process cannot be exchanged for another one.
   */
  text?(node: Node): string;
  /** A short name of the node for people: the machine's state, or how many replies the code has had. */
  describe(node: Node): string;
}

/** Why the process has ended in this node, where no statement of it is under way; null where it has not, or is not followed further. */
export function endOf(process: Process, node: Node): EndedBy | null {
  if (process.requests(node).length > 0 || (process.cutOff?.(node) ?? null) !== null) return null;
  return process.endedBy?.(node) ?? { kind: "done" };
}
