/**
 * What the protocols of the scenario two-buffers have in common: a client needs two buffers at once, to move text between them.
 *
 *     idle --acquire from 1 into 2--> … takes 1, takes 2 … --> owning both --release--> … --> idle
 *     idle --acquire from 2 into 1--> … takes 2, takes 1 … --> owning both
 *
 * The user names them in the order of the task, so two users name the same two in opposite orders.
 */
import { type AnyStateMachine, assign, setup } from "xstate";
import type { Protocol, ProtocolInput, Query, ReplyEvent } from "../protocol.ts";
import { takeIfFree } from "../statements.ts";

/** All that a client remembers: where the text comes from and where it goes. */
export interface PairMemory {
  readonly client: string;
  readonly from: number | null;
  readonly into: number | null;
}

type PairEvent =
  | { readonly type: "acquire"; readonly from: number; readonly into: number }
  | { readonly type: "release" }
  | ReplyEvent;

/** The two buffers in the order in which the user named them. Outside of `idle` there always are two. */
export function asNamed({ from, into }: PairMemory): readonly [number, number] {
  if (from === null || into === null) throw new Error("a client that is idle wants no buffers");
  return [from, into];
}

/** The typed base of the machines. */
export const pairClient = setup({
  types: { context: {} as PairMemory, events: {} as PairEvent, input: {} as ProtocolInput },
  actions: {
    query: (_, params: Query) => {
      throw new Error(`nobody answers this machine's queries; provide the action "query" (asked: ${params.text})`);
    },
    choose: assign(({ event }) => (event.type === "acquire" ? { from: event.from, into: event.into } : {})),
    forget: assign({ from: null, into: null }),
  },
  guards: {
    changedOneRow: ({ event }) => event.type === "rows" && event.rowCount === 1,
    changedBothRows: ({ event }) => event.type === "rows" && event.rowCount === 2,
    /** The transaction was given up for others' sake, and would find another world if it began again. */
    mayTryAgain: ({ event }) => event.type === "failed" && ["40001", "40P01"].includes(event.sqlstate),
  },
});

/** Takes one of the two. */
export function takeOne(memory: PairMemory, buffer: number): Query {
  return takeIfFree(memory.client, buffer);
}

/** Wants nothing until the user does; `first` is the state in which an attempt begins. */
export function pairIdleUntil<First extends string>(first: First) {
  return { entry: "forget", on: { acquire: { target: first, actions: "choose" } } } as const;
}

/** Owns both until the user decides otherwise. */
export const owningBoth = pairClient.createStateConfig({ on: { release: "releasing" } });

/** Frees both, the lower one first whoever asks, so that letting go never waits in a circle. */
export const releasingBoth = {
  releasing: pairClient.createStateConfig({
    entry: { type: "query", params: ({ context }) => free(context, Math.min(...asNamed(context))) },
    on: { rows: "releasingOther", failed: "releasingOther" },
  }),
  releasingOther: pairClient.createStateConfig({
    entry: { type: "query", params: ({ context }) => free(context, Math.max(...asNamed(context))) },
    on: { rows: "idle", failed: "idle" },
  }),
};

function free({ client }: PairMemory, buffer: number): Query {
  return { text: "UPDATE buffers SET locked_by = NULL WHERE id = $1 AND locked_by = $2", values: [buffer, client] };
}

const REPLIES: readonly ReplyEvent[] = [
  { type: "rows", rows: [], rowCount: 0 },
  { type: "rows", rows: [{ id: 1 }], rowCount: 1 },
  { type: "rows", rows: [{ id: 1 }, { id: 2 }], rowCount: 2 },
  { type: "failed", sqlstate: "40P01", message: "deadlock detected" },
  { type: "failed", sqlstate: "55000", message: "anything else" },
];

/** A protocol in which each client acquires two buffers at a time, owns both in the state `owning`, and releases both. */
export function pairProtocol(
  description: Omit<Protocol, "userEvents" | "view" | "replies"> & { readonly machine: AnyStateMachine },
): Protocol {
  return {
    ...description,
    userEvents: (buffers) => [...pairs(buffers), { type: "release" }],
    view(snapshot) {
      if (!snapshot.matches("owning")) return { owns: null, "owns too": null };
      const [from, into] = asNamed(snapshot.context);
      return { owns: from, "owns too": into };
    },
    replies: REPLIES,
  };
}

function pairs(buffers: readonly number[]): readonly { type: string; from: number; into: number }[] {
  return buffers.flatMap((from) =>
    buffers.filter((into) => into !== from).map((into) => ({ type: "acquire", from, into })),
  );
}
