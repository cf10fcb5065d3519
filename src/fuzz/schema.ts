/**
 * The worlds of the fuzzer: one table `t` or two, few rows, and the constraints that make statements wait for each other.
 *
 *     t (id integer PRIMARY KEY, v integer, k integer UNIQUE, g text)     c (id integer PRIMARY KEY, pid REFERENCES t, w integer)
 *
 * Indexes are there before the rows, so that the real server plans as for tables that were never analysed.
 */
import fc from "fast-check";
import type { Features } from "./features.ts";

export interface Shape {
  /** `k integer UNIQUE`. */
  readonly unique: boolean;
  /** `g text`, and UNIQUE (v) WHERE g = 'x'. */
  readonly partial: boolean;
  /** The table `c`, with this foreign key. */
  readonly child: "none" | "" | "ON DELETE CASCADE" | "ON DELETE SET NULL" | "ON DELETE RESTRICT" | "ON UPDATE CASCADE";
}

/** The shapes that the features allow. */
export function shapes(features: Features): fc.Arbitrary<Shape> {
  const child: Shape["child"][] = [
    "",
    "",
    "ON DELETE CASCADE",
    "ON DELETE SET NULL",
    "ON DELETE RESTRICT",
    "ON UPDATE CASCADE",
  ];
  const none: Shape["child"][] = ["none", "none", "none", "none", "none", "none"];
  return fc.record({
    unique: features.has("keys") ? fc.boolean() : fc.constant(false),
    partial: features.has("partial-index") ? fc.constantFrom(false, false, true) : fc.constant(false),
    child: fc.constantFrom(...none, ...(features.has("foreign-key") || features.has("joins") ? child : [])),
  });
}

/** The tables of a shape. */
export function tablesOf(shape: Shape): readonly string[] {
  return shape.child === "none" ? ["t"] : ["t", "c"];
}

/** The columns of `t` that an INSERT names. */
export function columnsOf(shape: Shape): readonly string[] {
  return ["id", "v", ...(shape.unique ? ["k"] : []), ...(shape.partial ? ["g"] : [])];
}

export function createTables(shape: Shape): readonly string[] {
  const columns = ["id integer PRIMARY KEY", "v integer"];
  if (shape.unique) columns.push("k integer UNIQUE");
  if (shape.partial) columns.push("g text");
  const texts = [`CREATE TABLE t (${columns.join(", ")})`];
  if (shape.partial) texts.push("CREATE UNIQUE INDEX t_x ON t (v) WHERE g = 'x'");
  if (shape.child !== "none") {
    const reference = `pid integer REFERENCES t ${shape.child}`.trimEnd();
    texts.push(`CREATE TABLE c (id integer PRIMARY KEY, ${reference}, w integer)`);
  }
  return texts;
}

/** The rows of a world. */
export function rowsOf(shape: Shape): fc.Arbitrary<readonly string[]> {
  const row = fc.record({ v: fc.integer({ min: 0, max: 2 }), g: fc.constantFrom("y", "y", "x") });
  return fc
    .record({
      rows: fc.array(row, { minLength: 1, maxLength: 3 }),
      children:
        shape.child === "none"
          ? fc.constant<number[]>([])
          : fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 0, maxLength: 2 }),
    })
    .map(({ rows, children }) => {
      const taken = new Set<number>();
      const parents = rows.map(({ v, g }, at) => {
        // Two rows of the partial index never have the same value.
        const inIndex = g === "x" && !taken.has(v);
        if (inIndex) taken.add(v);
        const values = [
          at + 1,
          v,
          ...(shape.unique ? [at + 1] : []),
          ...(shape.partial ? [inIndex ? "'x'" : "'y'"] : []),
        ];
        return `(${values.join(", ")})`;
      });
      const texts = [`INSERT INTO t VALUES ${parents.join(", ")}`];
      const ofParents = children.map((pid, at) => `(${at + 1}, ${Math.min(pid, rows.length)}, 0)`);
      if (ofParents.length > 0) texts.push(`INSERT INTO c VALUES ${ofParents.join(", ")}`);
      return texts;
    });
}
