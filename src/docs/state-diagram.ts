/**
 * Draws a protocol machine as a Mermaid state diagram, by walking it: what is drawn is what the machine does.
 *
 *     stateDiagram-v2
 *       [*] --> idle
 *       idle --> checking: acquire
 *       checking --> taking: rows [isFree]
 *       checking --> idle: rows [otherwise], failed
 *
 * An arrow's label is the event and, in brackets, the guard that chose this arrow among several for that event. States which
 * differ only in the machine's memory (which buffer) are one box. Unreachable states and arrows are not drawn.
 */
import { getNextTransitions, transition } from "xstate";
import type { Protocol } from "../../model/protocol.ts";
import { type Move, movesOf } from "./walk.ts";

/** What a state sends when it is entered, for the table under the diagram. */
export interface StateRow {
  readonly state: string;
  /** The SQL, or null for a state that waits for a user. */
  readonly sends: string | null;
  readonly believes: boolean;
}

/** Two, since some protocols take two at once; which of them a client wants makes no other box. */
const BUFFERS = [1, 2];

/** The diagram as Mermaid text. */
export function stateDiagram(protocol: Protocol): string {
  const moves = movesOf(protocol, BUFFERS);
  const arrows = new Map<string, Set<string>>();
  for (const move of moves) {
    const arrow = `${nameOf(move.from)} --> ${nameOf(move.to)}`;
    arrows.set(arrow, (arrows.get(arrow) ?? new Set()).add(labelOf(move)));
  }
  return [
    "stateDiagram-v2",
    `  [*] --> ${nameOf(firstOf(protocol, moves))}`,
    ...[...arrows].map(([arrow, labels]) => `  ${arrow}: ${[...labels].join(", ")}`),
  ].join("\n");
}

/** The states in the order in which they are reached. */
export function stateRows(protocol: Protocol): readonly StateRow[] {
  const moves = movesOf(protocol, BUFFERS);
  const first = firstOf(protocol, moves);
  const rows = new Map([[nameOf(first), { state: nameOf(first), sends: null as string | null, believes: false }]]);
  for (const { from, event, to } of moves) {
    const [, actions] = transition(protocol.machine, from, event);
    const sends = (actions[0]?.params as { readonly text: string } | undefined)?.text ?? null;
    const believes = Object.values(protocol.view(to)).some((belief) => belief !== null);
    if (!rows.has(nameOf(to))) rows.set(nameOf(to), { state: nameOf(to), sends, believes });
  }
  return [...rows.values()];
}

function firstOf(protocol: Protocol, moves: readonly Move[]): Move["from"] {
  const [first] = moves;
  if (first === undefined) throw new Error(`${protocol.name} accepts no event at all`);
  return first.from;
}

function nameOf(snapshot: Move["from"]): string {
  if (typeof snapshot.value !== "string")
    throw new Error("state diagrams are drawn for machines without nested states");
  return snapshot.value;
}

/** `rows [isFree]`, `rows [otherwise]`, or the event alone where nothing had to be chosen. */
function labelOf({ from, event, to }: Move): string {
  const candidates = getNextTransitions(from).filter(({ eventType }) => eventType === event.type);
  if (candidates.length < 2) return event.type;
  const chosen = candidates.filter(({ target }) => target?.some(({ key }) => key === to.value));
  const guards = chosen.map(({ guard }) => (typeof guard === "string" ? guard : "otherwise"));
  return `${event.type} [${guards.join(" or ")}]`;
}
