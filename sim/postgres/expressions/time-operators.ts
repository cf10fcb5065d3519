/** The operators of dates, timestamps and intervals, and of money. Sources: timestamp.c, date.c, cash.c. */
import { SqlError } from "../sql-error.ts";
import { integerArithmetic } from "../values/integer.ts";
import { addIntervals, type Interval, multiplyInterval, negateInterval } from "../values/interval.ts";
import { addInterval, startOfDay, timestampDifference } from "../values/timestamp.ts";
import type { Value } from "../values/value.ts";
import type { Defined, Operator } from "./operator.ts";

export function asInterval(value: Defined): Interval {
  return Array.isArray(value) ? [Number(value[0]), Number(value[1]), Number(value[2])] : [0, 0, 0];
}

type Call = (left: Defined, right: Defined) => Value;

/** One row of the table, written as `left name right = result`. */
function row(signature: string, call: Call): Operator {
  const [left = "", name = "", right = "", , result = ""] = signature.split(" ");
  return { name, left: left === "-" ? null : left, right, result, call };
}

function moved(sign: 1 | -1): Call {
  return (a, b) => addInterval(Number(a), asInterval(b), sign);
}

function dateMoved(sign: 1 | -1): Call {
  return (a, b) => addInterval(startOfDay(Number(a)), asInterval(b), sign);
}

function divided(a: Defined, b: Defined): Value {
  if (Number(b) === 0) throw new SqlError("22012", "division by zero");
  return multiplyInterval(asInterval(a), 1 / Number(b));
}

function timestamps(type: "timestamp" | "timestamptz"): readonly Operator[] {
  return [
    row(`${type} + interval = ${type}`, moved(1)),
    row(`interval + ${type} = ${type}`, (a, b) => moved(1)(b, a)),
    row(`${type} - interval = ${type}`, moved(-1)),
    row(`${type} - ${type} = interval`, (a, b) => timestampDifference(Number(a), Number(b))),
  ];
}

export const TIME_OPERATORS: readonly Operator[] = [
  ...timestamps("timestamptz"),
  ...timestamps("timestamp"),
  row("date + int4 = date", (a, b) => Number(a) + Number(b)),
  row("int4 + date = date", (a, b) => Number(a) + Number(b)),
  row("date - int4 = date", (a, b) => Number(a) - Number(b)),
  row("date - date = int4", (a, b) => Number(a) - Number(b)),
  row("date + interval = timestamp", dateMoved(1)),
  row("date - interval = timestamp", dateMoved(-1)),
  row("interval + date = timestamp", (a, b) => dateMoved(1)(b, a)),
  row("interval + interval = interval", (a, b) => addIntervals(asInterval(a), asInterval(b))),
  row("interval - interval = interval", (a, b) => addIntervals(asInterval(a), negateInterval(asInterval(b)))),
  row("- - interval = interval", (_, b) => negateInterval(asInterval(b))),
  row("interval * float8 = interval", (a, b) => multiplyInterval(asInterval(a), Number(b))),
  row("float8 * interval = interval", (a, b) => multiplyInterval(asInterval(b), Number(a))),
  row("interval / float8 = interval", divided),
  row("money + money = money", (a, b) => integerArithmetic("int8", "+", String(a), String(b))),
  row("money - money = money", (a, b) => integerArithmetic("int8", "-", String(a), String(b))),
  row("money * int4 = money", (a, b) => integerArithmetic("int8", "*", String(a), String(b))),
];
