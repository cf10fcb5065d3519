/**
 * What symmetry rests on, looked at as the search goes: that names are mere names, and keys of rows that are exchanged mere keys.
 *
 *     statements     store names and ask whether two are equal; none has a client's name in its text
 *     processes      do the same under another name (namesakes.ts)
 *     properties     say the same of a world in which clients, or rows, are exchanged
 *
 * Statements and steps are looked at once, when they are met; properties are asked in the first `WORLDS_CHECKED` worlds. What speaks
 * against it ends the search with a `UsageError`.
 */
import type { World } from "../../model/property.ts";
import type { ExplorableSystem } from "../system/explorable-system.ts";
import type { StateId } from "../system/system.ts";
import { UsageError } from "../usage-error.ts";
import { Namesakes } from "./namesakes.ts";
import { permutations } from "./permutations.ts";
import { renamed } from "./renamed.ts";
import { rowsRefused } from "./row-orders.ts";

/** In how many worlds the properties are asked whether they tell clients apart. */
const WORLDS_CHECKED = 300;
/** Up to this many clients, in each of these worlds under every exchange of clients. */
const ALL_EXCHANGES_UP_TO = 4;

export class Premises {
  readonly #system: ExplorableSystem;
  readonly #namesakes: Namesakes;
  /** All orders of rows' keys, the first one as they are; none where rows are not exchanged. */
  readonly #rows: readonly ReadonlyMap<number, number>[];
  readonly #exchanges: readonly (readonly number[])[];
  readonly #checked = new Set<string>();
  /** What could be seen of the states so far, while properties are asked. */
  readonly #visible = new Set<number>();
  /** The worlds, as texts, in which the properties were asked. */
  readonly #worlds = new Set<string>();
  /** So many of the steps of processes were held against those of their namesakes. */
  #stepsCompared = 0;

  constructor(system: ExplorableSystem, rows: readonly ReadonlyMap<number, number>[] = []) {
    this.#system = system;
    this.#rows = rows;
    this.#namesakes = new Namesakes(system.processes, system.clients, rows.length > 0 ? rows : undefined);
    this.#exchanges = exchangesOf(system.clients.length);
  }

  /** Looks at what was met since it was last asked, and at the world of this state. Throws where something speaks against symmetry. */
  check(state: StateId): void {
    if (this.#system.statements.size !== this.#checked.size) this.#checkStatements();
    this.#compareProcesses();
    if (this.#worlds.size < WORLDS_CHECKED) this.#checkProperties(state);
  }

  /** Properties must say the same of a world in which the clients are exchanged, and must not know them by name. */
  #checkProperties(state: StateId): void {
    const seen = this.#system.visible(state);
    if (this.#visible.has(seen)) return;
    this.#visible.add(seen);
    const world = this.#system.world(state);
    const text = JSON.stringify(world);
    if (this.#worlds.has(text)) return;
    this.#worlds.add(text);
    const plain = plainClients(world);
    const isOther = (order: readonly number[]): boolean =>
      order.some((to, at) => to !== at && (plain[at] === null || plain[at] !== plain[to]));
    const names = namesIn(world);
    const worlds = this.#exchanges.filter(isOther).map((order) => exchange(world, order, names));
    const withOtherRows = [world, ...worlds].flatMap((each) =>
      this.#rows.slice(1).map((keys) => renamed(each, { keys }) as World),
    );
    for (const property of this.#system.properties) {
      const says = (each: World): boolean =>
        property.kind === "always"
          ? property.violation(each) === null
          : property.kind === "sometimes" && property.holds(each);
      const said = says(world);
      if (worlds.some((each) => says(each) !== said))
        throw symmetryRefused(`the property ${property.name} tells clients apart`);
      if (withOtherRows.some((each) => says(each) !== said))
        throw rowsRefused(`the property ${property.name} tells them apart`);
    }
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
 * the first and with the last. (Of many clients a property could still tell some apart in a way that only a longer exchange shows.)
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
