/**
 * A thread of `check --workers`: one part of an unfolding.
 *
 *     take what others have sent  ->  expand some states  ->  send what belongs to others  ->  again
 *                                                                    nothing left: wait until the bell rings
 *
 * Nobody waits for anybody who waits: a full ring is tried again after what has been sent to oneself was taken. Who has much that others do
 * not take expands nothing meanwhile.
 */
import { parentPort, workerData } from "node:worker_threads";
import { UnfoldPart } from "../../sim/explore/unfold-part.ts";
import {
  begin,
  bellOf,
  finish,
  isOver,
  say,
  send,
  type UnfoldAnswer,
  type UnfoldShare,
  waitFor,
} from "./unfold-board.ts";
import { type Ring, take } from "./unfold-ring.ts";

const STATES_PER_ROUND = 1 << 10;
const UNSENT_MAX = 1 << 16;

function visit({ tables, shares, part, board, rings }: UnfoldShare): UnfoldAnswer {
  const own = new UnfoldPart(tables, shares, part);
  const receive = (states: Int32Array): void => own.receive(states);
  const takeAll = (): number => rings.reduce((sum, from) => sum + take(from[part] as Ring, receive), 0);
  const sendAll = (): void => {
    for (const [to, states] of own.outboxes.entries()) send(board, rings[part]?.[to] as Ring, to, states);
  };
  const isThrough = (): boolean => own.pending === 0 && own.outboxes.every(({ size }) => size === 0);
  let isAtWork = true;
  while (!isOver(board)) {
    const bell = bellOf(board, part);
    const taken = takeAll();
    if (taken > 0 && !isAtWork) begin(board);
    isAtWork ||= taken > 0;
    if (taken > 0) finish(board, taken);
    if (own.outboxes.every(({ size }) => size < UNSENT_MAX)) own.expand(STATES_PER_ROUND);
    sendAll();
    say(board, part, { states: own.states, pending: own.pending, kilobytes: Math.ceil(own.bytes / 1024) });
    if (!isThrough()) continue;
    if (isAtWork) finish(board, 1);
    isAtWork = false;
    waitFor(board, part, bell);
  }
  return { states: own.states, transitions: own.transitions, bytes: own.bytes };
}

parentPort?.postMessage(visit(workerData as UnfoldShare));
