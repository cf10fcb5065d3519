/**
 * Sequences: nextval, currval, setval, lastval. They are outside of transactions: what nextval gave is visible at once,
 * never given back, and nobody waits for it. currval and lastval are what this session drew. The lock that is taken is in the
 * way of ALTER and DROP SEQUENCE only.
 *
 * Source: postgres-semantics, section 14.
 */
import type { Catalog, Sequence } from "../catalog/catalog.ts";
import { bounds } from "../catalog/sequences.ts";
import { SqlError } from "../sql-error.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";
import { lockTable } from "./table-locks.ts";

export interface SequenceCall {
  readonly name: string;
  readonly call: "nextval" | "currval" | "setval" | "lastval" | "last_value" | "is_called";
  readonly argument: number | null;
  readonly isCalled: boolean;
}

export function callSequence(step: Step, catalog: Catalog, call: SequenceCall): number {
  const { name } = call;
  if (call.call === "lastval") return drawnLast(step);
  if (call.call === "last_value" || call.call === "is_called") {
    const { last, called } = step.state.sequences[name] ?? { last: sequenceOf(catalog, name).start, called: false };
    return call.call === "last_value" ? last : Number(called);
  }
  lockTable(step, name, "row exclusive");
  if (call.call === "currval") return drawn(step, name);
  if (mine(step).transaction?.readOnly) {
    throw new SqlError("25006", `cannot execute ${call.call}() in a read-only transaction`);
  }
  const sequence = sequenceOf(catalog, name);
  const { start, increment } = sequence;
  if (call.call === "setval") return set(step, call, sequence);
  const { last, called } = step.state.sequences[name] ?? { last: start, called: false };
  const value = called ? next(sequence, last + increment) : last;
  step.state.sequences[name] = { last: value, called: true };
  mine(step).drawn[name] = value;
  mine(step).lastDrawn = name;
  return value;
}

function sequenceOf(catalog: Catalog, name: string): Catalog["sequences"][string] {
  const sequence = catalog.sequences[name];
  if (sequence === undefined) throw new SqlError("42P01", `relation "${name}" does not exist`);
  return sequence;
}

/** The value behind the last one, where the bounds allow it. */
function next(sequence: Sequence, value: number): number {
  const { least, most } = bounds(sequence);
  const [first, end] = sequence.increment > 0 ? [least, most] : [most, least];
  if (sequence.increment > 0 ? BigInt(value) <= BigInt(most) : BigInt(value) >= BigInt(least)) return value;
  if (sequence.cycles === true) return Number(first);
  const which = sequence.increment > 0 ? "maximum" : "minimum";
  throw new SqlError("2200H", `nextval: reached ${which} value of sequence "${sequence.name}" (${end})`);
}

function set(step: Step, { name, argument, isCalled }: SequenceCall, sequence: Sequence): number {
  const value = argument ?? 0;
  const { least, most } = bounds(sequence);
  if (BigInt(value) < BigInt(least) || BigInt(value) > BigInt(most)) {
    throw new SqlError("22003", `setval: value ${value} is out of bounds for sequence "${name}" (${least}..${most})`);
  }
  step.state.sequences[name] = { last: value, called: isCalled };
  if (isCalled) mine(step).drawn[name] = value;
  return value;
}

function drawn(step: Step, name: string): number {
  const value = mine(step).drawn[name];
  if (value !== undefined) return value;
  throw new SqlError("55000", `currval of sequence "${name}" is not yet defined in this session`);
}

function drawnLast(step: Step): number {
  const { lastDrawn } = mine(step);
  if (lastDrawn === null) throw new SqlError("55000", "lastval is not yet defined in this session");
  return drawn(step, lastDrawn);
}
