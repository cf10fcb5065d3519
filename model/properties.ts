/**
 * The claims about buffer ownership, as predicates over the world seen from outside.
 *
 *     mutual-exclusion    at most one client believes that it owns a buffer      (no two owners)
 *     owner-is-recorded   a client that owns a buffer is the row's `locked_by`   (no owner whom the database does not know)
 *     no-deadlock         nobody waits in a circle, or for a client that is gone
 *     somebody-owns       some client gets to own a buffer                       (the other three are not kept by doing nothing)
 *
 * The first two look at beliefs, because the damage of RACE-001 was done by clients that believed; `locked_by` alone always
 * names at most one client. They read `view.owns`: a buffer's id, or null.
 *
 * `no-deadlock` calls the circle itself a violation, although PostgreSQL breaks it after `deadlock_timeout` by failing one
 * of the statements: a protocol which relies on that loses a second and a transaction each time.
 */
import type { AlwaysProperty, ClientView, Property, SometimesProperty, World } from "./property.ts";
import type { Cell } from "./protocol.ts";

export const mutualExclusion: AlwaysProperty = {
  kind: "always",
  name: "mutual-exclusion",
  sentence: "at most one client believes that it owns a buffer",
  violation(world) {
    const owners = new Map<Cell, string[]>();
    for (const { client, buffer } of beliefs(world)) owners.set(buffer, [...(owners.get(buffer) ?? []), client]);
    for (const [buffer, clients] of owners) {
      if (clients.length > 1)
        return `${together(clients)} ${clients.length === 2 ? "both" : "all"} own buffer ${buffer}`;
    }
    return null;
  },
};

export const ownerIsRecorded: AlwaysProperty = {
  kind: "always",
  name: "owner-is-recorded",
  sentence: "a client that believes that it owns a buffer is the one recorded in the buffer's row",
  violation(world) {
    for (const { client, buffer } of beliefs(world)) {
      const row = world.tables["buffers"]?.find(({ id }) => id === buffer);
      if (row === undefined) return `${client} believes that it owns buffer ${buffer}, which has no row`;
      const recorded = row["locked_by"] ?? null;
      if (recorded === client) continue;
      const whom = recorded === null ? "nobody" : recorded;
      return `${client} believes that it owns buffer ${buffer}, but its row names ${whom}`;
    }
    return null;
  },
};

export const noDeadlock: AlwaysProperty = {
  kind: "always",
  name: "no-deadlock",
  sentence: "no clients wait for each other in a circle, and none waits for a client that has ended",
  violation(world) {
    const byName = new Map(world.clients.map((client) => [client.name, client]));
    for (const { name, waitsFor } of world.clients) {
      const gone = waitsFor.find((other) => byName.get(other)?.ended === true);
      if (gone !== undefined) return `${name} waits for ${gone}, which has ended and will never let go`;
    }
    for (const client of world.clients) {
      const circle = circleThrough(client, byName);
      if (circle === null) continue;
      const waits = circle.map((name, at) => `${name} waits for ${circle[(at + 1) % circle.length]}`);
      return `${together(waits)}: a deadlock`;
    }
    return null;
  },
};

export const somebodyOwns: SometimesProperty = {
  kind: "sometimes",
  name: "somebody-owns",
  sentence: "some client gets to own a buffer",
  holds: (world) => beliefs(world).length > 0,
};

/** In the order in which they are reported where several break at once. */
export const bufferProperties: readonly Property[] = [mutualExclusion, ownerIsRecorded, noDeadlock, somebodyOwns];

interface Belief {
  readonly client: string;
  readonly buffer: Cell;
}

function beliefs(world: World): readonly Belief[] {
  return world.clients
    .map(({ name, view }) => ({ client: name, buffer: view["owns"] ?? null }))
    .filter(({ buffer }) => buffer !== null);
}

/** The shortest circle of waits that leads from this client back to it, as names; null when there is none. */
function circleThrough(start: ClientView, byName: ReadonlyMap<string, ClientView>): readonly string[] | null {
  const paths: string[][] = [[start.name]];
  const seen = new Set<string>();
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    for (const next of byName.get(path.at(-1) ?? "")?.waitsFor ?? []) {
      if (next === start.name) return path;
      if (seen.has(next)) continue;
      seen.add(next);
      paths.push([...path, next]);
    }
  }
  return null;
}

/** `alice and bob`; `alice, bob and carol`. */
function together(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
