/**
 * What has to happen in the end: the claims that only a run without end can break.
 *
 *     livelock-free      as long as somebody asks, somebody owns at some time       (all retry for ever, nobody gets anywhere)
 *     answered           whoever asks is answered at some time                      (one waits, or retries, for ever)
 *     starvation-free    whoever asks owns at some time, if it asks again and again (the others always are first)
 *
 * A client that is told "taken" is answered, and may be told so for ever. So a protocol that does not keep a queue is `answered` at
 * best; `starvation-free` needs somebody who remembers who came first.
 *
 * Who has ended asks no more, so nothing is owed to it.
 *
 * All are meant under weak fairness of each client's steps, those of its user included: whoever owns releases at some
 * time, and whoever is idle asks again. Else a user who goes home would be a starvation of everybody else.
 */
import type { AskingClient, LeadsToProperty, LivenessProperty } from "./property.ts";

/** No run in which clients ask for ever and nobody ever owns a thing. */
export function livelockFree(thing: string): LeadsToProperty {
  return {
    kind: "leads-to",
    name: "livelock-free",
    sentence: `while clients ask for a ${thing}, some client gets to own one at some time`,
    from: ({ clients }) => clients.some(({ asks }) => asks),
    to: ({ clients }) => clients.some(owns) || clients.every(({ ended }) => ended),
    violation: () => `clients ask for ever, and none of them ever owns a ${thing}`,
  };
}

/** No client asks once and has no answer for ever. */
export const answered: LeadsToProperty = {
  kind: "leads-to",
  name: "answered",
  sentence: "a client that asks is answered at some time",
  from: (_, client) => client.asks,
  to: (_, client) => !client.asks,
  violation: (client) => `${client} asks once and is never answered`,
};

/** No client asks again and again and never owns a thing. */
export function starvationFree(thing: string): LeadsToProperty {
  return {
    kind: "leads-to",
    name: "starvation-free",
    sentence: `a client that asks for a ${thing}, again and again if need be, owns one at some time`,
    from: (_, client) => client.asks,
    to: (_, client) => owns(client) || client.ended,
    violation: (client) => `${client} asks for ever and never owns a ${thing}`,
  };
}

/** The three for what the clients of a scenario compete for. */
export function livenessOf(thing: string): readonly LivenessProperty[] {
  return [livelockFree(thing), answered, starvationFree(thing)];
}

function owns({ view }: AskingClient): boolean {
  return (view["owns"] ?? null) !== null;
}
