/**
 * Interchangeable rows: in which order a state has them, so that states which differ only in which row is which are written alike.
 *
 *     heap   #0 (2, NULL)   #1 (1, 'alice')     alice owns 1        order 2, 1      row 0 is free, alice owns row 1
 *     heap   #0 (1, NULL)   #1 (2, 'alice')     alice owns 2        order 1, 2      row 0 is free, alice owns row 1       the same
 *
 * Exchanging two keys (in rows, parameters, replies and local states) moves no row, so a heap in which all keys stand tells which of
 * the exchanged states one has: the keys are written as their places in that order, and no orders have to be tried. For keys
 * that no row holds (a row that is still to be inserted) all orders are tried, and the least text counts.
 *
 * Why a state and its image under an exchange have the same future. A process treats keys as keys: each of its steps is taken again with
 * keys exchanged (namesakes.ts). A statement stores numbers and asks whether two are equal, and nothing else
 * (sim/postgres/execution/computes-with-keys.ts), so it does to the image what it does to the state, row by row in the same order. Properties
 * are asked of both. That is so for every state, whether it can be reached or not, so it carries the verdict.
 *
 * The number of states is another matter. An image of a state that can be reached need not be one itself, because rows stand in
 * the order in which the set-up has inserted them. But where each image of the *initial* state can be reached, so can all of every
 * other, by the same steps with keys exchanged. Which of them are is seen on the way, since they are in the initial state's orbit: from
 * the images that were met all those follow that exchanges made of theirs lead to (`reachesAll`).
 *
 *     1, 2   --acquire 1, release 1-->   2, 1        an UPDATE puts the new version of the row behind all others
 *
 * Refused: statements and processes that do more with numbers than to compare them; numbers inside of texts, which would stay behind;
 * SERIALIZABLE, which remembers keys in ways of its own.
 *
 * Source: Ip and Dill, "Better Verification Through Symmetry" (1996), scalarsets.
 */
import type { KeyLabels } from "../postgres/server.ts";
import type { ExplorableSystem } from "../system/explorable-system.ts";
import type { StateId } from "../system/system.ts";
import { UsageError } from "../usage-error.ts";
import { permutations } from "./permutations.ts";

/** More keys than this are not exchanged: all orders of them are looked at where processes are compared. */
const KEYS_MAX = 5;

export class RowOrders {
  readonly #system: ExplorableSystem;
  /** All orders of the keys, the first one as they are. */
  readonly exchanges: readonly ReadonlyMap<number, number>[];
  readonly #orders: readonly (readonly number[])[];
  /** By the order of the keys that rows hold, as a text: the labels in each order of all that begins with it. */
  readonly #labels = new Map<string, readonly KeyLabels[]>();
  readonly #keyWithin: RegExp;
  #statements = 0;
  #initial: readonly number[] | null = null;
  /** By the order as a text: which images of the initial state were met. */
  readonly #met = new Map<string, readonly number[]>();

  constructor(system: ExplorableSystem) {
    const { keys } = system;
    if (keys.length > KEYS_MAX)
      throw rowsRefused(`there are ${keys.length} of them, and more than ${KEYS_MAX} would take longer than they save`);
    this.#system = system;
    this.#orders = [...permutations(keys)];
    this.exchanges = this.#orders.map((order) => new Map(keys.map((key, at) => [key, order[at] as number])));
    this.#keyWithin = new RegExp(`(?<![\\w$.])(?:${keys.join("|")})(?![\\w.])`);
  }

  /** The labels under which the state is to be written: the least text of all of these is that of its orbit. */
  of(state: StateId): readonly KeyLabels[] {
    if (this.#system.statements.size !== this.#statements) this.#checkStatements();
    const order = this.#orderOf(state);
    const name = order.join(" ");
    const known = this.#labels.get(name);
    if (known !== undefined) return known;
    const labels = this.#orders.flatMap((each, at) =>
      order.every((key, place) => each[place] === key) ? [this.#labelsOf(each, at + 1)] : [],
    );
    this.#labels.set(name, labels);
    return labels;
  }

  /** How many images a state has that is written under so many labels, which come to so many texts. */
  images(labels: number, texts: number): bigint {
    return BigInt((this.#orders.length / labels) * texts);
  }

  /** Takes down that the state is an image of the initial one. The initial one itself is the first that is told. */
  meetInitial(state: StateId): void {
    const order = this.#orderOf(state);
    this.#initial ??= order;
    this.#met.set(order.join(" "), order);
  }

  /** Whether every image of the initial state can be reached, as far as was seen. */
  get reachesAll(): boolean {
    const initial = this.#initial ?? [];
    // Without rows the initial state is its own image. Of rows for some keys and not for others nothing is said.
    if (initial.length < this.#system.keys.length) return initial.length === 0;
    const reached = new Map([[initial.join(" "), initial]]);
    for (const order of reached.values()) {
      for (const met of this.#met.values()) {
        const next = order.map((key) => met[initial.indexOf(key)] as number);
        reached.set(next.join(" "), next);
      }
    }
    return reached.size === this.#orders.length;
  }

  #orderOf(state: StateId): readonly number[] {
    const order = this.#system.keyOrder(state);
    if (order === null) throw rowsRefused("SERIALIZABLE remembers them by their keys");
    return order;
  }

  #labelsOf(order: readonly number[], id: number): KeyLabels {
    const places = new Map(order.map((key, place) => [key, { row: place }]));
    return {
      id,
      label: (value) => {
        if (typeof value === "number") return places.get(value) ?? value;
        const match = this.#keyWithin.exec(value);
        if (match !== null) throw rowsRefused(`the number ${match[0]} is part of a text ("${shortened(value)}")`);
        return value;
      },
    };
  }

  #checkStatements(): void {
    for (const sql of this.#system.statements) {
      if (this.#system.computesWithKeys(sql)) throw rowsRefused(`"${sql}" does more with numbers than to compare them`);
    }
    this.#statements = this.#system.statements.size;
  }
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)} …` : text;
}

/** Rows are not exchanged, clients may be. */
export function rowsRefused(why: string): UsageError {
  return new UsageError("rows-refused", why, "Nothing has to be done: the search is made without exchanging rows.");
}
