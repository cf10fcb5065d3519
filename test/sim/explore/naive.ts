/**
 * A naive explorer, to hold the real one against: plain values, `JSON.stringify` as the key, a Set and an array. It shares
 * with the real one only the server and the processes: no interning, no table of local steps, no integers.
 */
import type { Database, Server } from "../../../sim/postgres/server.ts";
import type { Process } from "../../../sim/process/process.ts";

interface Plain {
  readonly database: Database;
  readonly nodes: readonly number[];
}

export interface NaiveCounts {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
}

/** Sees every reachable state, whatever the properties say. */
export async function naiveExplore(server: Server, processes: readonly Process[]): Promise<NaiveCounts> {
  const key = (state: Plain) => JSON.stringify([server.key(state.database), state.nodes]);
  const start: Plain = { database: server.initial, nodes: processes.map((process) => process.initial) };
  const seen = new Set([key(start)]);
  let transitions = 0;
  let depth = 0;
  for (let level = [start]; level.length > 0; depth++) {
    const next: Plain[] = [];
    for (const state of level) {
      for (const successor of await successors(server, processes, state)) {
        transitions++;
        const name = key(successor);
        if (seen.has(name)) continue;
        seen.add(name);
        next.push(successor);
      }
    }
    if (next.length === 0) return { states: seen.size, transitions, depth };
    level = next;
  }
  return { states: seen.size, transitions, depth };
}

async function successors(server: Server, processes: readonly Process[], state: Plain): Promise<Plain[]> {
  const found: Plain[] = [];
  const moved = (client: number, database: Database, node: number): void => {
    found.push({ database, nodes: state.nodes.map((old, at) => (at === client ? node : old)) });
  };
  for (const [client, process] of processes.entries()) {
    const node = state.nodes[client] as number;
    if (server.canSend(state.database, client)) {
      for (const request of process.requests(node)) {
        if (request.query === null) {
          moved(client, state.database, request.then);
          continue;
        }
        const { database, progress } = server.step(state.database, client, { kind: "send", query: request.query });
        moved(
          client,
          database,
          progress.kind === "replied" ? await process.advance(request.then, progress.reply) : request.then,
        );
      }
    }
    for (const { session, kind } of server.moves(state.database)) {
      if (session !== client) continue;
      const { database, progress } = server.step(state.database, client, { kind });
      moved(client, database, progress.kind === "replied" ? await process.advance(node, progress.reply) : node);
    }
  }
  return found;
}
