/** What a scenario is: the tables and rows, the clients, the protocols they may follow, and what is claimed of them. */
import type { FaultBudget } from "./fault.ts";
import type { LivenessProperty, Property } from "./property.ts";
import type { Protocol } from "./protocol.ts";

export interface Scenario {
  /** The name on the command line, for instance `race-001`. */
  readonly name: string;
  readonly sentence: string;
  /** What clients compete for and `--buffers` counts, in the singular and the plural; buffers unless told. */
  readonly competeFor?: readonly [one: string, many: string];
  /** The statements that make the tables, and the rows for a number of buffers: run once, before any client. */
  setup(buffers: number): readonly string[];
  readonly protocols: readonly Protocol[];
  readonly properties: readonly Property[];
  /** The SQLSTATEs by which a client may end without handling them: `no-unexpected-error` says nothing of these. */
  readonly allowedErrors?: readonly string[];
  /** True where its clients change no row, and are not meant to. A pass in which no row was changed is called vacuous otherwise. */
  readonly changesNoRow?: boolean;
  /** What has to happen in the end; looked at only where one is asked for by its name. */
  readonly liveness?: readonly LivenessProperty[];
  /**
   * True where what the clients compete for is interchangeable: the set-up treats all of it alike, protocols only compare its numbers, and
   * properties do not tell one from another. Then `--reductions symmetry` exchanges its rows as well, as far as a protocol bears that out.
   */
  readonly interchangeable?: boolean;
  /** When it begins, as PostgreSQL writes a time: `2026-01-31 12:00:00+00`. When the check starts, unless told. */
  readonly now?: string;
  /**
   * `fixed`: an order that no statement's text forces is that of the plan that a small table has before its first ANALYZE. Unless told, any
   * order may come, since any is some plan's.
   */
  readonly plan?: "open" | "fixed";
  /** True where time is part of it: the clocks of the server and of the clients, and what may happen to them. */
  readonly clock?: boolean;
  /** What its protocols claim they claim under these faults; none unless told. */
  readonly defaults: {
    readonly protocol: string;
    readonly clients: number;
    readonly buffers: number;
    readonly faults?: FaultBudget;
  };
}

const NAMES = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "mallory", "niaj"];

/** The names of `count` clients: alice, bob, carol, …; after the twelfth `client13` and on. */
export function clientNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => NAMES[at] ?? `client${at + 1}`);
}
