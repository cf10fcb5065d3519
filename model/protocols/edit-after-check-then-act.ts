/**
 * edit-after-check-then-act: takes the buffer as check-then-act does, and edits it as its owner.
 *
 * Two own it, and each writes its whole screen over the other's:
 *
 *     alice                   bob                     the buffer says
 *     looks: free             looks: free             ''
 *     takes it; loads ''      takes it; loads ''      ''
 *     types                                           'alice', cursor 5
 *                             types                   'bob', cursor 3: her edit is gone, her cursor has jumped
 *                             undo                    '': what it said before his edit was 'alice'
 *
 * Nothing fails, so no log shows it: the users do. Cure: `edit-after-atomic-update`.
 */
import {
  editing,
  editorClient,
  editorIdleUntil,
  editorProtocol,
  freshEditor,
  loading,
  lookAtOwner,
  releasingDocument,
  takeDocument,
  takingDocument,
  typing,
  undoing,
} from "./editor-client.ts";

const machine = editorClient.createMachine({
  id: "edit-after-check-then-act",
  context: ({ input }) => freshEditor(input.client),
  initial: "idle",
  states: {
    idle: editorIdleUntil("checking"),
    checking: {
      entry: { type: "query", params: ({ context }) => lookAtOwner(context) },
      on: { rows: [{ guard: "isFree", target: "taking" }, { target: "idle" }], failed: "idle" },
    },
    taking: takingDocument(takeDocument),
    loading,
    owning: editing,
    typing,
    undoing,
    releasing: releasingDocument,
  },
});

export const editAfterCheckThenAct = editorProtocol({
  name: "edit-after-check-then-act",
  sentence: "looks whether the buffer is free, takes it with a second statement, and edits it",
  broken: true,
  curedBy: ["edit-after-atomic-update"],
  claims: {
    "read committed": { violates: "no-lost-edit" },
    "repeatable read": { violates: "no-lost-edit" },
    serializable: { violates: "no-lost-edit" },
  },
  machine,
});
