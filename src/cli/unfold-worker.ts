/**
 * A thread of `check --workers`: one part of an unfolding, in rounds that all threads make together.
 *
 *     expand some states  ->  all are here  ->  who has more than the next one gives it some  ->  all are here  ->  take what was given
 *       ^                                                                                                            |
 *       └──────────────────────────────────── all are here, and somebody has states left ────────────────────────────┘
 *
 * Bits of states are set by atomic operations. Of the rest nobody writes between two meetings what another reads, so nothing needs a lock:
 * what is said before the first meeting of a round is read before the second, and what is said before the last one is read until the first of
 * the next round, when whoever is ahead may have said the former again, but not the latter.
 */
import { parentPort, workerData } from "node:worker_threads";
import { UnfoldPart } from "../../sim/explore/unfold-part.ts";
import { decide, isToStop, meet, saidBy, say, sumOf, type UnfoldAnswer, type UnfoldShare } from "./unfold-board.ts";

const STATES_PER_ROUND = 1 << 12;

function visit({ tables, part, parts, board, met, mailboxes }: UnfoldShare): UnfoldAnswer {
  const own = new UnfoldPart(tables, met);
  const next = (part + 1) % parts;
  do {
    own.expand(STATES_PER_ROUND);
    say(board, part, { left: own.pending });
    meet(board, parts);
    const given = own.give((own.pending - saidBy(board, next, "left")) >> 1);
    const mailbox = mailboxes[next] as Int32Array;
    mailbox[0] = given.length;
    mailbox.set(given, 1);
    meet(board, parts);
    const taken = mailboxes[part] as Int32Array;
    own.receive(taken.subarray(1, 1 + (taken[0] as number)));
    say(board, part, { pending: own.pending, states: own.states, kilobytes: Math.ceil(own.bytes / 1024) });
    if (part === 0) decide(board);
    meet(board, parts);
  } while (!isToStop(board) && sumOf(board, "pending") > 0);
  return { states: own.states, transitions: own.transitions, bytes: own.bytes - (part === 0 ? 0 : met.byteLength) };
}

parentPort?.postMessage(visit(workerData as UnfoldShare));
