/**
 * Symmetry: states that differ only in who is who are one.
 *
 * The clients of a scenario follow the same protocol, so exchanging two of them in a state (their sessions, their nodes,
 * and their names in rows, parameters and replies) gives a state with the same future, exchanged likewise. Such states form
 * an orbit; one of each is explored.
 *
 *     | alice holds the row, bob waits, carol idle |       one orbit of 3! = 6 states
 *     | carol holds the row, alice waits, bob idle |
 *
 * Which orbit a state belongs to is found by sorting, not by trying all orders: each client gets a signature, the text of
 * what the whole state looks like to it (itself `me`, the others nameless). Clients are put in the order of their
 * signatures, and the state is written with their places for names: equal texts, one orbit.
 *
 *     signature of alice   me holds row 1, one waits for it; locking        -> place 0
 *     signature of bob     somebody holds row 1, me waits; waiting          -> place 2
 *
 * Clients with one signature are usually interchangeable: exchanging two neighbours of them leaves the text as it is. Where it
 * does not, all orders among them are tried, and the least text counts (these are few: it takes a relation between clients
 * that no signature sees). The members of an orbit are n! divided by the number of orders that give the same text, so the
 * sizes of the orbits add up to the states of the full search, and that sum is the proof that nothing was lost.
 *
 * The state that is kept for an orbit is the first that was met, and steps lead from it as they are. So every path is a path
 * of the full system, and a shortest one: an orbit is first met at the depth at which the full search meets it. Of
 * interchangeable clients only the first one's steps are taken; the others' lead into the same orbits.
 *
 * Refused: processes that cannot tell their state, a client's name as part of a longer text (exchanging clients would not
 * exchange it), statements that compare or order names (names are then no longer mere names), and properties that see a
 * difference between clients; and liveness, whose loops need to know whose steps they are made of.
 *
 * Sources: Ip and Dill, "Better Verification Through Symmetry" (1996), scalarsets; Emerson and Sistla (1996).
 */
import type { World } from "../../model/property.ts";
import type { ExplorableSystem } from "../system/build.ts";
import { Interner } from "../system/interner.ts";
import type { StateId } from "../system/system.ts";
import { UsageError } from "../usage-error.ts";

/** The orbit of a state. */
export interface Orbit {
  readonly id: number;
  /** How many states it has. */
  readonly size: number;
  /** One client of each set of interchangeable ones. */
  readonly movers: readonly number[];
}

/** In how many worlds the properties are asked whether they tell clients apart. */
const WORLDS_CHECKED = 300;
/** More orders than this among clients of one signature are not tried. */
const ORDERS_MAX = 5040;

export class Symmetry {
  readonly #system: ExplorableSystem;
  readonly #places: ReadonlyMap<string, number>;
  readonly #names: readonly string[];
  readonly #texts = new Interner<string>((text) => text);
  readonly #factorials: readonly number[];
  readonly #statements = new Map<string, number>();
  readonly #nameWithin: RegExp;
  readonly #checked = new Set<string>();
  #worldsChecked = 0;

  constructor(system: ExplorableSystem) {
    if (system.claims.length > 0) {
      throw refused("liveness is claimed of each client by itself, and orbits do not tell clients apart");
    }
    this.#system = system;
    this.#names = system.clients;
    this.#places = new Map(system.clients.map((name, place) => [name, place]));
    const factorials = [1];
    for (let n = 1; n <= system.clients.length; n++) factorials.push((factorials[n - 1] as number) * n);
    this.#factorials = factorials;
    const escaped = [...system.clients].map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    this.#nameWithin = new RegExp(escaped.join("|"));
  }

  /** The orbit of the state. */
  of(state: StateId): Orbit {
    if (this.#system.statements.size !== this.#checked.size) this.#checkStatements();
    if (this.#worldsChecked++ < WORLDS_CHECKED) this.#checkProperties(this.#system.world(state));
    const signed = this.#names.map((_, client) => ({ client, signature: this.#signature(state, client) }));
    signed.sort((a, b) => (a.signature < b.signature ? -1 : a.signature > b.signature ? 1 : a.client - b.client));
    const groups: number[][] = [];
    signed.forEach(({ client, signature }, at) => {
      if (at > 0 && signed[at - 1]?.signature === signature) groups.at(-1)?.push(client);
      else groups.push([client]);
    });
    const order = groups.flat();
    const text = this.#text(state, order);
    this.#refuseNamesWithin(text);
    const tied = groups.filter((group) => !this.#isInterchangeable(state, order, group, text));
    if (tied.length > 0) return this.#byTrying(state, groups, tied);
    const same = groups.reduce((product, group) => product * (this.#factorials[group.length] as number), 1);
    return {
      id: this.#texts.intern(text),
      size: (this.#factorials[order.length] as number) / same,
      movers: groups.map(([first]) => first as number).sort((a, b) => a - b),
    };
  }

  /** What the state looks like to one client. */
  #signature(state: StateId, me: number): string {
    return this.#write(state, [me], (client) => (client === me ? "me" : "other"));
  }

  /** The state with places for names. */
  #text(state: StateId, order: readonly number[]): string {
    const places: number[] = [];
    for (const [place, client] of order.entries()) places[client] = place;
    return this.#write(state, order, (client) => places[client] as number);
  }

  #write(state: StateId, sessions: readonly number[], label: (client: number) => number | string): string {
    const rename = (text: string, isSql: boolean): string => {
      if (isSql) return `sql ${this.#statement(text)}`;
      const client = this.#places.get(text);
      return client === undefined ? text : `client ${label(client)}`;
    };
    const text = this.#system.textUnder(state, { label, sessions, rename });
    if (text === null) throw refused("a process cannot tell its local state");
    return text;
  }

  /** The number of a statement. A name in it is not exchanged with its client. */
  #statement(sql: string): number {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const name = this.#names.find((each) => sql.includes(`'${each}'`));
    if (name !== undefined) throw refused(`the statement "${sql}" has the name of the client ${name} in it`);
    this.#statements.set(sql, this.#statements.size);
    return this.#statements.size - 1;
  }

  /** Names that are whole texts have been renamed; one that is left is a part of something, and would stay behind. */
  #refuseNamesWithin(text: string): void {
    const match = this.#nameWithin.exec(text);
    if (match === null) return;
    const around = text.slice(Math.max(0, match.index - 20), match.index + 30);
    throw refused(`the name of the client ${match[0]} is part of a longer text (… ${around} …)`);
  }

  /** All orders of a group are made of two: its first two exchanged, and each moved to the place of the next. */
  #isInterchangeable(state: StateId, order: readonly number[], group: readonly number[], text: string): boolean {
    if (group.length < 2) return true;
    const turned = [...group.slice(1), group[0] as number];
    const exchanged = [group[1] as number, group[0] as number, ...group.slice(2)];
    for (const moved of group.length === 2 ? [exchanged] : [exchanged, turned]) {
      const other = order.map((client) => moved[group.indexOf(client)] ?? client);
      if (this.#text(state, other) !== text) return false;
    }
    return true;
  }

  /** Tries every order among the clients that are neither told apart nor interchangeable. */
  #byTrying(state: StateId, groups: readonly (readonly number[])[], tied: readonly (readonly number[])[]): Orbit {
    const count = tied.reduce((product, group) => product * (this.#factorials[group.length] as number), 1);
    if (count > ORDERS_MAX) throw refused(`${count} orders of clients would have to be tried for one state`);
    let least: string | null = null;
    let same = 0;
    for (const order of orders(groups, tied)) {
      const text = this.#text(state, order);
      if (least === null || text < least) {
        least = text;
        same = 0;
      }
      if (text === least) same++;
    }
    const free = groups.filter((group) => !tied.includes(group));
    const stabilizer = free.reduce((product, group) => product * (this.#factorials[group.length] as number), same);
    return {
      id: this.#texts.intern(least ?? ""),
      size: (this.#factorials[this.#names.length] as number) / stabilizer,
      movers: [...free.map(([first]) => first as number), ...tied.flat()].sort((a, b) => a - b),
    };
  }

  /** Properties must say the same of a world in which the clients are exchanged. */
  #checkProperties(world: World): void {
    const exchanged = exchange(world);
    for (const property of this.#system.properties) {
      const says = (each: World): boolean =>
        property.kind === "always"
          ? property.violation(each) === null
          : property.kind === "sometimes" && property.holds(each);
      if (says(world) !== says(exchanged)) throw refused(`the property ${property.name} tells clients apart`);
    }
  }

  #checkStatements(): void {
    for (const sql of this.#system.statements) {
      if (this.#checked.has(sql)) continue;
      this.#checked.add(sql);
      if (this.#system.ordersTexts(sql)) throw refused(`"${sql}" orders texts or looks into them, and names are texts`);
    }
  }
}

/** The world with the first client's name for the last one's, and so on backwards. */
function exchange(world: World): World {
  const names = world.clients.map(({ name }) => name);
  const other = new Map(names.map((name, at) => [name, names[names.length - 1 - at] as string]));
  const renamed: World = JSON.parse(JSON.stringify(world), (_, value: unknown) =>
    typeof value === "string" ? (other.get(value) ?? value) : value,
  );
  return { ...renamed, clients: [...renamed.clients].reverse() };
}

function* orders(
  groups: readonly (readonly number[])[],
  tied: readonly (readonly number[])[],
): Generator<readonly number[]> {
  const [first, ...rest] = groups;
  if (first === undefined) {
    yield [];
    return;
  }
  const heads = tied.includes(first) ? [...permutations(first)] : [first];
  for (const head of heads) for (const tail of orders(rest, tied)) yield [...head, ...tail];
}

function* permutations(list: readonly number[]): Generator<readonly number[]> {
  if (list.length === 0) yield [];
  for (const [at, head] of list.entries()) {
    for (const tail of permutations([...list.slice(0, at), ...list.slice(at + 1)])) yield [head, ...tail];
  }
}

function refused(why: string): UsageError {
  return new UsageError("symmetry-refused", `symmetry cannot be used: ${why}`, "Run it with --reductions none.");
}
