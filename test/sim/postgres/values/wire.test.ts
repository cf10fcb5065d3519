/** Values travel as text: parameters in, cells out, as node-postgres shows them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareValues, groupingKey, valuesEqual } from "../../../../sim/postgres/values/compare.ts";
import type { Value } from "../../../../sim/postgres/values/value.ts";
import { fromCell, fromText, toCell, toText } from "../../../../sim/postgres/values/wire.ts";
import { failure } from "../fake-access.ts";

describe("a value", () => {
  it("goes to text and back, for every type", () => {
    const samples: readonly (readonly [string, fc.Arbitrary<Value>])[] = [
      ["bool", fc.boolean()],
      ["int4", fc.integer()],
      ["int8", fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)],
      ["float8", fc.double({ noNaN: true, noDefaultInfinity: true })],
      ["text", fc.string()],
      ["timestamptz", fc.integer({ min: -60_000_000_000_000_000, max: 9_000_000_000_000_000 })],
      ["date", fc.integer({ min: -700_000, max: 900_000 })],
      ["money", fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }).map(String)],
      ["interval", fc.tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -999, max: 999 }), fc.integer())],
      ["_text", fc.array(fc.option(fc.string()))],
    ];
    for (const [type, values] of samples) {
      fc.assert(
        fc.property(values, (value) => {
          expect(fromText(type, toText(type, value) ?? "")).toEqual(value);
        }),
      );
    }
  });

  it("is a cell as node-postgres shows it", () => {
    expect(toCell("int4", 7)).toBe(7);
    expect(toCell("int8", "7")).toBe("7");
    expect(toCell("bool", true)).toBe(true);
    expect(toCell("numeric", "1.50")).toBe("1.50");
    expect(toCell("timestamptz", 0)).toBe("2000-01-01 00:00:00+00");
    expect(toCell("_int4", [1, null])).toBe("{1,NULL}");
    expect(toCell("jsonb", ["jsonb", '{"a": 1}'])).toBe('{"a": 1}');
    expect(toCell("text", null)).toBe(null);
  });

  it("is read from a parameter with PostgreSQL's errors", () => {
    expect(fromCell("int4", "12")).toBe(12);
    expect(fromCell("int8", 12)).toBe("12");
    expect(fromCell("bool", true)).toBe(true);
    expect(fromCell("text", 5)).toBe("5");
    expect(failure(() => fromCell("int4", "x"))).toBe('22P02 invalid input syntax for type integer: "x"');
    expect(failure(() => fromCell("bool", "maybe"))).toBe('22P02 invalid input syntax for type boolean: "maybe"');
    expect(failure(() => fromCell("uuid", "zz"))).toBe('22P02 invalid input syntax for type uuid: "zz"');
  });
});

describe("jsonb", () => {
  it("has one text for equal documents", () => {
    expect(toText("jsonb", fromText("jsonb", '{"b":1, "aa":[1, 2.50,"x"], "b":2}'))).toBe(
      '{"b": 2, "aa": [1, 2.50, "x"]}',
    );
  });

  it("compares its numbers as numbers", () => {
    const [one, other] = [fromText("jsonb", '{"a": 1.0}'), fromText("jsonb", '{"a": 1}')];
    expect(valuesEqual("jsonb", one, other)).toBe(true);
    expect(groupingKey("jsonb", one)).toBe(groupingKey("jsonb", other));
  });
});

describe("order", () => {
  it("puts texts in the order of their code points, as the C collation does", () => {
    const sorted = ["b", "a", "B", "ab", "é", "😀", "\uffee"].sort((a, b) => compareValues("text", a, b));
    expect(sorted).toEqual(["B", "a", "ab", "b", "é", "\uffee", "😀"]);
  });

  it("has NULL equal to nothing, and last", () => {
    expect(valuesEqual("int4", null, null)).toBe(false);
    expect(compareValues("int4", null, 5)).toBeGreaterThan(0);
  });

  it("groups what is equal: numerics of different scales, intervals of the same length", () => {
    expect(groupingKey("numeric", "1.0")).toBe(groupingKey("numeric", "1.00"));
    expect(groupingKey("numeric", "100")).not.toBe(groupingKey("numeric", "1"));
    expect(groupingKey("interval", [1, 0, 0])).toBe(groupingKey("interval", [0, 30, 0]));
  });
});
