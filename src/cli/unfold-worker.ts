/**
 * A thread of `check --workers`: one part of an unfolding, in rounds that all threads make together.
 *
 *     expand some states  ->  put what belongs to others into the mailboxes  ->  all are here  ->  read one's own mailboxes
 *       ^                                                                                                  |
 *       └──────────────────────────────────── all are here, and somebody has states left ──────────────────┘
 *
 * Between the two meetings of a round nobody writes what another reads, so nothing needs a lock.
 */
import { parentPort, workerData } from "node:worker_threads";
import { UnfoldPart } from "../../sim/explore/unfold-part.ts";
import { decide, isToStop, meet, say, sumOf, type UnfoldAnswer, type UnfoldShare } from "./unfold-board.ts";

const STATES_PER_ROUND = 1 << 12;

function visit({ tables, part, parts, board, mailboxes }: UnfoldShare): UnfoldAnswer {
  const own = new UnfoldPart(tables, { part, parts });
  do {
    own.expand(STATES_PER_ROUND);
    for (let to = 0; to < parts; to++) {
      const outbox = own.outbox(to);
      const mailbox = mailboxes[part]?.[to] as Int32Array;
      mailbox[0] = outbox.content.length;
      mailbox.set(outbox.content, 1);
      outbox.clear();
    }
    meet(board, parts);
    for (let from = 0; from < parts; from++) {
      const mailbox = mailboxes[from]?.[part] as Int32Array;
      own.receive(mailbox.subarray(1, 1 + (mailbox[0] as number)));
    }
    say(board, part, { pending: own.pending, states: own.states, kilobytes: Math.ceil(own.bytes / 1024) });
    if (part === 0) decide(board);
    meet(board, parts);
  } while (!isToStop(board) && sumOf(board, "pending") > 0);
  return { states: own.states, transitions: own.transitions, bytes: own.bytes };
}

parentPort?.postMessage(visit(workerData as UnfoldShare));
