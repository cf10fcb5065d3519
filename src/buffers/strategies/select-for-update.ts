/** Acquires by looking under a row lock; see model/protocols/select-for-update.ts for why that holds. */
import { BEGIN, COMMIT, lockRow, ROLLBACK, take } from "../../../model/statements.ts";
import { BufferNotFound, DatabaseUnavailable, TransactionLeftOpen } from "../errors.ts";
import { type Session, send } from "../session.ts";
import type { Attempt, Strategy } from "../strategy.ts";

export const selectForUpdate: Strategy = {
  name: "select-for-update",
  async acquire(session, buffer, client) {
    await send(session, BEGIN);
    const found = await takeOrRollBack(session, buffer, client);
    if (found === "acquired") return found;
    await rollBack(session);
    if (found === "absent") throw new BufferNotFound(buffer);
    return found;
  },
};

/** Commits where it could take the buffer; otherwise the transaction is still open, but for an error. */
async function takeOrRollBack(session: Session, buffer: number, client: string): Promise<Attempt | "absent"> {
  try {
    const { rows } = await send(session, lockRow(buffer));
    if (rows.length !== 1) return "absent";
    if (rows[0]?.["locked_by"] !== null) return "refused";
    const { rowCount } = await send(session, take(client, buffer));
    if (rowCount !== 1) return "refused";
    await send(session, COMMIT);
    return "acquired";
  } catch (error) {
    await rollBack(session);
    throw error;
  }
}

async function rollBack(session: Session): Promise<void> {
  try {
    await send(session, ROLLBACK);
  } catch (cause) {
    // With the connection gone the server ends the transaction itself.
    if (cause instanceof DatabaseUnavailable) throw cause;
    throw new TransactionLeftOpen("the transaction could not be rolled back", { cause });
  }
}
