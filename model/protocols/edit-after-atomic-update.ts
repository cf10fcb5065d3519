/**
 * edit-after-atomic-update: takes the buffer with one UPDATE that changes the row only while nobody owns it, and edits it.
 *
 * It holds with the very edits that break after check-then-act. An owner may trust its own screen, its cursor and its undo stack because
 * nobody else is one.
 */
import {
  editing,
  editorClient,
  editorIdleUntil,
  editorProtocol,
  freshEditor,
  loading,
  releasingDocument,
  takeFreeDocument,
  takingDocument,
  typing,
  undoing,
} from "./editor-client.ts";

const machine = editorClient.createMachine({
  id: "edit-after-atomic-update",
  context: ({ input }) => freshEditor(input.client),
  initial: "idle",
  states: {
    idle: editorIdleUntil("taking"),
    taking: takingDocument(takeFreeDocument),
    loading,
    owning: editing,
    typing,
    undoing,
    releasing: releasingDocument,
  },
});

export const editAfterAtomicUpdate = editorProtocol({
  name: "edit-after-atomic-update",
  sentence: "takes the buffer with one UPDATE that changes the row only while nobody owns it, and edits it",
  broken: false,
  claims: { "read committed": "holds", "repeatable read": "holds", serializable: "holds" },
  machine,
});
