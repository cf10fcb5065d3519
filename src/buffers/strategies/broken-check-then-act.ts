/**
 * Broken, and kept for teaching: acquires by looking first and taking afterwards, as in incident RACE-001. Two clients that
 * look before either takes both succeed; see model/protocols/check-then-act.ts. Never use it.
 */
import { checkAvailable, take } from "../../../model/statements.ts";
import { BufferNotFound } from "../errors.ts";
import { send } from "../session.ts";
import type { Strategy } from "../strategy.ts";

export const brokenCheckThenAct: Strategy = {
  name: "check-then-act",
  async acquire(session, buffer, client) {
    const { rows } = await send(session, checkAvailable(buffer));
    if (rows.length !== 1) throw new BufferNotFound(buffer);
    if (rows[0]?.["locked_by"] !== null) return "refused";
    // Here the answer is already old: nothing keeps others from going through the same two statements.
    const { rowCount } = await send(session, take(client, buffer));
    return rowCount === 1 ? "acquired" : "refused";
  },
};
