/**
 * The claims about ownership, as predicates over the world seen from outside.
 *
 *     mutual-exclusion    at most one client believes that it owns a thing       (no two owners)
 *     owner-is-recorded   a client that owns a thing is the one in its row       (no owner whom the database does not know)
 *     one-row-each        no thing has two rows
 *     no-deadlock         nobody waits in a circle, or for a client that is gone
 *     no-unexpected-error no client ends by an error that it does not handle           (claimed of every scenario)
 *     somebody-owns       some client gets to own a thing                        (the others are not kept by doing nothing)
 *
 * A thing is whatever the clients of a scenario compete for: a buffer, a job. Where two properties of different scenarios
 * say the same of different things they have one name.
 *
 * The first two look at beliefs, because the damage of RACE-001 was done by clients that believed; `locked_by` alone always
 * names at most one client. They read `view.owns` (and `owns too` of a client that owns two): an id, or null.
 *
 * `no-deadlock` calls the circle itself a violation, although PostgreSQL breaks it after `deadlock_timeout` by failing one
 * of the statements: a protocol which relies on that loses a second and a transaction each time.
 */
import type { AlwaysProperty, Property, SometimesProperty, World } from "./property.ts";
import type { Cell, View } from "./protocol.ts";

/** At most one client owns a thing; `thing` is what the scenario's clients compete for, for instance `job`. */
export function oneOwnerOf(thing: string): AlwaysProperty {
  return {
    kind: "always",
    symmetric: true,
    name: "mutual-exclusion",
    sentence: `at most one client believes that it owns a ${thing}`,
    countsAlikeTo: 2,
    violation(world) {
      const owners = new Map<Cell, string[]>();
      for (const { client, owned } of beliefs(world)) owners.set(owned, [...(owners.get(owned) ?? []), client]);
      for (const [owned, clients] of owners) {
        if (clients.length > 1)
          return `${together(clients)} ${clients.length === 2 ? "both" : "all"} own ${thing} ${owned}`;
      }
      return null;
    },
  };
}

/** Where a thing's owner is recorded: the table, the column that says which thing, and the one that names the owner. */
export interface OwnerRecord {
  readonly thing: string;
  readonly table: string;
  readonly key: string;
  readonly owner: string;
}

/** Who believes that it owns a thing is the one whom the thing's row names. */
export function ownerRecordedIn({ thing, table, key, owner }: OwnerRecord): AlwaysProperty {
  return {
    kind: "always",
    symmetric: true,
    name: "owner-is-recorded",
    sentence: `a client that believes that it owns a ${thing} is the one recorded in the ${thing}'s row`,
    countsAlikeTo: 1,
    violation(world) {
      for (const { client, owned } of beliefs(world)) {
        const rows = world.tables[table]?.filter((each) => each[key] === owned) ?? [];
        if (rows.some((row) => row[owner] === client)) continue;
        const [row] = rows;
        if (row === undefined) return `${client} believes that it owns ${thing} ${owned}, which has no row`;
        return `${client} believes that it owns ${thing} ${owned}, but its row names ${row[owner] ?? "nobody"}`;
      }
      return null;
    },
  };
}

/** No two rows of a table are about the same thing. */
export function oneRowEach({ thing, table, key }: Omit<OwnerRecord, "owner">): AlwaysProperty {
  return {
    kind: "always",
    symmetric: true,
    name: "one-row-each",
    sentence: `the table ${table} has at most one row for each ${thing}`,
    countsAlikeTo: 0,
    violation(world) {
      const rows = world.tables[table] ?? [];
      const twice = rows.find((row, at) => rows.findIndex((earlier) => earlier[key] === row[key]) < at);
      if (twice === undefined) return null;
      const count = rows.filter((row) => row[key] === twice[key]).length;
      return `${table} has ${count} rows for ${thing} ${twice[key]}`;
    },
  };
}

export const mutualExclusion = oneOwnerOf("buffer");

export const ownerIsRecorded = ownerRecordedIn({ thing: "buffer", table: "buffers", key: "id", owner: "locked_by" });

export const noDeadlock: AlwaysProperty = {
  kind: "always",
  symmetric: true,
  name: "no-deadlock",
  sentence: "no clients wait for each other in a circle, and none waits for a client that has ended",
  countsAlikeTo: 2,
  violation(world) {
    const byName = new Map(world.clients.map((client) => [client.name, client]));
    for (const { name, waitsFor } of world.clients) {
      const gone = waitsFor.find((other) => byName.get(other)?.ended === true);
      if (gone !== undefined) return `${name} waits for ${gone}, which has ended and will never let go`;
    }
    for (const client of world.clients) {
      if (client.waitsFor.length === 0) continue;
      const circle = circleThrough(client.name, (name) => byName.get(name)?.waitsFor ?? []);
      if (circle === null) continue;
      const waits = circle.map((name, at) => `${name} waits for ${circle[(at + 1) % circle.length]}`);
      return `${together(waits)}: a deadlock`;
    }
    return null;
  },
};

/** The name of the property that every scenario has, whether or not it lists it. */
export const NO_UNEXPECTED_ERROR = "no-unexpected-error";

/**
 * No client ends by an error that it does not handle, but for the SQLSTATEs that are allowed. A machine handles an error by a transition on
 * `failed`, code by catching it. Every system has this property; a scenario or a protocol says what it allows (`allowedErrors`).
 */
export function noUnexpectedError(allowed: readonly string[] = []): AlwaysProperty {
  const but = allowed.length === 0 ? "" : `, but for ${allowed.join(", ")}`;
  return {
    kind: "always",
    symmetric: true,
    name: NO_UNEXPECTED_ERROR,
    sentence: `no client ends by an error that it does not handle${but}`,
    countsAlikeTo: 1,
    violation(world) {
      for (const { name, endedBy } of world.clients) {
        if (endedBy?.kind !== "error" || allowed.includes(endedBy.sqlstate)) continue;
        return `${name} ended by an error that it does not handle: ${endedBy.sqlstate} ${endedBy.message}`;
      }
      return null;
    },
  };
}

/** Somebody gets to own a thing. */
export function somebodyOwnsA(thing: string): SometimesProperty {
  return {
    kind: "sometimes",
    symmetric: true,
    name: "somebody-owns",
    sentence: `some client gets to own a ${thing}`,
    countsAlikeTo: 1,
    holds: (world) => beliefs(world).length > 0,
  };
}

export const somebodyOwns = somebodyOwnsA("buffer");

/** In the order in which they are reported where several break at once. */
export const bufferProperties: readonly Property[] = [mutualExclusion, ownerIsRecorded, noDeadlock, somebodyOwns];

interface Belief {
  readonly client: string;
  readonly owned: Cell;
}

/** What a client believes that it owns, by its view. */
export function ownedIn(view: View): readonly NonNullable<Cell>[] {
  return [view["owns"] ?? null, view["owns too"] ?? null].filter((owned) => owned !== null);
}

function beliefs(world: World): readonly Belief[] {
  return world.clients.flatMap(({ name, view }) => ownedIn(view).map((owned) => ({ client: name, owned })));
}

/** The shortest circle of waits that leads from this client back to it, as names; null when there is none. */
export function circleThrough(
  start: string,
  waitsFor: (client: string) => readonly string[],
): readonly string[] | null {
  const paths: string[][] = [[start]];
  const seen = new Set<string>();
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    for (const next of waitsFor(path.at(-1) ?? "")) {
      if (next === start) return path;
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
