/** The production code as one client of the scenario: a bounded series of attempts, which says what it believes. */

import type { Code } from "../../sim/process/code-process.ts";
import { BufferError, releaseBuffer, type Strategy } from "../../src/buffers/index.ts";

export interface ProductionClient {
  readonly strategy: Strategy;
  readonly client: string;
  readonly buffer: number;
  /** How often it tries to acquire; it releases whenever it could. */
  readonly attempts: number;
}

export function productionClient({ strategy, client, buffer, attempts }: ProductionClient): Code {
  return async (session) => {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const outcome = await strategy.acquire(session, buffer, client).catch(givesUp);
      if (outcome !== "acquired") continue;
      session.believe({ owns: buffer });
      session.believe({ owns: null });
      await releaseBuffer(session, buffer, client).catch(givesUp);
    }
  };
}

function givesUp(error: unknown): "gave up" {
  if (error instanceof BufferError) return "gave up";
  throw error;
}
