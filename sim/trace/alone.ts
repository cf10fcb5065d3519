/**
 * The run of one client alone, which finds everything as it was at the start: how a protocol goes when nobody is in its way.
 *
 * The client does what the user asked of it in another trace (`acquire 1`, then perhaps `release`), each as soon as it can,
 * and in between whatever the protocol does by itself. It ends where the next wish cannot be had, or where none is left.
 */
import { type Choice, moveOf, type System } from "../system/system.ts";
import { OWN_MOVES } from "./card.ts";
import { recordTrace, type TraceAbout } from "./record.ts";
import type { Trace } from "./trace.ts";

const BY_ITSELF: ReadonlySet<string> = new Set(["next", "resume", "commit"]);
const STEPS_MAX = 1000;

/** Records the run of `client` with these wishes; the others never move. */
export async function aloneTrace(
  system: System,
  client: string,
  wishes: readonly string[],
  about: TraceAbout,
): Promise<Trace> {
  const schedule: Choice[] = [];
  const left = wishes.filter((wish) => !OWN_MOVES.has(moveOf(wish)));
  let state = system.initial;
  while (schedule.length < STEPS_MAX) {
    const own = system.choices(state).filter((choice) => choice.client === client);
    const goesOn = own.find(({ action }) => BY_ITSELF.has(moveOf(action)));
    const choice = goesOn ?? own.find(({ action }) => action === left[0]);
    if (choice === undefined) break;
    if (goesOn === undefined) left.shift();
    schedule.push(choice);
    state = (await system.take(state, choice)).state;
  }
  return recordTrace(system, schedule, about);
}
