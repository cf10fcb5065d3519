/**
 * Whether time is a part of a world: it is where a statement compares something with the clock, whether or not anybody has said so. What is
 * compared is known before the first step, from the set-up and from all statements that the machine sends on the replies that its protocol
 * lists. A statement that turns up in spite of that, and compares something else, ends the search; it is begun again with that one known.
 */
import { CLIENT_CLOCK, type Protocol, type Query } from "../../model/protocol.ts";
import { clientNames, type Scenario } from "../../model/scenario.ts";
import { type ClockComparison, clockComparisons } from "../postgres/syntax/clock-comparisons.ts";
import { machineProcess } from "../process/machine-process.ts";
import { queriesOf } from "../process/queries.ts";
import { UsageError } from "../usage-error.ts";
import { setupOf } from "./set-up.ts";

/** Whose statements, and which are known to be sent besides. */
export interface Statements {
  readonly scenario: Scenario;
  readonly protocol: Protocol;
  readonly buffers: number;
  readonly sends?: readonly Query[];
}

/** What the statements compare with the clock. */
export function comparisonsOf(statements: Statements): readonly ClockComparison[] {
  const { protocol, buffers, sends = [] } = statements;
  const key = JSON.stringify([buffers, sends]);
  const known = found.get(protocol)?.get(key);
  if (known !== undefined) return known;
  const comparisons = [...new Map(searched(statements).map((each) => [textOf(each), each])).values()];
  found.set(protocol, new Map([...(found.get(protocol) ?? []), [key, comparisons]]));
  return comparisons;
}

const found = new WeakMap<Protocol, ReadonlyMap<string, readonly ClockComparison[]>>();

/** Nothing can be made of the clock without one of these words. */
const CLOCK_WORDS = /\b(now|\w+_timestamp|current_(date|time|timestamp)|localtime\w*|today|tomorrow|yesterday)\b/i;

function searched({ scenario, protocol, buffers, sends = [] }: Statements): readonly ClockComparison[] {
  const numbers = Array.from({ length: buffers }, (_, at) => at + 1);
  const [client = "alice"] = clientNames(1);
  const queries = [
    ...setupOf({ scenario, protocol, buffers }).map((text): Query => ({ text, values: [] })),
    ...queriesOf(machineProcess(protocol, { client, buffers: numbers }), protocol.replies),
    ...sends,
  ];
  return queries.flatMap(comparedBy);
}

function comparedBy({ text, values }: Query): readonly ClockComparison[] {
  if (text === CLIENT_CLOCK.text) return [ALL];
  return CLOCK_WORDS.test(text) ? clockComparisons(text, values) : [];
}

/** A client that looks at a clock may compare anything with it. */
const ALL: ClockComparison = { columns: "all", moments: [], offsets: [], units: [], withItself: true };

/** Says of each statement that is sent whether what it compares is known. */
export class KnownComparisons {
  readonly all: readonly ClockComparison[];
  readonly #known = new Set<string>();

  constructor(all: readonly ClockComparison[]) {
    this.all = all;
  }

  /** Throws a `ComparedLate` for one that compares what is not known. */
  mustKnow(query: Query): void {
    const key = JSON.stringify(query);
    if (this.#known.has(key)) return;
    if (!comparedBy(query).every((each) => this.all.some((known) => covers(known, each))))
      throw new ComparedLate(query);
    this.#known.add(key);
  }
}

/** The same of statements that were sent in a world in which nothing was known to be compared, so that time stood still. */
export function mustHaveKnown(statements: Statements, sent: Iterable<string>): void {
  if (comparisonsOf(statements).length > 0) return;
  for (const text of sent) {
    const query = { text, values: [] };
    if (comparedBy(query).length > 0) throw new ComparedLate(query);
  }
}

/** A statement compares with the clock what was not known to be compared. */
class ComparedLate extends UsageError {
  readonly query: Query;
  constructor(query: Query) {
    super(
      "compared-late",
      `what this statement compares with the clock was not known before it was sent: ${query.text}`,
      "List in the protocol's `replies` one that leads its machine to this statement.",
    );
    this.query = query;
  }
}

/** More is not known after so many times only where each statement compares another constant. */
const AGAIN_MAX = 50;

/** Runs a search, and again with each statement known that it comes upon too late. */
export async function withAllKnown<T extends { readonly sends?: readonly Query[] }, R>(
  instance: T,
  search: (instance: T) => Promise<R>,
): Promise<R> {
  let known = instance;
  for (let again = 0; ; again++) {
    try {
      return await search(known);
    } catch (error) {
      if (!(error instanceof ComparedLate) || again >= AGAIN_MAX) throw error;
      known = { ...known, sends: [...(known.sends ?? []), error.query] };
    }
  }
}

function covers(known: ClockComparison, other: ClockComparison): boolean {
  const { columns } = known;
  const hasColumns =
    columns === "all" || (other.columns !== "all" && [...other.columns].every((name) => columns.has(name)));
  const has = (list: ClockComparison["offsets"], each: ClockComparison["offsets"]): boolean =>
    each.every((one) => list.some((same) => JSON.stringify(same) === JSON.stringify(one)));
  return (
    hasColumns &&
    has(known.offsets, other.offsets) &&
    has(known.units, other.units) &&
    (known.withItself || !other.withItself)
  );
}

function textOf({ columns, ...rest }: ClockComparison): string {
  return JSON.stringify([columns === "all" ? columns : [...columns], rest]);
}
