/**
 * What symmetry rests on, looked at as the search goes: that names are mere names, and keys of rows that are exchanged mere keys.
 *
 *     statements     store names and ask whether two are equal; none has a client's name in its text
 *     processes      do the same under another name (namesakes.ts)
 *     properties     say the same of a world in which clients, or rows, are exchanged
 *
 * Statements and steps are looked at once, when they are met. Of a property that says of itself that it knows no client by name
 * (`symmetric`) it is tried in the first `WORLDS_TRIED` worlds, under some exchanges. Of any other it is looked at in every world, under
 * all of them, so that it has been asked of every state that an orbit stands for; with more clients than that can be done for, it is
 * refused. What speaks against it ends the search with a `UsageError`.
 */
import type { Property, World } from "../../model/property.ts";
import { holdsIn, violationIn } from "../system/asked.ts";
import type { ExplorableSystem } from "../system/explorable-system.ts";
import type { StateId } from "../system/system.ts";
import { UsageError } from "../usage-error.ts";
import { Namesakes } from "./namesakes.ts";
import { permutations } from "./permutations.ts";
import { renamed } from "./renamed.ts";
import { rowsRefused } from "./row-orders.ts";

/** In how many worlds the word of properties is tried that say that they do not tell clients apart. */
const WORLDS_TRIED = 300;
/** Up to this many clients a property is asked under every exchange of clients. */
const ALL_EXCHANGES_UP_TO = 4;

export class Premises {
  readonly #system: ExplorableSystem;
  readonly #namesakes: Namesakes;
  /** All orders of rows' keys, the first one as they are; none where rows are not exchanged. */
  readonly #rows: readonly ReadonlyMap<number, number>[];
  readonly #exchanges: readonly (readonly number[])[];
  readonly #checked = new Set<string>();
  /** What could be seen of the states so far. */
  readonly #visible = new Set<number>();
  /** So many of the steps of processes were held against those of their namesakes. */
  #stepsCompared = 0;

  constructor(system: ExplorableSystem, rows: readonly ReadonlyMap<number, number>[] = []) {
    this.#system = system;
    this.#rows = rows;
    this.#namesakes = new Namesakes(system.processes, system.clients, rows.length > 0 ? rows : undefined);
    this.#exchanges = exchangesOf(system.clients.length);
    const unknown = system.properties.find(({ symmetric }) => symmetric !== true);
    if (unknown !== undefined && system.clients.length > ALL_EXCHANGES_UP_TO) {
      throw symmetryRefused(
        `the property ${unknown.name} does not say that it knows no client by name (\`symmetric: true\`), and ${system.clients.length} clients have too many orders to be tried`,
      );
    }
  }

  /** Looks at what was met since it was last asked, and at the world of this state. Throws where something speaks against symmetry. */
  check(state: StateId): void {
    if (this.#system.statements.size !== this.#checked.size) this.#checkStatements();
    this.#compareProcesses();
    this.#checkProperties(state);
  }

  /** Properties must say the same of a world in which clients or rows are exchanged, and must not know them by name. */
  #checkProperties(state: StateId): void {
    const seen = this.#system.visible(state);
    if (this.#visible.has(seen)) return;
    this.#visible.add(seen);
    const isTrial = this.#visible.size <= WORLDS_TRIED;
    const asked = this.#system.properties.filter(({ symmetric }) => isTrial || symmetric !== true);
    if (asked.length === 0 && this.#rows.length < 2) return;
    const world = this.#system.world(state);
    // Names and keys may be what rows are told in the order of.
    const inOrder = (each: World): World => ({ ...each, tables: this.#system.inOrder(state, each.tables) });
    const worlds = asked.length === 0 ? [] : this.#withOtherClients(world).map(inOrder);
    const withOtherRows = [world, ...worlds].flatMap((each) =>
      this.#rows.slice(1).map((keys) => inOrder(renamed(each, { keys }) as World)),
    );
    for (const property of this.#system.properties) {
      const said = says(property, world);
      if (asked.includes(property) && worlds.some((each) => says(property, each) !== said))
        throw symmetryRefused(`the property ${property.name} tells clients apart`);
      if (withOtherRows.some((each) => says(property, each) !== said))
        throw rowsRefused(`the property ${property.name} tells them apart`);
    }
  }

  #withOtherClients(world: World): readonly World[] {
    const plain = plainClients(world);
    const isOther = (order: readonly number[]): boolean =>
      order.some((to, at) => to !== at && (plain[at] === null || plain[at] !== plain[to]));
    const names = namesIn(world);
    return this.#exchanges.filter(isOther).map((order) => exchange(world, order, names));
  }

  #compareProcesses(): void {
    const { processSteps } = this.#system;
    while (this.#stepsCompared < processSteps.length) {
      const what = this.#namesakes.difference(processSteps[this.#stepsCompared++] as (typeof processSteps)[number]);
      if (what !== null) throw symmetryRefused(`a name is more than a name: ${what}`);
    }
  }

  #checkStatements(): void {
    for (const sql of this.#system.statements) {
      if (this.#checked.has(sql)) continue;
      this.#checked.add(sql);
      // It is not exchanged with its client.
      const name = this.#system.clients.find((each) => sql.includes(`'${each}'`));
      if (name !== undefined) throw symmetryRefused(`the statement "${sql}" has the name of the client ${name} in it`);
      if (this.#system.ordersTexts(sql))
        throw symmetryRefused(`"${sql}" orders texts or looks into them, and names are texts`);
    }
  }
}

function says(property: Property, world: World): boolean {
  return property.kind === "always" ? violationIn(property, world) === null : holdsIn(property, world);
}

/** What there is to say of each client but for its name; null where something names it. Exchanging equal ones changes nothing. */
function plainClients({ clients, tables }: World): readonly (string | null)[] {
  const texts = clients.map(({ name, ...rest }) => JSON.stringify(rest));
  const rows = JSON.stringify(tables);
  return clients.map(({ name }, at) => {
    const quoted = JSON.stringify(name);
    const isNamed = rows.includes(quoted) || texts.some((text) => text.includes(quoted));
    return isNamed ? null : (texts[at] as string);
  });
}

/** By part of a world, a client or a row: the names of clients that occur in it. */
type NamesIn = ReadonlyMap<object, readonly string[]>;

function namesIn({ clients, tables }: World): NamesIn {
  const quoted = clients.map(({ name }) => [name, JSON.stringify(name)] as const);
  const parts: readonly object[] = [...clients, ...Object.values(tables).flat()];
  return new Map(
    parts.map((part) => {
      const text = JSON.stringify(part);
      return [part, quoted.flatMap(([name, each]) => (text.includes(each) ? [name] : []))];
    }),
  );
}

/** The world in which the client at each place is called as, and stands where, the order says. */
function exchange({ clients, tables }: World, order: readonly number[], names: NamesIn): World {
  const moved = order.flatMap((to, at) =>
    to === at ? [] : [[clients[at]?.name as string, clients[to]?.name as string]],
  );
  const others = new Map(moved as [string, string][]);
  const under = <T extends object>(part: T): T =>
    names.get(part)?.some((name) => others.has(name)) ? (renamed(part, { names: others }) as T) : part;
  const exchanged: World["clients"][number][] = [];
  for (const [at, client] of clients.entries()) exchanged[order[at] as number] = under(client);
  const named = Object.entries(tables).map(([table, rows]) => [table, rows.map(under)]);
  return { tables: Object.fromEntries(named) as World["tables"], clients: exchanged };
}

/**
 * The exchanges in which properties are asked: all of them where clients are few; else each two neighbours, and each client with
 * the first and with the last.
 */
function exchangesOf(clients: number): readonly (readonly number[])[] {
  const everybody = [...Array(clients).keys()];
  if (clients <= ALL_EXCHANGES_UP_TO) return [...permutations(everybody)].slice(1);
  const pairs = everybody.flatMap((at) => [
    [at, at + 1],
    [0, at],
    [at, clients - 1],
  ]);
  return pairs
    .filter(([one, two]) => one !== two && (two as number) < clients)
    .map(([one, two]) => everybody.map((at) => (at === one ? two : at === two ? one : at) as number));
}

/** Neither clients nor rows can be exchanged. */
export function symmetryRefused(why: string): UsageError {
  return new UsageError("symmetry-refused", `symmetry cannot be used: ${why}`, "Run it with --reductions none.");
}
