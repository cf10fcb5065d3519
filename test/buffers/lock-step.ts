/**
 * Walks two processes in lock step over an alphabet of replies: they must ask the same, believe the same, and end alike.
 *
 *     code     node --next {SELECT …}------> waits --reply--> …
 *     machine  node --acquire 1 {SELECT …}-> waits --reply--> …      names differ, statements and beliefs do not
 *
 * The code is a bounded series of calls: it may end where the machine is back in its first state.
 */
import type { Query, Reply } from "../../model/protocol.ts";
import type { Node, Process } from "../../sim/process/process.ts";

export interface LockStep {
  readonly code: Process;
  readonly machine: Process;
  readonly replies: readonly Reply[];
  /** `one` tries one reply for each state of the machine that a reply can lead to; `all` tries them all. */
  readonly tried: "all" | "one";
}

export interface Comparison {
  /** Where the two part, in words with the way there; null where they never do. */
  readonly difference: string | null;
  /** How many pairs of nodes were compared. */
  readonly pairs: number;
}

interface Pair {
  readonly code: Node;
  readonly machine: Node;
  readonly way: readonly string[];
}

export async function compareInLockStep(walk: LockStep): Promise<Comparison> {
  const pairs: Pair[] = [{ code: walk.code.initial, machine: walk.machine.initial, way: [] }];
  for (const pair of pairs) {
    const difference = differenceAt(walk, pair);
    if (difference !== null) return { difference: [...pair.way, difference].join("; "), pairs: pairs.length };
    pairs.push(...(await pairsAfter(walk, pair)));
  }
  return { difference: null, pairs: pairs.length };
}

function differenceAt({ code, machine }: LockStep, pair: Pair): string | null {
  const views = [code.view(pair.code), machine.view(pair.machine)].map((view) => JSON.stringify(view));
  if (views[0] !== views[1]) return `the code believes ${views[0]}, the machine ${views[1]}`;
  const asked = [code.requests(pair.code), machine.requests(pair.machine)].map((requests) =>
    requests.map(({ query }) => inWords(query)).join(" or "),
  );
  if (asked[0] === asked[1]) return null;
  const isOver = code.describe(pair.code).startsWith("ended") && pair.machine === machine.initial;
  return isOver ? null : `the code asks ${asked[0] || "nothing"}, the machine ${asked[1] || "nothing"}`;
}

async function pairsAfter(walk: LockStep, pair: Pair): Promise<readonly Pair[]> {
  const [codeNext] = walk.code.requests(pair.code);
  const [machineNext] = walk.machine.requests(pair.machine);
  if (codeNext !== undefined && machineNext !== undefined) {
    return [{ code: codeNext.then, machine: machineNext.then, way: [...pair.way, inWords(codeNext.query)] }];
  }
  if (codeNext !== undefined || machineNext !== undefined) return [];
  const after: Pair[] = [];
  for (const reply of walk.replies) {
    const machine = await walk.machine.advance(pair.machine, reply);
    if (walk.tried === "one" && after.some((known) => known.machine === machine)) continue;
    const code = await walk.code.advance(pair.code, reply);
    after.push({ code, machine, way: [...pair.way, `<- ${JSON.stringify(reply)}`] });
  }
  return after;
}

function inWords(query: Query | null): string {
  return query === null ? "a local step" : `${query.text} ${JSON.stringify(query.values)}`;
}
