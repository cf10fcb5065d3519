/** editor: what the users of RACE-001 saw. Owners of a buffer type into it, and undo what they have typed. */
import { cursorStays, noLostEdit, undoRestores } from "../editor-properties.ts";
import { noDeadlock, somebodyOwnsA } from "../properties.ts";
import { editAfterAtomicUpdate } from "../protocols/edit-after-atomic-update.ts";
import { editAfterCheckThenAct } from "../protocols/edit-after-check-then-act.ts";
import type { Scenario } from "../scenario.ts";

export const editor: Scenario = {
  name: "editor",
  sentence: "owners of a buffer type into it, and undo what they have typed",
  setup: (buffers) => [
    "CREATE TABLE documents (id integer PRIMARY KEY, text text, cursor integer, before text, edited_by text, locked_by text)",
    ...Array.from({ length: buffers }, (_, at) => `INSERT INTO documents VALUES (${at + 1}, '', 0, '', NULL, NULL)`),
  ],
  protocols: [editAfterCheckThenAct, editAfterAtomicUpdate],
  properties: [noLostEdit, cursorStays, undoRestores, noDeadlock, somebodyOwnsA("buffer")],
  defaults: { protocol: editAfterCheckThenAct.name, clients: 2, buffers: 1 },
};
