/** What an attempt of a client is: everything from a wish of its user until it is at rest again. Both oracles think in attempts. */
import type { ExplorableSystem } from "../system/explorable-system.ts";
import type { StateId } from "../system/system.ts";
import type { Seen } from "./watched.ts";

/** Nothing is under way and no transaction is open: the client has ended, or waits for a wish of its user. */
export function isAtRest(system: ExplorableSystem, state: StateId, client: number): boolean {
  const { goesOn, inTransaction } = system.standing(state, client);
  return !goesOn && !inTransaction;
}

/**
 * The name of the wish that this step begins with; null where it is no wish but something that befalls the client. A process that has
 * no user, and goes on by itself from the first step, makes one attempt called `run`.
 */
export function wishOf(
  system: ExplorableSystem,
  { client, action, before }: Pick<Seen, "client" | "action" | "before">,
): string | null {
  const requests = system.processes[client]?.requests(nodeOf(system, before, client)) ?? [];
  // What is lost in the commit of a request's statement is named after it: `acquire 1, lost-commit done`.
  const found = requests.find(({ name }) => action === name || action.startsWith(`${name}, `));
  if (found === undefined) return null;
  return found.name === "next" ? "run" : found.name;
}

/** Everything that a client knows, as text. */
export function knownTo(system: ExplorableSystem, state: StateId, client: number): string {
  const process = system.processes[client];
  const node = nodeOf(system, state, client);
  return process?.text?.(node) ?? seenOf(system, state, client);
}

/** Where a client stands and what it believes, as text. */
export function seenOf(system: ExplorableSystem, state: StateId, client: number): string {
  const process = system.processes[client];
  const node = nodeOf(system, state, client);
  return JSON.stringify([process?.describe(node), process?.view(node)]);
}

export function nodeOf(system: ExplorableSystem, state: StateId, client: number): number {
  return system.parts(state).nodes[client] as number;
}
