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
 * Nearly every state can be told by sections (sim/postgres/session/sections.ts): a skeleton with gaps for names, and for each client what
 * its session and its node are and which gaps it fills. The skeleton and the sections, sorted, are the orbit; clients of one section are
 * interchangeable, and no others. So the members of an orbit are n! divided by the product of m! over m clients of one section, and the
 * sizes of the orbits add up to the states of the full search: that sum is the proof that nothing was lost.
 *
 *     skeleton   ? holds row 1, ? waits for it        alice  fills gap 0, locking      bob  fills gap 1, waiting      carol  idle
 *
 * Where one session's part names another (who may go on only after others, savepoints that were released, dependencies of SERIALIZABLE),
 * the orbit is found by signatures: each client gets the text of what the whole state looks like to it (itself `me`, the others
 * nameless). Clients are put in the order of their signatures, and the state is written with their places for names: equal texts, one orbit.
 *
 * Clients with one signature are usually interchangeable: exchanging two neighbours of them leaves the text as it is. Where it
 * does not, all orders among them are tried, and the least text counts (these are few: it takes a relation between clients
 * that no signature sees). The members of an orbit are n! divided by the number of orders that give the same text.
 *
 * A step changes nothing about who can be exchanged, but for whoever takes it. So the sets of interchangeable clients are carried along:
 * only one member of each is asked for its signature, and only between sets that look alike now is an exchange tried. Which of the two
 * ways a state goes depends on its orbit only, and their texts have different beginnings, so they never take one orbit for another.
 *
 * The state that is kept for an orbit is the first that was met, and steps lead from it as they are. So every path is a path
 * of the full system, and a shortest one: an orbit is first met at the depth at which the full search meets it. Of
 * interchangeable clients only the first one's steps are taken; the others' lead into the same orbits.
 *
 * Rows that the scenario calls interchangeable can be exchanged as well (row-orders.ts): the state is written with their places for their
 * keys, and an orbit has as many members more as there are images of it.
 *
 * Refused: where names are more than names (premises.ts), or a part of a longer text, which exchanging clients would not exchange;
 * processes that cannot tell their state; and liveness, whose loops need to know whose steps they are made of.
 *
 * Sources: Ip and Dill, "Better Verification Through Symmetry" (1996), scalarsets; Emerson and Sistla (1996).
 */
import type { KeyLabels, Naming } from "../postgres/server.ts";
import type { ExplorableSystem } from "../system/explorable-system.ts";
import { Interner } from "../system/interner.ts";
import type { StateSections } from "../system/sections.ts";
import type { StateId } from "../system/system.ts";
import { permutations } from "./permutations.ts";
import { Premises, symmetryRefused } from "./premises.ts";
import { RowOrders } from "./row-orders.ts";

/** The orbit of a state. */
export interface Orbit {
  readonly id: number;
  /** How many states it has. */
  readonly size: bigint;
  /** One client of each set of interchangeable ones. */
  readonly movers: readonly number[];
  /** All clients, interchangeable ones together: two of a block can be exchanged without a change of the state. */
  readonly blocks: readonly Block[];
  /**
   * True where each block looks different, so that the states of one orbit have their blocks in the same order. False where two look
   * alike and are not interchangeable.
   */
  readonly isToldApart: boolean;
}

export type Block = readonly number[];

/** Clients that are left out where a state is written. */
type Without = ReadonlySet<number>;

const NOBODY: Without = new Set();

/** What is to be written: a state, with labels for its keys, and without some of its clients. */
interface Subject {
  readonly state: StateId;
  readonly keys: KeyLabels | null;
  readonly without?: Without;
}

/** A state in which clients cannot be counted, because they are more than so many of a kind. */
export class Uncountable extends Error {}

/** Where a state comes from: the orbit of the state before, as it was told of that state, and who moved. */
export interface Origin {
  readonly orbit: Orbit;
  readonly client: number;
}

/** What is alike of a state but for its clients, under labels of keys: the text that tells it from all others. */
interface Written extends Omit<Orbit, "id"> {
  readonly text: string;
}

/** More orders than this among clients of one signature are not tried. */
const ORDERS_MAX = 5040;

export class Symmetry {
  readonly #system: ExplorableSystem;
  readonly #places: ReadonlyMap<string, number>;
  readonly #names: readonly string[];
  readonly #texts = new Interner<string>((text) => text);
  readonly #factorials: readonly bigint[];
  readonly #statements: Map<string, number>;
  readonly #nameWithin: RegExp;
  readonly #premises: Premises;
  /** Null where rows are not exchanged. */
  readonly #rows: RowOrders | null;
  /** The orbit of the first state. */
  #initial: number | null = null;
  /** So many of the texts that sections are made of were looked at. */
  #textsSeen = 0;

  /**
   * `statements` gives the statements their numbers; texts of two systems can be compared where they share it. `rows`: the first
   * state that is asked for is the initial one, and interchangeable rows are exchanged.
   */
  constructor(
    system: ExplorableSystem,
    { statements = new Map(), rows = false }: { statements?: Map<string, number>; rows?: boolean } = {},
  ) {
    if (system.claims.length > 0) {
      throw symmetryRefused("liveness is claimed of each client by itself, and orbits do not tell clients apart");
    }
    this.#system = system;
    this.#rows = rows ? new RowOrders(system) : null;
    this.#premises = new Premises(system, this.#rows?.exchanges);
    this.#statements = statements;
    this.#names = system.clients;
    this.#places = new Map(system.clients.map((name, place) => [name, place]));
    const factorials = [1n];
    for (let n = 1; n <= system.clients.length; n++) factorials.push((factorials[n - 1] as bigint) * BigInt(n));
    this.#factorials = factorials;
    const escaped = [...system.clients].map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    this.#nameWithin = new RegExp(`(?<![A-Za-z])(?:${escaped.join("|")})(?![A-Za-z])`);
  }

  /** The orbit of the state; sooner with its origin. */
  of(state: StateId, from: Origin | null = null): Orbit {
    this.#premises.check(state);
    const orbit = this.#leastOf(state, from);
    this.#initial ??= orbit.id;
    if (orbit.id === this.#initial) this.#rows?.meetInitial(state);
    return orbit;
  }

  /** Whether the sizes of orbits count states that can be reached, and no others; known when everything was seen. */
  get isExact(): boolean {
    return this.#rows?.reachesAll ?? true;
  }

  /** Of the ways to write the state, under the labels that its rows may have, the least. */
  #leastOf(state: StateId, from: Origin | null): Orbit {
    if (this.#rows === null) return this.#orbitOf(this.#written(state, null, from), 1n);
    const written = this.#rows.of(state).map((keys) => this.#written(state, keys, from));
    const least = written.reduce((best, each) => (each.text < best.text ? each : best));
    return this.#orbitOf(least, this.#rows.images(written.length, new Set(written.map(({ text }) => text)).size));
  }

  #orbitOf({ text, size, movers, blocks, isToldApart }: Written, images: bigint): Orbit {
    return { id: this.#texts.intern(text), size: size * images, movers, blocks, isToldApart };
  }

  #written(state: StateId, keys: KeyLabels | null, from: Origin | null): Written {
    const sections = this.#system.sections(state, keys);
    return sections === null ? this.#byTexts({ state, keys }, from) : this.#bySections(sections);
  }

  /** Clients of one section are interchangeable, and no others. */
  #bySections({ shared, own }: StateSections): Written {
    const { sectionTexts } = this.#system;
    while (this.#textsSeen < sectionTexts.size) this.#refuseNamesWithin(sectionTexts.value(this.#textsSeen++));
    const bySection = new Map<number, number[]>();
    for (const [client, section] of own.entries()) {
      const others = bySection.get(section);
      if (others === undefined) bySection.set(section, [client]);
      else others.push(client);
    }
    const sorted = [...bySection].sort(([one], [other]) => one - other);
    const blocks = sorted.map(([, clients]) => clients);
    return {
      text: `${shared}: ${sorted.map(([section, { length }]) => `${section}×${length}`).join(" ")}`,
      size: this.#sizeOf(blocks),
      movers: blocks.map(([first]) => first as number).sort((a, b) => a - b),
      blocks,
      isToldApart: true,
    };
  }

  #sizeOf(groups: readonly (readonly number[])[]): bigint {
    const same = groups.reduce((product, group) => product * this.#factorial(group.length), 1n);
    return this.#factorial(this.#names.length) / same;
  }

  #byTexts(subject: Subject, from: Origin | null): Written {
    const alike = this.#alike(subject, from);
    const groups = alike.map((blocks) => blocks.flat());
    const order = groups.flat();
    const text = this.#text(subject, order);
    this.#refuseNamesWithin(text);
    const isTied = alike.map((blocks) => !this.#areInterchangeable(subject, order, blocks, text));
    const blocks = alike.flatMap((parts, at) => (isTied[at] === true ? parts : [parts.flat()]));
    const tied = groups.filter((_, at) => isTied[at]);
    if (tied.length > 0) return { ...this.#byTrying(subject, groups, tied), blocks, isToldApart: false };
    return {
      text,
      size: this.#sizeOf(groups),
      movers: groups.map(([first]) => first as number).sort((a, b) => a - b),
      blocks,
      isToldApart: true,
    };
  }

  /**
   * The state with at most `most` members of each block, as if the others were not there: equal texts for states that differ only in
   * who is who, and in how many more than that are alike. The blocks come in the order in which the text names them.
   */
  cut(state: StateId, { blocks }: Orbit, most: number): { readonly text: string; readonly blocks: readonly Block[] } {
    const without = new Set(blocks.flatMap((block) => block.slice(most)));
    const subject: Subject = { state, keys: null, without };
    const signed = blocks.map((block) => ({ block, signature: this.#signature(subject, block[0] as number) }));
    const alike = new Map<string, Block[]>();
    for (const { block, signature } of signed) alike.set(signature, [...(alike.get(signature) ?? []), block]);
    const groups = [...alike].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
    mustBeFew(groups.reduce((product, group) => product * this.#factorial(group.length), 1n));
    let least: { readonly text: string; readonly blocks: readonly Block[] } | null = null;
    for (const order of orders(groups, groups)) {
      const kept = order.flatMap((block) => block.slice(0, most));
      const text = this.#text(subject, kept);
      if (least === null || text < least.text) least = { text, blocks: order };
    }
    return least ?? { text: "", blocks };
  }

  /** Blocks that look alike together, in the order of their signatures. One member of a block tells what it looks like to all of it. */
  #alike(subject: Subject, from: Origin | null): readonly (readonly Block[])[] {
    const signed = this.#blocksAfter(from).map((block) => {
      return { block, signature: this.#signature(subject, block[0] as number) };
    });
    signed.sort((a, b) => {
      return a.signature < b.signature
        ? -1
        : a.signature > b.signature
          ? 1
          : (a.block[0] as number) - (b.block[0] as number);
    });
    const alike: Block[][] = [];
    signed.forEach(({ block, signature }, at) => {
      if (at > 0 && signed[at - 1]?.signature === signature) alike.at(-1)?.push(block);
      else alike.push([block]);
    });
    return alike;
  }

  /** Who could be exchanged before the step can be exchanged after it, but for the client that moved. */
  #blocksAfter(from: Origin | null): readonly Block[] {
    if (from === null) return this.#names.map((_, client) => [client]);
    return from.orbit.blocks.flatMap((block) => {
      const others = block.filter((client) => client !== from.client);
      return others.length === block.length ? [block] : [[from.client], ...(others.length > 0 ? [others] : [])];
    });
  }

  /** What the state looks like to one client. */
  #signature(subject: Subject, me: number): string {
    return this.#write(subject, { sessions: [me], label: (client) => (client === me ? "me" : "other") });
  }

  /** The state with places for names. */
  #text(subject: Subject, order: readonly number[]): string {
    const places: number[] = [];
    for (const [place, client] of order.entries()) places[client] = place;
    return this.#write(subject, { sessions: order, label: (client) => places[client] as number });
  }

  #write({ state, keys, without = NOBODY }: Subject, naming: Pick<Naming, "sessions" | "label">): string {
    const { sessions } = naming;
    const label = (client: number): number | string => {
      if (without.has(client)) throw new Uncountable("somebody knows clients that are otherwise alike one by one");
      return naming.label(client);
    };
    const rename = (text: string, isSql: boolean): string => {
      if (isSql) return `sql ${this.#statement(text)}`;
      const client = this.#places.get(text);
      return client === undefined ? text : `client ${label(client)}`;
    };
    const text = this.#system.textUnder(state, { label, sessions, rename, without, keys });
    if (text === null) throw symmetryRefused("a process cannot tell its local state");
    return text;
  }

  #statement(sql: string): number {
    const known = this.#statements.get(sql) ?? this.#statements.size;
    this.#statements.set(sql, known);
    return known;
  }

  /**
   * Names that are whole texts have been renamed; one that is left is a part of something, and would stay behind. Within a word
   * (erin in `entering`) it is none: whoever makes words of names is found by those that he makes of other names (namesakes.ts).
   */
  #refuseNamesWithin(text: string): void {
    const match = this.#nameWithin.exec(text);
    if (match === null) return;
    const around = text.slice(Math.max(0, match.index - 20), match.index + 30);
    throw symmetryRefused(`the name of the client ${match[0]} is part of a longer text (… ${around} …)`);
  }

  /** All orders of several blocks are made of orders within them and of exchanges of one member of a block for one of the next. */
  #areInterchangeable(subject: Subject, order: readonly number[], blocks: readonly Block[], text: string): boolean {
    return blocks.every((block, at) => {
      const [one, other] = [block[0], blocks[at + 1]?.[0]];
      if (one === undefined || other === undefined) return true;
      const exchanged = order.map((client) => (client === one ? other : client === other ? one : client));
      return this.#text(subject, exchanged) === text;
    });
  }

  /** Tries every order among the clients that are neither told apart nor interchangeable. */
  #byTrying(
    subject: Subject,
    groups: readonly (readonly number[])[],
    tied: readonly (readonly number[])[],
  ): Omit<Written, "blocks" | "isToldApart"> {
    const count = tied.reduce((product, group) => product * this.#factorial(group.length), 1n);
    mustBeFew(count);
    let least: string | null = null;
    let same = 0n;
    for (const order of orders(groups, tied)) {
      const text = this.#text(subject, order);
      if (least === null || text < least) {
        least = text;
        same = 0n;
      }
      if (text === least) same++;
    }
    const free = groups.filter((group) => !tied.includes(group));
    const stabilizer = free.reduce((product, group) => product * this.#factorial(group.length), same);
    return {
      text: least ?? "",
      size: this.#factorial(this.#names.length) / stabilizer,
      movers: [...free.map(([first]) => first as number), ...tied.flat()].sort((a, b) => a - b),
    };
  }

  #factorial(n: number): bigint {
    return this.#factorials[n] as bigint;
  }
}

function* orders<T>(groups: readonly (readonly T[])[], tied: readonly (readonly T[])[]): Generator<readonly T[]> {
  const [first, ...rest] = groups;
  if (first === undefined) {
    yield [];
    return;
  }
  const heads = tied.includes(first) ? [...permutations(first)] : [first];
  for (const head of heads) for (const tail of orders(rest, tied)) yield [...head, ...tail];
}

function mustBeFew(orders: bigint): void {
  if (orders > ORDERS_MAX) throw symmetryRefused(`${orders} orders of clients would have to be tried for one state`);
}
