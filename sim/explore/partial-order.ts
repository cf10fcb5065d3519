/**
 * Partial order: of steps whose order makes no difference, one order is looked at.
 *
 *     alice: BEGIN · bob: BEGIN          ┌── alice ── bob ──┐            ┌── alice ── bob ──┐
 *     two orders, one outcome            ┤                  ├     ->     ┤                  ├
 *                                        └── bob ── alice ──┘            └                  ┘
 *
 * In a state in which a client *acts alone*, only this client's steps are taken; everybody else's are taken afterwards. It acts
 * alone where each step that it has is
 *
 *     private     a local step of its process, or a statement that sees nothing of what others do, and of which others see
 *                 nothing (sim/postgres/session/alone.ts): BEGIN, SET, the end of a transaction that has only read
 *     unseen      what properties can see is the same before and after it (sim/system/visible.ts)
 *
 * Why nothing is lost. Let `w` be steps that lead from a state `s` to one in which an `always` property breaks, a `sometimes` property
 * is witnessed, or a client is answered with an error. Let alice act alone in `s`. Her steps depend on her own part of the state
 * only, which nobody else writes, and nobody else reads what they write there. So
 *
 *     alice moves in w      her first step in w is one of those that are taken. It can be moved to the front, because it does the same
 *                           there, and what she overtakes does the same after it: the rest of w, one step shorter, is still a way.
 *     she does not          put any of her steps in front of w. It changes nothing that w needs, and at the end the same is seen.
 *
 * The search follows whoever acts alone at once, through all of her steps, until nobody does, and expands only the states in which the
 * way ends. From there w, or what is left of it, is still a way, and all first steps are taken, w's among them: one step shorter.
 * By induction its end is met, or one that cannot be told from it.
 *
 *     s ── alice: BEGIN ── bob: BEGIN ── carol: BEGIN ── s'         s and what lies between are met, judged and passed; s' is expanded
 *
 * A way may come back to where it was (BEGIN, ROLLBACK, BEGIN), and everybody else would be put off for good. The ways are followed
 * in depth, so each circle comes back to a state that is still on the way; and that one is expanded after all. So is the state that
 * comes after many: a way through ever new states has no end, and others would wait for it.
 *
 * With symmetry the states in the queue stand for their orbits. The argument is the same: from the state that is kept, w leads on with
 * the clients exchanged.
 *
 * What is lost: which schedule is the shortest, since steps come earlier than they must. A violation's schedule is a schedule of the
 * full system, and the search without this reduction is then made as far as that depth (exhaustive.ts), to show a shortest one. And
 * the number of all states. Runs without end lose more than that, so it is refused together with liveness (broken-claim.ts).
 *
 * What others may do is every statement that may still be sent, and nobody knows these beforehand. Only one thing is asked of them: that
 * none locks a table against those who read its rows (`locksTables`). The search takes for granted what was true of those that were sent
 * before it; where it was not true of all at its end, it is made once more (exhaustive.ts). Nothing hides such a statement: up to the moment
 * in which the first of them is sent, all is as above, so that somebody comes to send it in the search, too.
 *
 * At coarse granularity a client whose statement could be sent alone may not send while others have their turn; then it has no step,
 * and does not act alone. Once it has sent, nobody's turn is another, since it wakes nobody.
 *
 * Faults may strike anybody at any time and are counted together: with them nobody acts alone.
 *
 * Not used: steps that touch rows of which nobody else's future requests want any. All clients of one scenario want the same rows, so
 * there is little to be had: who knew the whole graph beforehand (bench/whole-graph.ts) would leave out a few states in a hundred more.
 * Sleep sets leave out steps and no states, a third of the steps at best.
 *
 * Sources: Clarke, Grumberg, Peled, Model Checking, 1999, chapter 10 (ample sets); Bosnacki and Holzmann, "Improving Spin's
 * Partial-Order Reduction for Breadth-First Search", 2005 (what has to be seen to with a queue).
 */
import type { Expansion, ExplorableSystem } from "../system/explorable-system.ts";
import type { StateId } from "../system/system.ts";

/** All steps of the first of these clients that acts alone, or null where none does. */
export async function stepsAlone(
  system: ExplorableSystem,
  state: StateId,
  clients: readonly number[],
): Promise<Expansion | null> {
  const seen = system.visible(state);
  for (const client of clients) {
    if (!system.actsAlone(state, client)) continue;
    const steps = await system.expand(state, [client]);
    if (steps.states.length > 0 && steps.states.every((next) => system.visible(next) === seen)) return steps;
  }
  return null;
}
