/** Every arrangement of a multiset of labels has a rank of its own, below their number. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrangementRanks, arrangements, packed, rankOf } from "../../../sim/explore/arrangement-rank.ts";

/** Every arrangement of labels of which so many are left. */
function* all(counts: readonly number[]): Generator<readonly number[]> {
  if (counts.every((count) => count === 0)) yield [];
  for (const [label, count] of counts.entries()) {
    if (count === 0) continue;
    for (const rest of all(counts.with(label, count - 1))) yield [label, ...rest];
  }
}

describe("the ranks of arrangements", () => {
  it("are the numbers below how many there are, each once", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });
    const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
    const few = sizes.filter((counts) => total(counts) <= 10 && arrangements(counts) <= 4000);
    void fc.assert(
      fc.property(few, (counts) => {
        const ranks = arrangementRanks(total(counts), [counts]);
        if (ranks === null) throw new Error("these tables are small");
        const [root = 0] = ranks.roots;
        const met = new Set<number>();
        for (const labels of all(counts))
          met.add(rankOf(ranks, root, packed(labels.slice(0, 8)), packed(labels.slice(8))));
        expect(met.size).toBe(arrangements(counts));
        expect(Math.max(...met)).toBe(met.size - 1);
      }),
      { numRuns: 60 },
    );
  });

  it("are told apart for several multisets of the same clients", () => {
    const ranks = arrangementRanks(9, [[9], [8, 1], [3, 3, 3]]);
    expect([...(ranks?.roots ?? [])]).toEqual([0, 1, 2]);
    expect(ranks === null ? null : rankOf(ranks, 1, packed([0, 0, 0, 0, 0, 0, 0, 0]), packed([1]))).toBeLessThan(9);
  });

  it("are refused where their tables would be too large", () => {
    const compositions: number[][] = [];
    for (let cuts = 0; cuts < 1 << 15; cuts++) {
      const sizes = [1];
      for (let at = 0; at < 15; at++) {
        if (((cuts >> at) & 1) === 1) sizes.push(1);
        else sizes.push((sizes.pop() as number) + 1);
      }
      compositions.push(sizes);
    }
    expect(arrangementRanks(16, compositions)).toBeNull();
  });
});
