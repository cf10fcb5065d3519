/**
 * A process whose statements may be refused by the server for reasons of its own, alone as it is: each request comes a second time for
 * each error that others bring about in a real run.
 *
 *     acquire 1: UPDATE …                   as it is
 *     acquire 1, refused 40001: SELECT 1/0  fails in the place of the UPDATE, so that a transaction is as failed as it would be
 *     next, refused 40001: ROLLBACK         in the place of a COMMIT, whose failure ends the transaction
 *
 * Whatever the server answers to these, the process is given the error. It is for runs in which nobody else is there to cause it.
 */
import type { Query, Reply } from "../../model/protocol.ts";
import { type Node, type Process, type Request, request } from "./process.ts";

/** What a statement is refused with because of others: by a snapshot, a deadlock, a lock, a timeout, a key that cannot be seen. */
const ERRORS = ["40001", "40P01", "55P03", "57014", "23505"] as const;

/** What the action of a refused statement ends with, before the error. */
export const REFUSED = ", refused ";

/** Nodes are the process's own times `ROOM`, plus the place of the error that the next reply will be (0: none). */
const ROOM = ERRORS.length + 1;

export function refusable(process: Process): Process {
  const inner = (node: Node): Node => Math.floor(node / ROOM);
  const outer = (node: Node): Node => node * ROOM;
  return {
    initial: outer(process.initial),
    requests: (node) => process.requests(inner(node)).flatMap((each) => [wrapped(each), ...refusals(each)]),
    advance(node, reply) {
      const error = ERRORS[(node % ROOM) - 1];
      const next = process.advance(inner(node), error === undefined ? reply : refusal(error));
      return next instanceof Promise ? next.then(outer) : outer(next);
    },
    view: (node) => process.view(inner(node)),
    endedBy: (node) => process.endedBy?.(inner(node)) ?? null,
    cutOff: (node) => process.cutOff?.(inner(node)) ?? null,
    describe: (node) => process.describe(inner(node)),
    ...(process.text === undefined ? {} : { text: (node: Node) => process.text?.(inner(node)) ?? "" }),
  };

  function wrapped({ name, query, then: next }: Request): Request {
    return request(name, query, outer(next));
  }

  function refusals({ name, query, then: next }: Request): readonly Request[] {
    const instead = query === null ? null : failing(query);
    if (instead === null) return [];
    // Errors that the process does not tell apart are one.
    const told = new Set<Node>();
    return ERRORS.flatMap((error, at) => {
      const after = process.advance(next, refusal(error));
      if (typeof after === "number" && told.has(after)) return [];
      if (typeof after === "number") told.add(after);
      return [request(`${name}${REFUSED}${error}`, instead, outer(next) + at + 1)];
    });
  }
}

/** What is sent in the place of a statement that is to fail; null for one that cannot. */
function failing({ text }: Query): Query | null {
  if (/^\s*(rollback|abort)\b(?!\s+to\b)/i.test(text)) return null;
  if (/^\s*(commit|end)\b/i.test(text)) return { text: "ROLLBACK", values: [] };
  return { text: "SELECT 1/0", values: [] };
}

function refusal(sqlstate: string): Reply {
  return { kind: "failed", sqlstate, message: "refused because of what others do", detail: null };
}
