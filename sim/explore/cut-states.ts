/**
 * What is known of every number of clients: the cut states that were met, and where each step from them leads.
 *
 *     cut state 12     blocks   0: one owner      1: two or more that wait     2: two or more that are idle
 *     steps of         0        1, of two exactly    1, of three or more    2, of two exactly    2, of three or more
 *                      -> 17    -> 20                -> 12                  ?                    -> 12, 31
 *
 * A block is a set of clients that are alike (symmetry.ts). Of each block a cut state has `most` members at most, and where it has that
 * many, there may be more. After a step of one of them `most` less one are left, or still so many; so its steps are noted twice.
 *
 * The table is closed when no `?` is left: then every step from every state that is cut to one of these leads to one of these again.
 * What is met twice must lead to the same, however many clients there are of each kind; where it does not, they cannot be counted.
 */
import { Interner } from "../system/interner.ts";
import { type Block, Uncountable } from "./symmetry.ts";

export class CutStates {
  /** Of clients that are alike so many are told from fewer, and not from more. */
  readonly most: number;
  readonly #texts = new Interner<string>((text) => text);
  /** By cut state: how many members of each block it has. */
  readonly #sizes: (readonly number[])[] = [];
  /** By cut state, block, and whether more than `most` are in it: the steps of its members. */
  readonly #steps = new Map<string, string>();

  constructor(most: number) {
    this.most = most;
  }

  get size(): number {
    return this.#texts.size;
  }

  /** The number of a cut state, whose blocks stand in the order in which its text names them. */
  add({ text, blocks }: { readonly text: string; readonly blocks: readonly Block[] }): number {
    const sizes = blocks.map((block) => Math.min(block.length, this.most));
    const id = this.#texts.intern(`${sizes.join(" ")} ${text}`);
    this.#sizes[id] = sizes;
    return id;
  }

  /** Notes the steps of one member of the block at this place: their names, with the cut states to which they lead. */
  note(cut: number, at: number, { members, steps }: { readonly members: number; readonly steps: string }): void {
    const key = keyOf(cut, at, members > this.most);
    const known = this.#steps.get(key);
    if (known === undefined) this.#steps.set(key, steps);
    else if (known !== steps) throw new Uncountable("what a client can do depends on how many others are alike");
  }

  /** Whether every step from every cut state is known. */
  isClosed(): boolean {
    return this.#sizes.every((sizes, cut) =>
      sizes.every(
        (size, at) =>
          this.#steps.has(keyOf(cut, at, false)) && (size < this.most || this.#steps.has(keyOf(cut, at, true))),
      ),
    );
  }
}

function keyOf(cut: number, at: number, isMore: boolean): string {
  return `${cut} ${at} ${isMore ? "more" : "exactly"}`;
}
