/**
 * What the protocols of the scenario two-tables have in common: a buffer is owned by an editor or by a reviewer, never by both,
 * and each kind has a table of its own.
 *
 *     editors                 reviewers                 acquire 1 editors:   looks into reviewers, inserts into editors
 *     buffer | locked_by      buffer | locked_by        acquire 1 reviewers: looks into editors, inserts into reviewers
 *          1 | alice
 *
 * The primary keys keep two editors apart, and two reviewers. Nothing in the schema keeps an editor and a reviewer apart.
 */
import { type AnyStateMachine, assign, setup } from "xstate";
import type { Protocol, ProtocolInput, Query, ReplyEvent } from "../protocol.ts";

type Desk = "editors" | "reviewers";

/** All that a client remembers: which buffer, and as what. */
export interface DeskMemory {
  readonly client: string;
  readonly buffer: number | null;
  readonly as: Desk | null;
}

type DeskEvent =
  | { readonly type: "acquire"; readonly buffer: number; readonly as: Desk }
  | { readonly type: "release" }
  | ReplyEvent;

function wanted({ buffer, as }: DeskMemory): { readonly buffer: number; readonly as: Desk } {
  if (buffer === null || as === null) throw new Error("a client that is idle wants no buffer");
  return { buffer, as };
}

/** The typed base of the machines. */
export const deskClient = setup({
  types: { context: {} as DeskMemory, events: {} as DeskEvent, input: {} as ProtocolInput },
  actions: {
    query: (_, params: Query) => {
      throw new Error(`nobody answers this machine's queries; provide the action "query" (asked: ${params.text})`);
    },
    choose: assign(({ event }) => (event.type === "acquire" ? { buffer: event.buffer, as: event.as } : {})),
    forget: assign({ buffer: null, as: null }),
  },
  guards: { noRow: ({ event }) => event.type === "rows" && event.rows.length === 0 },
});

/** Looks into the other kind's table. */
export function lookAtOthers(memory: DeskMemory): Query {
  const { buffer, as } = wanted(memory);
  const others = as === "editors" ? "reviewers" : "editors";
  return { text: `SELECT locked_by FROM ${others} WHERE buffer = $1`, values: [buffer] };
}

/** Inserts into the own kind's table. */
export function sitDown(memory: DeskMemory): Query {
  const { buffer, as } = wanted(memory);
  return { text: `INSERT INTO ${as} (buffer, locked_by) VALUES ($1, $2)`, values: [buffer, memory.client] };
}

/** Locks the row that both kinds have in common. */
export function lockParent(memory: DeskMemory): Query {
  return { text: "SELECT id FROM buffers WHERE id = $1 FOR UPDATE", values: [wanted(memory).buffer] };
}

/** Writes the row that both kinds have in common, with nothing new. */
export function touchParent(memory: DeskMemory): Query {
  return { text: "UPDATE buffers SET title = title WHERE id = $1", values: [wanted(memory).buffer] };
}

/** Wants nothing until the user does. */
export const idleUntilBeginning = {
  entry: "forget",
  on: { acquire: { target: "beginning", actions: "choose" } },
} as const;

/** Owns until the user decides otherwise. */
export const owningDesk = deskClient.createStateConfig({ on: { release: "releasing" } });

/** Deletes the own row, believing nothing any more. */
export const releasingDesk = deskClient.createStateConfig({
  entry: {
    type: "query",
    params: ({ context }) => {
      const { buffer, as } = wanted(context);
      return { text: `DELETE FROM ${as} WHERE buffer = $1 AND locked_by = $2`, values: [buffer, context.client] };
    },
  },
  on: { rows: "idle", failed: "idle" },
});

const REPLIES: readonly ReplyEvent[] = [
  { type: "rows", rows: [], rowCount: 0 },
  { type: "rows", rows: [{ locked_by: "somebody else" }], rowCount: 1 },
  { type: "failed", sqlstate: "40001", message: "could not serialize access due to read/write dependencies" },
];

/** A protocol in which each client acquires one buffer as one of the two kinds, owns it in the state `owning`, and releases it. */
export function deskProtocol(
  description: Omit<Protocol, "userEvents" | "view" | "replies"> & { readonly machine: AnyStateMachine },
): Protocol {
  const desks: readonly Desk[] = ["editors", "reviewers"];
  return {
    ...description,
    userEvents: (buffers) => [
      ...buffers.flatMap((buffer) => desks.map((as) => ({ type: "acquire", buffer, as }))),
      { type: "release" },
    ],
    view: (snapshot) => ({ owns: snapshot.matches("owning") ? wanted(snapshot.context).buffer : null }),
    replies: REPLIES,
  };
}
