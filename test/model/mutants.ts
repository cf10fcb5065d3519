/**
 * Protocols with one mistake each: every property must catch one of them, or it could not fail.
 *
 *     mutual-exclusion     believesEveryReply    does not look at the row count of its UPDATE
 *     owner-is-recorded    believesBeforeCommit  believes after the UPDATE's reply, before COMMIT
 *     no-deadlock          crossesRows           locks two rows, its own first, in one transaction
 *     no-deadlock          endsInTransaction     ends with a row lock held
 *     somebody-owns        neverTakes            finds every buffer taken
 *     livelock-free        retriesNowait         gives up its row when the other one is locked, and begins again at once
 */

import type { Protocol, Query } from "../../model/protocol.ts";
import { bufferClient, bufferProtocol, wanted } from "../../model/protocols/buffer-client.ts";
import { BEGIN, COMMIT, checkAvailable, lockRow, ROLLBACK, release, take, takeIfFree } from "../../model/statements.ts";

export const believesEveryReply: Protocol = bufferProtocol({
  name: "believes-every-reply",
  sentence: "sends the right UPDATE and believes that it owns whatever the row count",
  broken: true,
  machine: bufferClient.createMachine({
    context: ({ input }) => ({ client: input.client, buffer: null }),
    initial: "idle",
    states: {
      idle: { entry: "forget", on: { acquire: { target: "taking", actions: "choose" } } },
      taking: {
        entry: { type: "query", params: ({ context }) => takeIfFree(context.client, wanted(context)) },
        on: { rows: "owning", failed: "idle" },
      },
      owning: { on: { release: "releasing" } },
      releasing: {
        entry: { type: "query", params: ({ context }) => release(context.client, wanted(context)) },
        on: { rows: "idle", failed: "idle" },
      },
    },
  }),
});

export const believesBeforeCommit: Protocol = {
  ...bufferProtocol({
    name: "believes-before-commit",
    sentence: "believes that it owns after the UPDATE's reply, before it commits",
    broken: true,
    machine: bufferClient.createMachine({
      context: ({ input }) => ({ client: input.client, buffer: null }),
      initial: "idle",
      states: {
        idle: { entry: "forget", on: { acquire: { target: "beginning", actions: "choose" } } },
        beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "taking", failed: "idle" } },
        taking: {
          entry: { type: "query", params: ({ context }) => takeIfFree(context.client, wanted(context)) },
          on: {
            rows: [{ guard: "changedOneRow", target: "committing" }, { target: "rollingBack" }],
            failed: "rollingBack",
          },
        },
        committing: { entry: { type: "query", params: COMMIT }, on: { rows: "owning", failed: "rollingBack" } },
        rollingBack: { entry: { type: "query", params: ROLLBACK }, on: { rows: "idle", failed: "idle" } },
        owning: { on: { release: "releasing" } },
        releasing: {
          entry: { type: "query", params: ({ context }) => release(context.client, wanted(context)) },
          on: { rows: "idle", failed: "idle" },
        },
      },
    }),
  }),
  view: (snapshot) => ({
    owns: snapshot.matches("committing") || snapshot.matches("owning") ? wanted(snapshot.context) : null,
  }),
};

/** Wants buffer 1 or 2 and locks the other one's row as well: two clients lock them in opposite order. */
export const crossesRows: Protocol = bufferProtocol({
  name: "crosses-rows",
  sentence: "locks the row of its buffer and then that of the other one",
  broken: true,
  machine: bufferClient.createMachine({
    context: ({ input }) => ({ client: input.client, buffer: null }),
    initial: "idle",
    states: {
      idle: { entry: "forget", on: { acquire: { target: "beginning", actions: "choose" } } },
      beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "lockingOwn", failed: "idle" } },
      lockingOwn: {
        entry: { type: "query", params: ({ context }) => lockRow(wanted(context)) },
        on: { rows: "lockingOther", failed: "rollingBack" },
      },
      lockingOther: {
        entry: { type: "query", params: ({ context }) => lockRow(3 - wanted(context)) },
        on: { rows: "rollingBack", failed: "rollingBack" },
      },
      rollingBack: { entry: { type: "query", params: ROLLBACK }, on: { rows: "idle", failed: "idle" } },
    },
  }),
});

export const endsInTransaction: Protocol = bufferProtocol({
  name: "ends-in-transaction",
  sentence: "takes the buffer in a transaction and ends without COMMIT",
  broken: true,
  machine: bufferClient.createMachine({
    context: ({ input }) => ({ client: input.client, buffer: null }),
    initial: "idle",
    states: {
      idle: { entry: "forget", on: { acquire: { target: "beginning", actions: "choose" } } },
      beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "taking", failed: "idle" } },
      taking: {
        entry: { type: "query", params: ({ context }) => take(context.client, wanted(context)) },
        on: { rows: "gone", failed: "gone" },
      },
      gone: { type: "final" },
    },
  }),
});

export const neverTakes: Protocol = bufferProtocol({
  name: "never-takes",
  sentence: "looks whether the buffer is free and never takes it",
  broken: true,
  machine: bufferClient.createMachine({
    context: ({ input }) => ({ client: input.client, buffer: null }),
    initial: "idle",
    states: {
      idle: { entry: "forget", on: { acquire: { target: "checking", actions: "choose" } } },
      checking: {
        entry: { type: "query", params: ({ context }) => checkAvailable(wanted(context)) },
        on: { rows: "idle", failed: "idle" },
      },
    },
  }),
});

/** `SELECT … FOR UPDATE NOWAIT`: the row is locked, or the statement fails at once with 55P03. */
function lockRowNowait(buffer: number): Query {
  const { text, values } = lockRow(buffer);
  return { text: `${text} NOWAIT`, values };
}

/** As `crossesRows`, without a deadlock: whoever finds the second row locked lets go of the first and begins again. */
export const retriesNowait: Protocol = bufferProtocol({
  name: "retries-nowait",
  sentence: "locks the row of its buffer and then that of the other one, without waiting, and tries again for ever",
  broken: true,
  machine: bufferClient.createMachine({
    context: ({ input }) => ({ client: input.client, buffer: null }),
    initial: "idle",
    states: {
      idle: { entry: "forget", on: { acquire: { target: "beginning", actions: "choose" } } },
      beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "lockingOwn", failed: "idle" } },
      lockingOwn: {
        entry: { type: "query", params: ({ context }) => lockRowNowait(wanted(context)) },
        on: { rows: [{ guard: "isFree", target: "lockingOther" }, { target: "givingUp" }], failed: "tryingAgain" },
      },
      lockingOther: {
        entry: { type: "query", params: ({ context }) => lockRowNowait(3 - wanted(context)) },
        on: { rows: "taking", failed: "tryingAgain" },
      },
      taking: {
        entry: { type: "query", params: ({ context }) => take(context.client, wanted(context)) },
        on: { rows: "committing", failed: "givingUp" },
      },
      committing: { entry: { type: "query", params: COMMIT }, on: { rows: "owning", failed: "givingUp" } },
      tryingAgain: { entry: { type: "query", params: ROLLBACK }, on: { rows: "beginning", failed: "idle" } },
      givingUp: { entry: { type: "query", params: ROLLBACK }, on: { rows: "idle", failed: "idle" } },
      owning: { on: { release: "releasing" } },
      releasing: {
        entry: { type: "query", params: ({ context }) => release(context.client, wanted(context)) },
        on: { rows: "idle", failed: "idle" },
      },
    },
  }),
});
