/** Every state that a protocol machine can reach over its alphabet of user events and replies, and every move between them. */
import { adjacencyMapToArray, getAdjacencyMap } from "@xstate/graph";
import type { AnyMachineSnapshot, EventObject } from "xstate";
import type { Protocol } from "../../model/protocol.ts";
import { snapshotText } from "../../sim/process/machine-moves.ts";

/** One accepted event and where it leads. */
export interface Move {
  readonly from: AnyMachineSnapshot;
  readonly event: EventObject;
  readonly to: AnyMachineSnapshot;
}

const CLIENT = "alice";

/** No protocol comes near it; a machine whose context grows for ever runs into it and is an error of @xstate/graph. */
const STATES_MAX = 10_000;

/** How @xstate/graph is to walk a protocol. Its own state key loses a Set and its own limit is infinity, so both are given. */
export function walkOptions(protocol: Protocol, buffers: readonly number[]) {
  return {
    input: { client: CLIENT },
    events: [...protocol.userEvents(buffers), ...protocol.replies] as readonly EventObject[],
    serializeState: (snapshot: AnyMachineSnapshot) => snapshotText(protocol, snapshot),
    serializeEvent: (event: EventObject) => JSON.stringify(event),
    limit: STATES_MAX,
  };
}

/** The moves of a protocol, breadth first; events that a state does not accept are left out. */
export function movesOf(protocol: Protocol, buffers: readonly number[]): readonly Move[] {
  const map = getAdjacencyMap(protocol.machine, walkOptions(protocol, buffers));
  return adjacencyMapToArray(map)
    .map(({ state, event, nextState }) => ({ from: state, event, to: nextState }))
    .filter(({ from, event }) => from.can(event));
}
