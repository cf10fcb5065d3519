import { expect, test } from "vitest";
import { canonicalText } from "../../../sim/process/canonical-text.ts";

test("the order in which keys were set does not matter", () => {
  expect(canonicalText({ b: [1, { d: null, c: "x" }], a: true }, "value")).toEqual(
    canonicalText({ a: true, b: [1, { c: "x", d: null }] }, "value"),
  );
});

test("the text is JSON", () => {
  expect(canonicalText({ b: 'say "hi"', a: [1.5, false] }, "value")).toEqual({
    kind: "text",
    text: '{"a":[1.5,false],"b":"say \\"hi\\""}',
  });
});

const circle: { self?: unknown } = {};
circle.self = circle;

test.each([
  [{ a: [new Map()] }, "value.a[0]", "a Map"],
  [{ a: undefined }, "value.a", "undefined"],
  [[1n], "value[0]", "a bigint"],
  [{ f: () => 1 }, "value.f", "a function"],
  [{ n: Number.NaN }, "value.n", "NaN"],
  [new Date(0), "value", "a Date"],
  [circle, "value.self", "part of itself"],
  // biome-ignore lint/suspicious/noSparseArray: a hole is what is tried.
  [[1, , 2], "value[1]", "undefined"],
])("what JSON cannot hold is named with its place: %#", (value, path, what) => {
  expect(canonicalText(value, "value")).toEqual({ kind: "not-json", path, what });
});

test("one object in two places is no circle", () => {
  const shared = { x: 1 };
  expect(canonicalText([shared, shared], "value")).toEqual({ kind: "text", text: '[{"x":1},{"x":1}]' });
});
