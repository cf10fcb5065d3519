/**
 * What the users of an editor notice when two of them own one buffer: the symptoms of RACE-001, in the words of the ticket.
 *
 *     no-lost-edit      what its owner has typed stays there                                     (edits appear then disappear)
 *     cursor-stays      the cursor is where its owner has put it                                 (it jumps to another's position)
 *     undo-restores     undo gives what the buffer said before the owner's own last edit         (it does not restore the state)
 *
 * None of them looks at who owns what: a user does not, either.
 */
import type { AlwaysProperty, ClientView, World } from "./property.ts";
import type { Row } from "./protocol.ts";

export const noLostEdit: AlwaysProperty = {
  kind: "always",
  symmetric: true,
  name: "no-lost-edit",
  sentence: "after an owner's edit the buffer says what the owner sees, until the owner edits it again",
  countsAlikeTo: 1,
  violation: (world) =>
    first(world, ({ name, view }, row) =>
      view["cursor"] !== null && view["sees"] !== row["text"]
        ? `${name} sees '${view["sees"]}' on the screen, and the buffer says '${row["text"]}'`
        : null,
    ),
};

export const cursorStays: AlwaysProperty = {
  kind: "always",
  symmetric: true,
  name: "cursor-stays",
  sentence: "the cursor of a buffer stays where its owner has put it",
  countsAlikeTo: 1,
  violation: (world) =>
    first(world, ({ name, view }, row) =>
      view["cursor"] !== null && view["cursor"] !== row["cursor"]
        ? `${name} has put the cursor at ${view["cursor"]}, and it is at ${row["cursor"]}`
        : null,
    ),
};

export const undoRestores: AlwaysProperty = {
  kind: "always",
  symmetric: true,
  name: "undo-restores",
  sentence: "undo gives what the buffer said before the owner's own last edit",
  countsAlikeTo: 1,
  violation: (world) =>
    first(world, ({ name, view }, row) =>
      view["undone"] !== null && row["edited_by"] === name && view["undone"] !== row["before"]
        ? `${name}'s undo gives '${view["undone"]}', and before ${name}'s last edit the buffer said '${row["before"]}'`
        : null,
    ),
};

/** The first thing that is wrong with a client and the buffer that it believes it owns. */
function first(world: World, wrong: (client: ClientView, row: Row) => string | null): string | null {
  for (const client of world.clients) {
    const row = world.tables["documents"]?.find((each) => each["id"] === client.view["owns"]);
    const message = row === undefined ? null : wrong(client, row);
    if (message !== null) return message;
  }
  return null;
}
