/**
 * A naive explorer, to hold the real one against: plain values, `JSON.stringify` as the key, a Set and an array. It shares
 * with the real one only the server and the processes: no interning, no table of local steps, no integers.
 */
import type { ServerOutcome } from "../../../sim/postgres/server.ts";
import type { SystemParts } from "../../../sim/system/build.ts";
import type { Struck } from "../../../sim/system/faulty-server.ts";

type Parts = Pick<SystemParts, "server" | "processes">;
type Database = Parts["server"]["initial"];

interface Plain {
  readonly database: Database;
  readonly nodes: readonly number[];
}

export interface NaiveCounts {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  /** True when every reachable state was seen; otherwise all those that `depth` steps lead to. */
  readonly whole: boolean;
}

/** Sees every reachable state, whatever the properties say; ends after the level in which there are more than `statesMax`. */
export async function naiveExplore(parts: Parts, statesMax = Number.POSITIVE_INFINITY): Promise<NaiveCounts> {
  const key = (state: Plain) => JSON.stringify([parts.server.key(state.database), state.nodes]);
  const start: Plain = { database: parts.server.initial, nodes: parts.processes.map((process) => process.initial) };
  const seen = new Set([key(start)]);
  let transitions = 0;
  let depth = 0;
  for (let level = [start]; seen.size <= statesMax; depth++) {
    const next: Plain[] = [];
    for (const state of level) {
      for (const successor of await successors(parts, state)) {
        transitions++;
        const name = key(successor);
        if (seen.has(name)) continue;
        seen.add(name);
        next.push(successor);
      }
    }
    if (next.length === 0) return { states: seen.size, transitions, depth, whole: true };
    level = next;
  }
  return { states: seen.size, transitions, depth, whole: false };
}

async function successors({ server, processes }: Parts, state: Plain): Promise<Plain[]> {
  const found: Plain[] = [];
  const faults = "strike" in server ? server : null;
  for (const [client, process] of processes.entries()) {
    const node = state.nodes[client] as number;
    const moved = async (from: number, outcome: ServerOutcome | Struck | null): Promise<void> => {
      const reply = outcome?.progress.kind === "replied" ? outcome.progress.reply : null;
      const after = reply === null ? from : await process.advance(from, reply);
      found.push({
        database: outcome === null ? state.database : outcome.database,
        nodes: state.nodes.map((old, at) => (at === client ? after : old)),
      });
    };
    const loses = async (from: number, move: Parameters<typeof server.step>[2]): Promise<void> => {
      for (const fault of faults?.lostCommitsOf(state.database, client, move) ?? []) {
        await moved(from, faults?.loseCommit(state.database, client, { move, fault }) ?? null);
      }
    };
    for (const { query, then } of server.canSend(state.database, client) ? process.requests(node) : []) {
      await moved(then, query === null ? null : server.step(state.database, client, { kind: "send", query }));
      if (query !== null) await loses(then, { kind: "send", query });
    }
    for (const { session, ...move } of server.moves(state.database)) {
      if (session !== client) continue;
      await moved(node, server.step(state.database, client, move));
      await loses(node, move);
    }
    for (const fault of faults?.faultsOf(state.database, client) ?? []) {
      const outcome = faults?.strike(state.database, client, fault) ?? null;
      await moved(fault.kind === "crash" ? process.initial : node, outcome);
    }
  }
  return found;
}
