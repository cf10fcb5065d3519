/**
 * check-then-act: look whether the buffer is free, then take it. Two statements, and the race of incident RACE-001.
 *
 * Each statement is atomic. The pair is not: the SELECT's answer is about the moment of its snapshot, and the
 * UPDATE does not ask again.
 *
 *     alice                                bob                                  row of buffer 1
 *     SELECT locked_by … -> NULL                                                NULL
 *                                          SELECT locked_by … -> NULL           NULL
 *     UPDATE … SET locked_by = 'alice'                                          alice      alice believes that she owns it
 *                                          UPDATE … SET locked_by = 'bob'       bob        and so does bob
 *
 * Nothing fails and nobody waits: PostgreSQL ran four correct statements. The users see edits that appear and vanish.
 * Network latency only widens the gap between the two statements; with none at all the schedule above remains possible.
 *
 * BEGIN and COMMIT around the pair do not help at READ COMMITTED: bob's UPDATE then waits for alice's COMMIT, and overwrites
 * her name after it, because its condition is `id = 1` and still true. At REPEATABLE READ and above the second
 * UPDATE would fail with 40001 inside a transaction; here each statement is a transaction of its own, so no isolation
 * level helps either.
 *
 * On an SQL error the client gives up without owning. An error at release leaves it without belief, too: it had
 * decided to let go. The row may go on naming it, which blocks the buffer but never makes two owners.
 */
import { checkAvailable, release, take } from "../statements.ts";
import { bufferClient, bufferProtocol, wanted } from "./buffer-client.ts";

const machine = bufferClient.createMachine({
  id: "check-then-act",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: { entry: "forget", on: { acquire: { target: "checking", actions: "choose" } } },
    checking: {
      entry: { type: "query", params: ({ context }) => checkAvailable(wanted(context)) },
      on: { rows: [{ guard: "isFree", target: "taking" }, { target: "idle" }], failed: "idle" },
    },
    taking: {
      entry: { type: "query", params: ({ context }) => take(context.client, wanted(context)) },
      on: { rows: [{ guard: "changedOneRow", target: "owning" }, { target: "idle" }], failed: "idle" },
    },
    owning: { on: { release: "releasing" } },
    releasing: {
      entry: { type: "query", params: ({ context }) => release(context.client, wanted(context)) },
      on: { rows: "idle", failed: "idle" },
    },
  },
});

export const checkThenAct = bufferProtocol({
  name: "check-then-act",
  sentence: "reads whether the buffer is free, then takes it with a second statement",
  broken: true,
  curedBy: ["atomic-update", "check-then-atomic-update", "select-for-update"],
  claims: {
    "read committed": { violates: "mutual-exclusion" },
    "repeatable read": { violates: "mutual-exclusion" },
    serializable: { violates: "mutual-exclusion" },
  },
  machine,
});
