/**
 * What the protocols with a version column have in common: every change of a row counts its version up.
 *
 *     buffers
 *     id | locked_by | version
 *      1 | NULL      |       4       read: free, version 4
 *      1 | alice     |       5       alice took it
 *      1 | NULL      |       6       and let it go
 *
 * The version grows for ever, and so would the state space; therefore each client makes two attempts and then rests.
 */
import { type AnyStateMachine, assign, setup } from "xstate";
import type { Protocol, ProtocolInput, Query, ReplyEvent } from "../protocol.ts";

/** All that a client remembers. */
export interface VersionMemory {
  readonly client: string;
  readonly buffer: number | null;
  /** The version that it read; null before. */
  readonly version: number | null;
  readonly attemptsLeft: number;
}

type VersionEvent = { readonly type: "acquire"; readonly buffer: number } | { readonly type: "release" } | ReplyEvent;

const ATTEMPTS = 2;

/** What a client of this name knows at first. */
export function fresh(client: string): VersionMemory {
  return { client, buffer: null, version: null, attemptsLeft: ATTEMPTS };
}

function wanted({ buffer }: VersionMemory): number {
  if (buffer === null) throw new Error("a client that is idle wants no buffer");
  return buffer;
}

/** The typed base of the machines. */
export const versionClient = setup({
  types: { context: {} as VersionMemory, events: {} as VersionEvent, input: {} as ProtocolInput },
  actions: {
    query: (_, params: Query) => {
      throw new Error(`nobody answers this machine's queries; provide the action "query" (asked: ${params.text})`);
    },
    choose: assign(({ context, event }) =>
      event.type === "acquire" ? { buffer: event.buffer, attemptsLeft: context.attemptsLeft - 1 } : {},
    ),
    remember: assign(({ event }) => ({ version: event.type === "rows" ? Number(event.rows[0]?.["version"]) : null })),
    forget: assign({ buffer: null, version: null }),
  },
  guards: {
    mayTry: ({ context }) => context.attemptsLeft > 0,
    isFree: ({ event }) => event.type === "rows" && event.rows.length === 1 && event.rows[0]?.["locked_by"] === null,
    isUnchanged: ({ context, event }) => event.type === "rows" && event.rows[0]?.["version"] === context.version,
    changedOneRow: ({ event }) => event.type === "rows" && event.rowCount === 1,
  },
});

/** Reads who owns the buffer, and the row's version. */
export function readVersion(memory: VersionMemory): Query {
  return { text: "SELECT locked_by, version FROM buffers WHERE id = $1", values: [wanted(memory)] };
}

/** Takes the buffer, whichever version the row has by now. */
export function takeAnyVersion(memory: VersionMemory): Query {
  return {
    text: "UPDATE buffers SET locked_by = $1, version = version + 1 WHERE id = $2",
    values: [memory.client, wanted(memory)],
  };
}

/** Takes the buffer if the row still has the version that was read. */
export function takeThisVersion(memory: VersionMemory): Query {
  return {
    text: "UPDATE buffers SET locked_by = $1, version = version + 1 WHERE id = $2 AND version = $3",
    values: [memory.client, wanted(memory), memory.version],
  };
}

function letGo(memory: VersionMemory): Query {
  return {
    text: "UPDATE buffers SET locked_by = NULL, version = version + 1 WHERE id = $1 AND locked_by = $2",
    values: [wanted(memory), memory.client],
  };
}

/** Wants nothing until the user does, as long as there are attempts left. */
export const restingUntilReading = {
  entry: "forget",
  on: { acquire: { guard: "mayTry", target: "reading", actions: "choose" } },
} as const;

/** Owns until the user decides otherwise. */
export const owningVersion = versionClient.createStateConfig({ on: { release: "releasing" } });

/** Frees the buffer, believing nothing any more. */
export const releasingVersion = versionClient.createStateConfig({
  entry: { type: "query", params: ({ context }) => letGo(context) },
  on: { rows: "idle", failed: "idle" },
});

const REPLIES: readonly ReplyEvent[] = [
  { type: "rows", rows: [{ locked_by: null, version: 0 }], rowCount: 1 },
  { type: "rows", rows: [{ locked_by: "somebody else", version: 1 }], rowCount: 1 },
  { type: "rows", rows: [], rowCount: 1 },
  { type: "rows", rows: [], rowCount: 0 },
  { type: "failed", sqlstate: "40001", message: "could not serialize access due to concurrent update" },
];

/** A protocol over the table `buffers` with a version column. */
export function versionProtocol(
  description: Omit<Protocol, "userEvents" | "view" | "replies" | "setup"> & { readonly machine: AnyStateMachine },
): Protocol {
  return {
    ...description,
    setup: ["ALTER TABLE buffers ADD COLUMN version integer NOT NULL DEFAULT 0"],
    userEvents: (buffers) => [...buffers.map((buffer) => ({ type: "acquire", buffer })), { type: "release" }],
    view: (snapshot) => ({ owns: snapshot.matches("owning") ? wanted(snapshot.context) : null }),
    replies: REPLIES,
  };
}
