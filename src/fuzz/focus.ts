/** What a case is about: the same statements mixed in another way, so that every kind of wait is met often. */
import type { Feature, Features } from "./features.ts";

/** Weights of kinds of statements and of isolation levels. */
export interface Focus {
  readonly name: string;
  readonly writes: number;
  readonly selects: number;
  readonly advisory: number;
  readonly tables: number;
  readonly savepoints: number;
  /** Statements that lock or change one and the same row, so that a line forms. */
  readonly line: number;
  readonly committed: number;
  readonly repeatable: number;
  readonly serializable: number;
  /** The features that such a case uses, of those that are on. */
  within(features: Features): Features;
}

/** What SERIALIZABLE remembers of a read depends on the plan; the simulator does not know that of joins and partial indexes. */
const PLANNED: readonly Feature[] = ["joins", "cte", "partial-index"];

function without(...gone: readonly Feature[]): Focus["within"] {
  return (features) => new Set([...features].filter((feature) => !gone.includes(feature)));
}

const MIXED = {
  writes: 16,
  selects: 12,
  advisory: 1,
  tables: 5,
  savepoints: 10,
  line: 0,
  committed: 6,
  repeatable: 2,
  serializable: 0,
  within: without(),
};

const MIXED_CASE: Focus = { ...MIXED, name: "mixed" };
const ROWS: Focus = {
  ...MIXED,
  name: "rows",
  selects: 20,
  advisory: 0,
  tables: 0,
  savepoints: 15,
  within: without("foreign-key", "joins", "partial-index", "insert-select", "identity"),
};
const LINE: Focus = { ...ROWS, name: "line", writes: 1, selects: 1, savepoints: 5, line: 16 };
const INSERTS: Focus = { ...MIXED, name: "keys", writes: 32, selects: 4, tables: 0, within: without("joins", "cte") };
const LOCKS: Focus = { ...MIXED, name: "locks", writes: 8, selects: 6, advisory: 16, tables: 80 };
const SERIAL: Focus = {
  ...MIXED,
  name: "serializable",
  committed: 1,
  repeatable: 1,
  serializable: 8,
  within: without(...PLANNED),
};

/** The foci with their weights. */
export function foci(features: Features): readonly (readonly [number, Focus])[] {
  return [
    [4, MIXED_CASE],
    [4, ROWS],
    [features.has("locking") ? 3 : 0, LINE],
    [2, INSERTS],
    [features.has("advisory") || features.has("lock-table") ? 3 : 0, LOCKS],
    [features.has("serializable") ? 4 : 0, SERIAL],
  ];
}
