/**
 * What every buffer protocol has in common: the client's memory, its events, how it reads a reply, and what it believes.
 *
 * A protocol file says only which states there are and what each of them sends:
 *
 *     checking: {
 *       entry: { type: "query", params: ({ context }) => checkAvailable(wanted(context)) },
 *       on: { rows: [{ guard: "isFree", target: "taking" }, { target: "idle" }], failed: "idle" },
 *     }
 *
 * Rules that keep a protocol explorable:
 *   - `idle` forgets the buffer, so that a client which tries again is in the same state as one which never tried: the
 *     state space of a cyclic protocol is finite because of this, not because of a limit;
 *   - the client believes that it owns in the state `owning` and nowhere else: it begins with the reply that
 *     proves it, and ends when the client decides to release, before that statement is sent. A client that went on
 *     believing while its release is under way would share the buffer with the next owner.
 */
import { type AnyStateMachine, assign, setup } from "xstate";
import type { Protocol, ProtocolInput, Query, ReplyEvent } from "../protocol.ts";
import { release } from "../statements.ts";

/** All that a client remembers; `buffer` is the one that it wants or owns. */
export interface ClientMemory {
  readonly client: string;
  readonly buffer: number | null;
}

type ClientEvent = { readonly type: "acquire"; readonly buffer: number } | { readonly type: "release" } | ReplyEvent;

/** The buffer that the client wants or owns. Outside of `idle` there always is one. */
export function wanted(memory: ClientMemory): number {
  if (memory.buffer === null) throw new Error("a client that is idle wants no buffer");
  return memory.buffer;
}

/** The typed base of the machines: `bufferClient.createMachine({ … })`. */
export const bufferClient = setup({
  types: {
    context: {} as ClientMemory,
    events: {} as ClientEvent,
    input: {} as ProtocolInput,
  },
  actions: {
    // Whoever runs a machine answers its queries: the simulator takes them from the transition, an actor provides this action.
    query: (_, params: Query) => {
      throw new Error(`nobody answers this machine's queries; provide the action "query" (asked: ${params.text})`);
    },
    choose: assign(({ event }) => ({ buffer: event.type === "acquire" ? event.buffer : null })),
    forget: assign({ buffer: null }),
  },
  guards: {
    /** One row came back and nobody is recorded in it. */
    isFree: ({ event }) => event.type === "rows" && event.rows.length === 1 && event.rows[0]?.["locked_by"] === null,
    /** Nothing came back. */
    noRow: ({ event }) => event.type === "rows" && event.rows.length === 0,
    /** One row came back and the client itself is recorded in it. */
    namesMe: ({ context, event }) => event.type === "rows" && event.rows[0]?.["locked_by"] === context.client,
    /** The UPDATE changed the row. */
    changedOneRow: ({ event }) => event.type === "rows" && event.rowCount === 1,
    /** The transaction was given up for others' sake, and would find another world if it began again. */
    mayTryAgain: ({ event }) => event.type === "failed" && ["40001", "40P01"].includes(event.sqlstate),
  },
});

/** Owns until the user decides otherwise. */
export const owning = bufferClient.createStateConfig({ on: { release: "releasing" } });

/** Frees the buffer, believing nothing any more. */
export const releasing = bufferClient.createStateConfig({
  entry: { type: "query", params: ({ context }) => release(context.client, wanted(context)) },
  on: { rows: "idle", failed: "idle" },
});

/** Wants nothing until the user does; `first` is the state in which an attempt begins. */
export function idleUntil<First extends string>(first: First) {
  return { entry: "forget", on: { acquire: { target: first, actions: "choose" } } } as const;
}

/** One reply of each kind that a buffer protocol can tell apart. */
const REPLIES: readonly ReplyEvent[] = [
  { type: "rows", rows: [{ locked_by: null }], rowCount: 1 },
  { type: "rows", rows: [{ locked_by: "somebody else" }], rowCount: 1 },
  { type: "rows", rows: [{ locked_by: "alice" }], rowCount: 1 },
  { type: "rows", rows: [{ id: 1 }], rowCount: 1 },
  { type: "rows", rows: [], rowCount: 1 },
  { type: "rows", rows: [], rowCount: 0 },
  { type: "failed", sqlstate: "40001", message: "could not serialize access due to concurrent update" },
  { type: "failed", sqlstate: "55000", message: "anything else" },
];

/** A protocol in which each client acquires one buffer at a time, owns it in the state `owning`, and releases it. */
export function bufferProtocol(
  description: Omit<Protocol, "userEvents" | "view" | "replies"> & { readonly machine: AnyStateMachine },
): Protocol {
  return {
    ...description,
    userEvents: (buffers) => [...buffers.map((buffer) => ({ type: "acquire", buffer })), { type: "release" }],
    view: (snapshot) => ({ owns: snapshot.matches("owning") ? wanted(snapshot.context) : null }),
    replies: REPLIES,
  };
}
