/** Chance for the grammar: choices by weight from a seed. */
import { type Chance, chanceOf } from "../../../sim/explore/chance.ts";

/** A choice with its weight; 0 is never taken. */
export type Weighted<T> = readonly [number, T];

export class Draw {
  readonly #chance: Chance;

  constructor(seed: number) {
    this.#chance = chanceOf(seed);
  }

  int(min: number, max: number): number {
    return this.#chance.draw(min, max);
  }

  /** True with this probability. */
  often(probability: number): boolean {
    return this.#chance.fraction() < probability;
  }

  /** The piece with this probability, nothing otherwise. */
  maybe(probability: number, piece: () => string): string {
    return this.often(probability) ? piece() : "";
  }

  pick<T>(choices: readonly [T, ...T[]] | readonly T[]): T {
    const chosen = choices[this.int(0, choices.length - 1)];
    if (chosen === undefined) throw new RangeError("there is nothing to choose from");
    return chosen;
  }

  /** What one of the choices makes, by weight. */
  one<T>(...choices: readonly Weighted<() => T>[]): T {
    let left = this.#chance.fraction() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, make] of choices) {
      left -= weight;
      if (weight > 0 && left < 0) return make();
    }
    return this.pick(choices.filter(([weight]) => weight > 0))[1]();
  }

  /** This many of what is made. */
  several<T>(min: number, max: number, make: (at: number) => T): readonly T[] {
    return Array.from({ length: this.int(min, max) }, (_, at) => make(at));
  }

  /** Some of the choices, each at most once and in their order, at least one. */
  some<T>(choices: readonly T[]): readonly T[] {
    const taken = choices.filter(() => this.often(0.5));
    return taken.length > 0 ? taken : [this.pick(choices)];
  }
}
