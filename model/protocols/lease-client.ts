/**
 * What the protocols with a lease have in common: ownership that ends by itself, so that a client which dies keeps nobody waiting.
 *
 *     documents
 *     id | owner | token | expires_at | saved_token
 *      1 | NULL  |     0 | 00:00:00   |           0      nobody has it
 *      1 | alice |     1 | 12:00:30   |           1      alice has it for 30 seconds, and has saved
 *      1 | bob   |     2 | 12:01:01   |           1      she went to sleep; bob has it, and has not saved yet
 *
 * Each taking counts the token up; so it says which owner somebody is, for ever, where a name only says who. A client that sleeps
 * past its lease does not know that it has slept: it goes on believing that it owns. That cannot be helped. What can be helped is that
 * what it does then reaches the table, and so what is claimed is this (model/lease-properties.ts):
 *
 *     at 12:00:31    alice: owns, until 12:00:30     no owner any more, whatever she believes
 *                    bob:   owns, until 12:01:01     the only one whose time is not up
 *
 * The token grows for ever, and so would the state space; therefore each client takes the lease once and then rests.
 */
import { type AnyStateMachine, assign, setup } from "xstate";
import { LEASE_SECONDS } from "../fault.ts";
import type { Cell, Protocol, ProtocolInput, Query, ReplyEvent } from "../protocol.ts";

/** All that a client remembers; what it does not know is null. */
export interface LeaseMemory {
  readonly client: string;
  readonly document: number | null;
  readonly token: number | null;
  /** When its lease ends, as it was told. */
  readonly until: string | null;
  /** The token with which it has saved last. */
  readonly saved: number | null;
  /** What its own clock said last. */
  readonly now: string | null;
  readonly attemptsLeft: number;
}

type LeaseEvent =
  | { readonly type: "acquire"; readonly buffer: number }
  | { readonly type: "save" }
  | { readonly type: "renew" }
  | { readonly type: "release" }
  | ReplyEvent;

const LEASE = `interval '${LEASE_SECONDS} seconds'`;
const NOTHING = { document: null, token: null, until: null, saved: null, now: null };

/** What a client of this name knows at first. */
export function freshLease(client: string): LeaseMemory {
  return { client, ...NOTHING, attemptsLeft: 1 };
}

function cellOf(event: LeaseEvent, field: string): Cell {
  return event.type === "rows" ? (event.rows[0]?.[field] ?? null) : null;
}

/** The typed base of the machines. */
export const leaseClient = setup({
  types: { context: {} as LeaseMemory, events: {} as LeaseEvent, input: {} as ProtocolInput },
  actions: {
    query: (_, params: Query) => {
      throw new Error(`nobody answers this machine's queries; provide the action "query" (asked: ${params.text})`);
    },
    choose: assign(({ context, event }) =>
      event.type === "acquire" ? { document: event.buffer, attemptsLeft: context.attemptsLeft - 1 } : {},
    ),
    rememberClock: assign(({ event }) => ({ now: String(cellOf(event, "now")) })),
    rememberToken: assign(({ event }) => ({ token: Number(cellOf(event, "token")) })),
    rememberLease: assign(({ event }) => ({
      token: Number(cellOf(event, "token")),
      until: String(cellOf(event, "expires_at")),
      now: null,
    })),
    rememberTime: assign(({ event }) => ({ until: String(cellOf(event, "expires_at")) })),
    rememberSaved: assign(({ context }) => ({ saved: context.token })),
    forget: assign(NOTHING),
  },
  guards: {
    mayTry: ({ context }) => context.attemptsLeft > 0,
    changedOneRow: ({ event }) => event.type === "rows" && event.rowCount === 1,
    isOver: ({ event }) => cellOf(event, "is_over") === true,
    isMyToken: ({ context, event }) => cellOf(event, "token") === context.token,
  },
});

/** Takes the lease where the server's clock says that it is over. */
export function takeIfOver({ client, document }: LeaseMemory): Query {
  return {
    text: `UPDATE documents SET owner = $1, token = token + 1, expires_at = now() + ${LEASE} WHERE id = $2 AND expires_at < now() RETURNING token, expires_at`,
    values: [client, document],
  };
}

/** Takes the lease where the client's own clock says that it is over. */
export function takeIfOverForMe({ client, document, now }: LeaseMemory): Query {
  return {
    text: `UPDATE documents SET owner = $1, token = token + 1, expires_at = $3::timestamptz + ${LEASE} WHERE id = $2 AND expires_at < $3::timestamptz RETURNING token, expires_at`,
    values: [client, document, now],
  };
}

/** Asks whether the lease is over, and for its token. */
export function lookAtLease({ document }: LeaseMemory): Query {
  return { text: "SELECT token, expires_at < now() AS is_over FROM documents WHERE id = $1", values: [document] };
}

/** Takes the lease, whoever has it by now. */
export function takeAnyway({ client, document, token }: LeaseMemory): Query {
  return {
    text: `UPDATE documents SET owner = $1, token = $3, expires_at = now() + ${LEASE} WHERE id = $2 RETURNING token, expires_at`,
    values: [client, document, Number(token) + 1],
  };
}

/** Saves, if the token still is the client's. */
export function saveWithToken({ document, token }: LeaseMemory): Query {
  return { text: "UPDATE documents SET saved_token = $2 WHERE id = $1 AND token = $2", values: [document, token] };
}

/** Saves, whoever owns the document by now. */
export function saveAnyway({ document, token }: LeaseMemory): Query {
  return { text: "UPDATE documents SET saved_token = $2 WHERE id = $1", values: [document, token] };
}

/** Makes the lease longer, if the token still is the client's. */
export function renewWithToken({ document, token }: LeaseMemory): Query {
  return {
    text: `UPDATE documents SET expires_at = now() + ${LEASE} WHERE id = $1 AND token = $2 RETURNING expires_at`,
    values: [document, token],
  };
}

/** Writes the client as the owner for another while, whoever owns the document by now. */
export function renewAnyway({ client, document }: LeaseMemory): Query {
  return {
    text: `UPDATE documents SET owner = $1, expires_at = now() + ${LEASE} WHERE id = $2 RETURNING expires_at`,
    values: [client, document],
  };
}

/** Ends the lease, if the token still is the client's. */
export function releaseWithToken({ document, token }: LeaseMemory): Query {
  return {
    text: "UPDATE documents SET owner = NULL, expires_at = '2026-01-01 00:00:00+00' WHERE id = $1 AND token = $2",
    values: [document, token],
  };
}

/** Ends the lease, whoever has it by now. */
export function releaseAnyway({ document }: LeaseMemory): Query {
  return {
    text: "UPDATE documents SET owner = NULL, expires_at = '2026-01-01 00:00:00+00' WHERE id = $1",
    values: [document],
  };
}

/** Wants nothing until the user does, as long as there are attempts left; `first` is the state in which an attempt begins. */
export function restingUntil<First extends string>(first: First) {
  return { entry: "forget", on: { acquire: { guard: "mayTry", target: first, actions: "choose" } } } as const;
}

/** Sends this statement; goes on owning where it has changed the row, and else has lost the lease, or never had it. */
function changing(
  statement: (memory: LeaseMemory) => Query,
  remember: "rememberLease" | "rememberSaved" | "rememberTime",
) {
  return leaseClient.createStateConfig({
    entry: { type: "query", params: ({ context }) => statement(context) },
    on: {
      rows: [{ guard: "changedOneRow", target: "owning", actions: remember }, { target: "idle" }],
      failed: "idle",
    },
  });
}

/** Takes the lease with this statement, or is told that it is not to be had. */
export function takingWith(statement: (memory: LeaseMemory) => Query) {
  return changing(statement, "rememberLease");
}

/** Owns until the user decides otherwise; saves and renews meanwhile, and gives up where it learns that it has lost the lease. */
export const owningLease = leaseClient.createStateConfig({
  on: { save: "saving", renew: "renewing", release: "releasing" },
});

export function savingWith(statement: (memory: LeaseMemory) => Query) {
  return changing(statement, "rememberSaved");
}

export function renewingWith(statement: (memory: LeaseMemory) => Query) {
  return changing(statement, "rememberTime");
}

export function releasingWith(statement: (memory: LeaseMemory) => Query) {
  return leaseClient.createStateConfig({
    entry: { type: "query", params: ({ context }) => statement(context) },
    on: { rows: "idle", failed: "idle" },
  });
}

const REPLIES: readonly ReplyEvent[] = [
  { type: "rows", rows: [{ token: 1, expires_at: "2026-01-01 12:00:30+00" }], rowCount: 1 },
  { type: "rows", rows: [{ token: 2, is_over: true }], rowCount: 1 },
  { type: "rows", rows: [{ token: 3, is_over: false }], rowCount: 1 },
  { type: "rows", rows: [{ now: "2026-01-01 12:00:00+00" }], rowCount: 1 },
  { type: "rows", rows: [], rowCount: 0 },
  { type: "failed", sqlstate: "40001", message: "could not serialize access due to concurrent update" },
];

const BELIEVES = ["owning", "saving", "checking", "writing", "renewing"];

/** A protocol over the table `documents`; a client believes that it owns from the reply that gave it the lease on. */
export function leaseProtocol(
  description: Omit<Protocol, "userEvents" | "view" | "replies"> & { readonly machine: AnyStateMachine },
): Protocol {
  return {
    ...description,
    userEvents: (documents) => [
      ...documents.map((buffer) => ({ type: "acquire", buffer })),
      { type: "save" },
      { type: "renew" },
      { type: "release" },
    ],
    view: (snapshot) => {
      const { document, token, until, saved }: LeaseMemory = snapshot.context;
      const believes = BELIEVES.some((state) => snapshot.matches(state));
      return believes ? { owns: document, token, until, saved } : { owns: null, token: null, until: null, saved: null };
    },
    replies: REPLIES,
  };
}
