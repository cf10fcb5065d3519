/** Numbers are read, computed and printed as PostgreSQL does, to the last digit. */
import { describe, expect, it } from "vitest";
import { formatFloat8 } from "../../../../sim/postgres/values/float.ts";
import { compareInt8, integerArithmetic, parseInteger } from "../../../../sim/postgres/values/integer.ts";
import {
  applyNumericModifier,
  compareNumeric,
  numericArithmetic,
  parseNumeric,
} from "../../../../sim/postgres/values/numeric.ts";
import { failure } from "../fake-access.ts";

describe("integers", () => {
  it("read decimal, hexadecimal and underscores", () => {
    expect(["42", " -7 ", "0x1F", "1_000", "+3"].map((text) => parseInteger("int4", text))).toEqual([
      42, -7, 31, 1000, 3,
    ]);
  });

  it("refuse what is none, and what is out of range, in PostgreSQL's words", () => {
    expect(failure(() => parseInteger("int4", "x"))).toBe('22P02 invalid input syntax for type integer: "x"');
    expect(failure(() => parseInteger("int4", "1.5"))).toBe('22P02 invalid input syntax for type integer: "1.5"');
    expect(failure(() => parseInteger("int2", "32768"))).toBe('22003 value "32768" is out of range for type smallint');
    expect(failure(() => parseInteger("int8", "9223372036854775808"))).toBe(
      '22003 value "9223372036854775808" is out of range for type bigint',
    );
  });

  it("keep all digits of a bigint", () => {
    expect(integerArithmetic("int8", "+", "9007199254740993", "1")).toBe("9007199254740994");
    expect(failure(() => integerArithmetic("int8", "*", "9223372036854775807", "2"))).toBe("22003 bigint out of range");
  });

  it("divide toward zero, and never give a negative zero", () => {
    expect(integerArithmetic("int4", "/", -7, 2)).toBe(-3);
    expect(Object.is(integerArithmetic("int4", "%", -4, 2), 0)).toBe(true);
    expect(failure(() => integerArithmetic("int4", "/", 1, 0))).toBe("22012 division by zero");
  });

  it("compare as numbers and not as texts", () => {
    const sorted = ["10", "9", "-10", "-9", "0"].sort(compareInt8);
    expect(sorted).toEqual(["-10", "-9", "0", "9", "10"]);
  });
});

describe("numerics", () => {
  it("keep the scale that they are shown with", () => {
    expect(["1.50", "-0.5", ".5", "1e3", "1.5e-2", "007"].map(parseNumeric)).toEqual([
      "1.50",
      "-0.5",
      "0.5",
      "1000",
      "0.015",
      "7",
    ]);
  });

  it("have PostgreSQL's scales in results", () => {
    expect(numericArithmetic("+", "1.50", "2")).toBe("3.50");
    expect(numericArithmetic("*", "1.5", "1.25")).toBe("1.875");
    expect(numericArithmetic("/", "1", "3")).toBe("0.33333333333333333333");
    expect(numericArithmetic("/", "10000000000", "3")).toBe("3333333333.33333333");
    expect(numericArithmetic("/", "0.0001", "3")).toBe("0.000033333333333333333333");
    expect(numericArithmetic("%", "-7.5", "2")).toBe("-1.5");
  });

  it("are equal at different scales", () => {
    expect(compareNumeric("1.0", "1.00")).toBe(0);
    expect(compareNumeric("-1.1", "-1.09")).toBe(-1);
  });

  it("round half away from zero into numeric(p,s), and overflow with PostgreSQL's detail", () => {
    expect(applyNumericModifier("1.005", 4, 2)).toBe("1.01");
    expect(applyNumericModifier("-1.005", 4, 2)).toBe("-1.01");
    expect(failure(() => applyNumericModifier("100", 4, 2))).toBe("22003 numeric field overflow");
  });
});

describe("double precision", () => {
  it("is shown by its shortest digits, scientifically where PostgreSQL does so", () => {
    expect([0.1 + 0.2, 1e15, 1e14, 1e-5, 0.0001, -1.5e20, 123456.75].map(formatFloat8)).toEqual([
      "0.30000000000000004",
      "1e+15",
      "100000000000000",
      "1e-05",
      "0.0001",
      "-1.5e+20",
      "123456.75",
    ]);
  });
});
