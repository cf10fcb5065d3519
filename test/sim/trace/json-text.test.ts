/** JSON with places: the first fault of a text is found where `JSON.parse` refuses it, and values by their path. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compactJson, jsonFault, placeOf } from "../../../sim/trace/json-text.ts";

describe("the place where a text stops being JSON", () => {
  it.each([
    ['{"a": 1', 1, 8, "the end of the file", '"," or "}"'],
    ['{\n  "a": [1,\n', 3, 1, "the end of the file", "a value"],
    ['{"a" 1}', 1, 6, '"1"', '":"'],
    ["{a: 1}", 1, 2, '"a"', "a name in double quotes"],
    ['["ab', 1, 5, "the end of the file", "the end of the string"],
    ['["a\nb"]', 1, 4, '"\\n"', "the end of the string"],
    ['["\\q"]', 1, 3, '"\\\\"', 'an escape such as \\n or \\"'],
    ["[01]", 1, 2, '"0"', "a value"],
    ["[1] 2", 1, 5, '"2"', "the end of the file"],
    ["", 1, 1, "the end of the file", "a value"],
  ])("of %j is line %i, column %i", (text, line, column, ...[found, expected]) => {
    expect(jsonFault(text)).toEqual({ line, column, found, expected });
  });

  it("is found exactly where JSON.parse refuses", () => {
    const almostJson = fc
      .tuple(
        fc.json({ maxDepth: 3 }),
        fc.nat(),
        fc.constantFrom("", "{", "]", '"', ",", ":", "\\", "0", "-", "e", "tru"),
      )
      .map(([text, at, put]) => text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1));
    fc.assert(
      fc.property(fc.oneof(fc.json(), almostJson, fc.string()), (text) => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(jsonFault(text) === null).toBe(isJson);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

describe("the place of a value", () => {
  const text = '{\n  "steps": [\n    { "n": 1 },\n    { "n": 2, "to": { "é": [7, 8] } }\n  ]\n}';

  it("is where it starts, by its path", () => {
    expect(placeOf(text, ["steps", 1, "to", "é", 1])).toEqual({ line: 4, column: 32 });
  });

  it("is that of the value around it where it is missing", () => {
    expect(placeOf(text, ["steps", 0, "to"])).toEqual({ line: 3, column: 5 });
  });
});

describe("compact JSON", () => {
  it("is the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 10, max: 120 }), (value, width) => {
        expect(JSON.stringify(JSON.parse(compactJson(value, width)))).toBe(JSON.stringify(value));
      }),
      { seed: 1 },
    );
  });

  it("keeps what fits on one line", () => {
    expect(compactJson({ a: [1, 2], b: { c: null } }, 20)).toBe('{\n  "a": [1, 2],\n  "b": { "c": null }\n}');
  });
});
