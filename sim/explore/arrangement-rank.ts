/**
 * Numbers the states of an orbit: which of all arrangements of these labels is this one?
 *
 *     labels of the clients      0 1 0 0 | 2 1 0 2            four of label 0, two of 1, two of 2: 8! / (4! 2! 2!) = 420 arrangements
 *     their rank                 a number below 420, another one for each arrangement
 *
 * So a set of states is one bit for each. The labels are four bits each, eight clients a word, and are taken four clients (16 bits) at a time:
 *
 *     kind     which labels the four have, whatever their order: 0 0 0 1            a number, by table
 *     order    which arrangement of their own labels they are: 0 1 0 0 is the 2nd of 4     a number below 24, by table
 *     node     which labels are left for those after them: 0 1 1 2 2 …                a number, by table from (node, kind)
 *
 * All arrangements with an earlier kind come first, `before` of them; then those of this kind, the `after` arrangements of what is left for each
 * order. The rank is the sum over the fours:
 *
 *     rank = before[node, kind] + order * after[node, kind] + rank of what is left, in the next node
 *
 * The last clients, four or fewer, have the labels that are left, so their order is all that is to be known of them.
 *
 * Invariant: a bijection between the arrangements of a multiset and 0 … their number - 1.
 *
 * Source: ranking of multiset permutations (Knuth, The Art of Computer Programming 4A, 7.2.1.2), in digits of four clients.
 */

/** Flat and in shared memory, so that threads can have them. */
export interface ArrangementRanks {
  readonly clients: number;
  /** By 16 bits of labels: the number of their kind, and of their order. */
  readonly kind: Uint16Array;
  readonly order: Uint8Array;
  /** By the labels of the last clients, where these are fewer than four: the number of their order. */
  readonly lastOrder: Uint8Array;
  /** How many kinds there are: the width of the tables below. */
  readonly kinds: number;
  /** By node times `kinds` plus kind. */
  readonly before: Int32Array;
  readonly after: Int32Array;
  readonly next: Int32Array;
  /** By what was asked for: the first node. */
  readonly roots: Int32Array;
}

const FOUR = 4;
/** Tables with more entries are not made. */
const ENTRIES_MAX = 1 << 24;

/** The rank of an arrangement, of all with the labels of this first node. */
export function rankOf(ranks: ArrangementRanks, root: number, low: number, high: number): number {
  const { clients, kind, order, lastOrder, kinds, before, after, next } = ranks;
  let node = root;
  let rank = 0;
  let left = clients;
  for (let digit = 0; left > FOUR; digit++) {
    const four = ((digit < 2 ? low : high) >>> ((digit & 1) << 4)) & 0xffff;
    const at = node * kinds + (kind[four] as number);
    rank += (before[at] as number) + (order[four] as number) * (after[at] as number);
    node = next[at] as number;
    left -= FOUR;
  }
  const first = clients - left;
  const last = ((first < 8 ? low : high) >>> ((first & 7) << 2)) & 0xffff;
  return rank + ((left === FOUR ? order[last] : lastOrder[last]) as number);
}

/**
 * Tables for these multisets of labels, each given as how often each label occurs in it; null where they would be too large. The nth
 * multiset has the root `roots[n]`.
 */
export function arrangementRanks(clients: number, multisets: readonly (readonly number[])[]): ArrangementRanks | null {
  const labels = multisets.reduce((most, counts) => Math.max(most, counts.length), 1);
  const last = ((clients - 1) % FOUR) + 1;
  const { kind, order, kinds } = fours(labels);
  const nodes = new Nodes(kinds);
  const roots = multisets.map((counts) => nodes.of(counts, clients));
  if (!nodes.build(ENTRIES_MAX)) return null;
  return {
    clients,
    kind,
    order,
    lastOrder: ordersOf(last, labels),
    kinds: kinds.length,
    before: sharedList(nodes.before),
    after: sharedList(nodes.after),
    next: sharedList(nodes.next),
    roots: sharedList(roots),
  };
}

/** Which labels a few clients have: how often each occurs, and in how many orders. */
interface Kind {
  readonly counts: readonly number[];
  readonly orders: number;
}

function fours(labels: number): { kind: Uint16Array; order: Uint8Array; kinds: readonly Kind[] } {
  const kind = new Uint16Array(new SharedArrayBuffer(2 << 16));
  const numbers = new Map<string, number>();
  const kinds: Kind[] = [];
  for (const four of words(FOUR, labels)) {
    const counts = countsOf(four, labels);
    const key = counts.join();
    const known = numbers.get(key) ?? kinds.length;
    if (known === kinds.length) {
      numbers.set(key, known);
      kinds.push({ counts, orders: arrangements(counts) });
    }
    kind[packed(four)] = known;
  }
  return { kind, order: ordersOf(FOUR, labels), kinds };
}

/** By the labels of so many clients: how many arrangements of the same labels come before. */
function ordersOf(clients: number, labels: number): Uint8Array {
  const order = new Uint8Array(new SharedArrayBuffer(1 << 16));
  const met = new Map<string, number>();
  for (const word of words(clients, labels)) {
    const key = countsOf(word, labels).join();
    const number = met.get(key) ?? 0;
    order[packed(word)] = number;
    met.set(key, number + 1);
  }
  return order;
}

/** All arrangements of so many labels with repetition. */
function* words(length: number, labels: number): Generator<readonly number[]> {
  if (length === 0) yield [];
  else
    for (const rest of words(length - 1, labels)) for (let label = 0; label < labels; label++) yield [...rest, label];
}

/** Labels by four bits. */
export function packed(labels: readonly number[]): number {
  return labels.reduce((word, label, at) => word | (label << (at << 2)), 0);
}

function countsOf(word: readonly number[], labels: number): readonly number[] {
  const counts = Array<number>(labels).fill(0);
  for (const label of word) counts[label] = (counts[label] as number) + 1;
  return counts;
}

/** n! / (a! b! …): the product of binomials, which stay whole. */
export function arrangements(counts: readonly number[]): number {
  let number = 1;
  let total = 0;
  for (const count of counts) {
    for (let chosen = 1; chosen <= count; chosen++) {
      total++;
      number = (number * total) / chosen;
    }
  }
  return Math.round(number);
}

/** What may be left after some fours, and the tables from there. */
class Nodes {
  readonly before: number[] = [];
  readonly after: number[] = [];
  readonly next: number[] = [];
  readonly #kinds: readonly Kind[];
  readonly #numbers = new Map<string, number>();
  readonly #waiting: { readonly counts: readonly number[]; readonly left: number }[] = [];

  constructor(kinds: readonly Kind[]) {
    this.#kinds = kinds;
  }

  /** The node of these labels for so many clients. */
  of(counts: readonly number[], left: number): number {
    const labels = this.#kinds[0]?.counts.length ?? 0;
    const all = [...counts, ...Array<number>(labels - counts.length).fill(0)];
    const key = all.join();
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#waiting.length);
    return this.#waiting.push({ counts: all, left }) - 1;
  }

  /** Fills the tables; false where they would have more entries. */
  build(entriesMax: number): boolean {
    for (const { counts, left } of this.#waiting) {
      if (this.#waiting.length * this.#kinds.length > entriesMax) return false;
      let before = 0;
      for (const kind of this.#kinds) {
        const rest = counts.map((count, label) => count - (kind.counts[label] as number));
        const isPossible = left > FOUR && rest.every((count) => count >= 0);
        const after = isPossible ? arrangements(rest) : 0;
        this.before.push(before);
        this.after.push(after);
        this.next.push(isPossible ? this.of(rest, left - FOUR) : 0);
        before += after * kind.orders;
      }
    }
    return true;
  }
}

/** The values in memory that threads can share. */
export function sharedList(values: readonly number[]): Int32Array {
  const list = new Int32Array(new SharedArrayBuffer(values.length * 4));
  list.set(values);
  return list;
}
