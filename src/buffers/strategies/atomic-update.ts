/** Acquires by one conditional UPDATE; see model/protocols/atomic-update.ts for why that holds. */
import { takeIfFree } from "../../../model/statements.ts";
import { send } from "../session.ts";
import type { Strategy } from "../strategy.ts";

export const atomicUpdate: Strategy = {
  name: "atomic-update",
  async acquire(session, buffer, client) {
    const { rowCount } = await send(session, takeIfFree(client, buffer));
    return rowCount === 1 ? "acquired" : "refused";
  },
};
