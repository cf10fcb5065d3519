import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RowTable } from "../../../sim/system/row-table.ts";

const rows = (width: number) =>
  fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: width, maxLength: width }), { maxLength: 400 });

describe("a row table", () => {
  it("numbers rows like a map from their text, in the order in which they come", () => {
    fc.assert(
      fc.property(rows(4), (list) => {
        const table = new RowTable(4);
        const map = new Map<string, number>();
        for (const row of list) {
          const key = row.join(",");
          if (!map.has(key)) map.set(key, map.size);
          expect(table.intern(Int32Array.from(row))).toBe(map.get(key));
        }
        expect(table.size).toBe(map.size);
      }),
      { seed: 1 },
    );
  });

  it("gives a row back under its number", () => {
    fc.assert(
      fc.property(rows(3), (list) => {
        const table = new RowTable(3);
        const into = new Int32Array(3);
        for (const row of list) {
          table.read(table.intern(Int32Array.from(row)), into);
          expect([...into]).toEqual(row);
        }
      }),
      { seed: 2 },
    );
  });

  it("keeps its numbers while it grows past a chunk", () => {
    const table = new RowTable(2);
    for (let at = 0; at < 200_000; at++) table.intern(Int32Array.of(at, at % 7));
    expect(table.size).toBe(200_000);
    expect(table.intern(Int32Array.of(123_456, 123_456 % 7))).toBe(123_456);
  });
});
