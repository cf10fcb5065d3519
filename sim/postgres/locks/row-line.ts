/**
 * The line for a row version: in which order those who wait for it go on.
 *
 *     #0, held by s0          s1 FOR UPDATE waits for s0          holders [s1]   queue []
 *                             s2 FOR SHARE                        holders [s1]   queue [s2]
 *                             s3 UPDATE                           holders [s1]   queue [s2, s3]
 *     s0: COMMIT              s1 locks the row and leaves         holders [s2]   queue [s3]
 *
 * The first who waits stands at its head (`holders`) and waits for the transactions that are in the way; those who come later
 * stand behind him, but for those who would not conflict, who stand beside him. When he has gone on the next one moves up: also
 * after a committed change, which each of them goes after in his turn. The line orders only those who wait: a newcomer looks at
 * the row and not at the line. `stays` is for who will keep his place until he has gone along what replaced the version.
 *
 * At fine granularity there are no lines. Every statement stops before each of its row locks, so the one who is second
 * in line could as well have come first; whoever finds the row free takes it, and states that differ only in the order of
 * arrival are one. That any of them may stand at the head, for whom the others then wait, counts when a
 * deadlock is looked for (deadlock.ts).
 *
 * In PostgreSQL the line is the heavyweight lock on the tuple. Source: src/backend/access/heap/README.tuplock.
 */
import type { RowLockMode } from "../execution/access.ts";
import type { SessionId } from "../server.ts";
import type { InLine, Line, Version } from "../versions/heap.ts";
import { rowLocksConflict } from "./row-lock-mode.ts";

/** Where the session stands in the line for this version now; it keeps the place that it has. */
export function standInLine(version: Version, waiter: InLine): "line" | "holder" {
  version.line ??= { holders: [], queue: [] };
  const { line } = version;
  if (isAtHead(version, waiter.session)) {
    line.holders = line.holders.map((holder) => (holder.session === waiter.session ? waiter : holder));
    return "holder";
  }
  if (line.queue.some(({ session }) => session === waiter.session)) return "line";
  const behind = [...line.holders, ...line.queue].some((other) => rowLocksConflict(other.mode, waiter.mode));
  (behind ? line.queue : line.holders).push(waiter);
  return behind ? "line" : "holder";
}

export function isAtHead({ line }: Version, session: SessionId): boolean {
  return line?.holders.some((holder) => holder.session === session) === true;
}

/** Whether the session goes along what has replaced the version before it leaves the line. */
export function staysInLine({ line }: Version, session: SessionId): boolean {
  return line?.holders.some((holder) => holder.session === session && holder.stays) === true;
}

/** The session no longer waits for this version. Those behind it move up by `moveUp`. */
export function leaveLine(version: Version, session: SessionId): void {
  const { line } = version;
  if (line === null) return;
  line.holders = line.holders.filter((holder) => holder.session !== session);
  line.queue = line.queue.filter((waiter) => waiter.session !== session);
  if (line.holders.length + line.queue.length === 0) version.line = null;
}

/** Lets those to the head of the line who can stand there now; returns them in their order. */
export function moveUp(line: Line): readonly SessionId[] {
  const moved: SessionId[] = [];
  const staying: Line["queue"] = [];
  for (const waiter of line.queue) {
    if ([...line.holders, ...staying].some((other) => rowLocksConflict(other.mode, waiter.mode))) staying.push(waiter);
    else {
      line.holders.push(waiter);
      moved.push(waiter.session);
    }
  }
  line.queue = staying;
  return moved;
}

/** Those who are in the way of a session that stands in line: at its head, and ahead in the queue. */
export function lineAhead(line: Line, session: SessionId): { readonly head: SessionId[]; readonly ahead: SessionId[] } {
  const at = line.queue.findIndex((waiter) => waiter.session === session);
  const mine = line.queue[at];
  if (mine === undefined) return { head: [], ahead: [] };
  const inTheWay = (other: { mode: RowLockMode }): boolean => rowLocksConflict(other.mode, mine.mode);
  return {
    head: line.holders.filter(inTheWay).map((holder) => holder.session),
    ahead: line.queue
      .slice(0, at)
      .filter(inTheWay)
      .map((waiter) => waiter.session),
  };
}
