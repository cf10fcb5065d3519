/**
 * What the liveness properties say of a state: for each claim, whether its `from` and its `to` are true there.
 *
 *     claim = (property, client)       starvation-free of alice, starvation-free of bob, …
 *     fact  = FROM | TO                1: bob asks   2: bob owns   3: both   0: neither
 *
 * The predicates see beliefs, waits, committed rows and who asks, so they are asked once for each state that differs in these,
 * and never again for others that look alike.
 */
import type { AskingClient, LivenessProperty, LiveWorld, World } from "../../model/property.ts";
import { livelyIn } from "./asked.ts";
import { RowTable } from "./row-table.ts";

/** A liveness property as it is claimed of one client. */
export interface Claim {
  readonly property: LivenessProperty;
  /** The client's number. */
  readonly client: number;
}

export const FROM = 1;
export const TO = 2;

/** Every claim that these properties make of so many clients, in the order of the properties. */
export function claimsOf(properties: readonly LivenessProperty[], clients: number): readonly Claim[] {
  return properties.flatMap((property) => Array.from({ length: clients }, (_, client) => ({ property, client })));
}

/** What is to be known of a state to judge it: the number of all that can be seen of it, its world, and who asks in it. */
export interface Seen {
  readonly visible: number;
  readonly asks: readonly boolean[];
  world(): World;
}

export class LivenessFacts {
  readonly #claims: readonly Claim[];
  readonly #rows: RowTable;
  readonly #row: Int32Array;
  readonly #facts: Uint8Array[] = [];

  constructor(claims: readonly Claim[], clients: number) {
    this.#claims = claims;
    this.#rows = new RowTable(clients + 1);
    this.#row = new Int32Array(clients + 1);
  }

  /** One number a claim: FROM, TO, both or none. An `eventually` has no FROM: it is owed from the first state on. */
  of(seen: Seen): Uint8Array {
    this.#row[0] = seen.visible;
    seen.asks.forEach((asks, client) => {
      this.#row[client + 1] = asks ? 1 : 0;
    });
    const id = this.#rows.intern(this.#row);
    const known = this.#facts[id];
    if (known !== undefined) return known;
    const world = seen.world();
    const clients = world.clients.map((client, at): AskingClient => ({ ...client, asks: seen.asks[at] === true }));
    const facts = Uint8Array.from(this.#claims, (claim) => factOf(claim, { ...world, clients }));
    this.#facts[id] = facts;
    return facts;
  }
}

function factOf({ property, client }: Claim, world: LiveWorld): number {
  const about = world.clients[client];
  if (about === undefined) throw new RangeError(`there is no client ${client}`);
  switch (property.kind) {
    case "eventually":
      return livelyIn(property, "goal", world, about) ? TO : 0;
    case "leads-to":
      return (livelyIn(property, "from", world, about) ? FROM : 0) | (livelyIn(property, "to", world, about) ? TO : 0);
  }
}
