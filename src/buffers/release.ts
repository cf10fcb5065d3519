/** Gives a buffer back, and says who owns one: the same for every strategy. */
import { checkAvailable, release } from "../../model/statements.ts";
import { BufferNotFound, NotOwner } from "./errors.ts";
import { type Session, send } from "./session.ts";

/** Frees the buffer. Stop using it before you call this: the next owner may have it before the answer arrives. */
export async function releaseBuffer(session: Session, buffer: number, client: string): Promise<void> {
  const { rowCount } = await send(session, release(client, buffer));
  if (rowCount !== 1) throw new NotOwner(buffer, client);
}

/** Who is recorded as the owner, or null. It may have changed before the answer arrives: show it, never act on it. */
export async function recordedOwner(session: Session, buffer: number): Promise<string | null> {
  const { rows } = await send(session, checkAvailable(buffer));
  const [row] = rows;
  if (row === undefined) throw new BufferNotFound(buffer);
  return typeof row["locked_by"] === "string" ? row["locked_by"] : null;
}
