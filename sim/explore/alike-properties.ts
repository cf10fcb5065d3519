/**
 * Whether properties count no further than they say: they are asked of worlds with more clients alike.
 *
 *     mutual-exclusion counts clients that are alike to 2       two owners, three owners, eight owners: always broken
 *     "at most three wait" would have to count to 4             and if it said 2 it would be found out with four that wait
 *
 * A property is a function of which nothing is known but what it answers, so this refutes and does not prove: that a property counts
 * no further is its own word (`countsAlikeTo`), on which `check --clients any` relies.
 */
import type { ClientView, Property, World } from "../../model/property.ts";
import { holdsIn, violationIn } from "../system/asked.ts";
import { UsageError } from "../usage-error.ts";

/** So many more clients of a kind are put into a world. */
const MORE_ALIKE = 6;

/** How far properties count clients that are alike; a UsageError for one that does not say. */
export function countsTo(properties: readonly Property[]): number {
  return Math.max(
    2,
    ...properties.map(({ name, countsAlikeTo, symmetric }) => {
      if (symmetric !== true) {
        throw new UsageError(
          "any-number-refused",
          `the property ${name} does not say that it knows no client by name`,
          "Say it in the property (`symmetric: true`, where it only asks whether two names are the same), or give a number of clients.",
        );
      }
      if (countsAlikeTo !== undefined) return countsAlikeTo;
      throw new UsageError(
        "any-number-refused",
        `the property ${name} does not say how far it counts clients that are alike`,
        "Say it in the property (`countsAlikeTo: 2` where two of them are enough to break it), or give a number of clients.",
      );
    }),
  );
}

/** Refuses properties that say something else of this world when there are more clients like these. */
export function mustNotCountFurther(properties: readonly Property[], world: World, alike: readonly string[]): void {
  const says = (property: Property, each: World): boolean =>
    property.kind === "always" ? violationIn(property, each) === null : holdsIn(property, each);
  const worlds = worldsWithMore(world, alike);
  for (const property of properties) {
    const said = says(property, world);
    if (worlds.every((each) => says(property, each) === said)) continue;
    throw new UsageError(
      "any-number-refused",
      `the property ${property.name} says that it counts clients that are alike to ${property.countsAlikeTo}, and it counts further`,
      "Correct `countsAlikeTo` in the property, or give a number of clients.",
    );
  }
}

function worldsWithMore(world: World, alike: readonly string[]): readonly World[] {
  const worlds: World[] = [];
  const [like] = alike;
  const client = world.clients.find(({ name }) => name === like);
  // Who waits for others of its own kind would have to wait for the new ones as well; such a circle is found anyway.
  if (client === undefined || client.waitsFor.some((name) => alike.includes(name))) return [];
  for (let added = 1; added <= MORE_ALIKE; added++) {
    worlds.push(withOneMore(worlds.at(-1) ?? world, client, `another ${added} like ${client.name}`));
  }
  return worlds;
}

function withOneMore(world: World, client: ClientView, name: string): World {
  const view = Object.fromEntries(
    Object.entries(client.view).map(([key, value]) => [key, value === client.name ? name : value]),
  );
  const others = world.clients.map((each) =>
    each.waitsFor.includes(client.name) ? { ...each, waitsFor: [...each.waitsFor, name] } : each,
  );
  return { ...world, clients: [...others, { ...client, name, view }] };
}
