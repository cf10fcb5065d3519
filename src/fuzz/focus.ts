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
  /** FOR UPDATE and DELETE beside FOR SHARE and FOR KEY SHARE, all of one row. */
  readonly sharing: number;
  /** Statements that are to fail. */
  readonly failing: number;
  /** LOCK TABLE IN ACCESS EXCLUSIVE MODE. */
  readonly wholeTable: number;
  /** The table always has its CHECK. */
  readonly checked: boolean;
  /** Three sessions at least, which take turns in the beginning, so that a line forms. */
  readonly crowded: boolean;
  readonly committed: number;
  readonly repeatable: number;
  readonly serializable: number;
  /** The features that such a case uses, of those that are on. */
  within(features: Features): Features;
}

/** Foci with their weights. */
export type Foci = readonly (readonly [number, Focus])[];

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
  sharing: 0,
  failing: 0,
  wholeTable: 0,
  checked: false,
  crowded: false,
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

const FAILING: Focus = { ...MIXED, name: "failing", tables: 0, failing: 24, checked: true };
const SHARING: Focus = { ...ROWS, name: "sharing", writes: 0, selects: 1, savepoints: 3, sharing: 16, crowded: true };
const TABLES: Focus = {
  ...MIXED,
  name: "tables",
  writes: 6,
  selects: 12,
  advisory: 0,
  tables: 40,
  wholeTable: 16,
  crowded: true,
};

/** The foci of the tenth of the runs that looks for what is seldom met elsewhere. */
export function rareFoci(features: Features): Foci {
  return [
    [features.has("errors") ? 3 : 0, FAILING],
    [features.has("locking") ? 3 : 0, SHARING],
    [features.has("lock-table") ? 2 : 0, TABLES],
  ];
}

/** The foci with their weights. */
export function foci(features: Features): Foci {
  return [
    [4, MIXED_CASE],
    [4, ROWS],
    [features.has("locking") ? 3 : 0, LINE],
    [2, INSERTS],
    [features.has("advisory") || features.has("lock-table") ? 3 : 0, LOCKS],
    [features.has("serializable") ? 4 : 0, SERIAL],
  ];
}
