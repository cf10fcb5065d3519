/** Literals: a text in quotes and NULL have an open type, numbers have the narrowest of integer, bigint and numeric. */
import type { A_Const } from "libpg-query";
import { isInRange } from "../values/integer.ts";
import { parseNumeric } from "../values/numeric.ts";
import { constant, type Typed } from "./typed.ts";

export function compileConstant(node: A_Const): Typed {
  if (node.isnull === true) return { type: "unknown", evaluate: () => null, untyped: { kind: "literal", text: null } };
  if (node.boolval !== undefined) return constant("bool", node.boolval.boolval ?? false);
  if (node.sval !== undefined) {
    const text = node.sval.sval ?? "";
    return { type: "unknown", evaluate: () => text, untyped: { kind: "literal", text } };
  }
  if (node.fval !== undefined) return compileNumber(node.fval.fval ?? "0");
  return constant("int4", node.ival?.ival ?? 0);
}

/** A number whose digits are no int4: bigint where it is whole and fits, else numeric. */
function compileNumber(text: string): Typed {
  if (/^-?(\d[\d_]*|0x[\da-f_]+|0o[0-7_]+|0b[01_]+)$/i.test(text)) {
    const plain = text.replaceAll("_", "");
    const exact = plain.startsWith("-") ? -BigInt(plain.slice(1)) : BigInt(plain);
    // The smallest integer: its digits without the sign are none.
    if (isInRange("int4", exact)) return constant("int4", Number(exact));
    return constant(isInRange("int8", exact) ? "int8" : "numeric", exact.toString());
  }
  return constant("numeric", parseNumeric(text));
}
