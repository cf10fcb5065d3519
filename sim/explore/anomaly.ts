/**
 * Names what is wrong with a run that no serial order explains: the circle in its graph of dependencies, by the shape that it has.
 *
 *     bob's ──rw──> alice's ──ww──> bob's      one row      lost update
 *     bob's ──rw──> alice's ──rw──> bob's      two rows     write skew
 *
 * Of all circles the shortest is taken, of those one with the fewest `rw`: the fewer of these, the weaker the promise that is broken.
 *
 *     rw   the others                          name                    source
 *     0    ww                                  write cycle             G0 (Adya 1999); dirty write, P0 (Berenson et al. 1995)
 *     0    wr                                  circular reads          G1c (Adya 1999)
 *     1    ww, all of the same row             lost update             P4 (Berenson et al. 1995); P4 (Hermitage)
 *     1    one wr, the same row                non-repeatable read     P2, A2 (Berenson et al. 1995)
 *     1    by predicate                        phantom                 P3, A3 (Berenson et al. 1995); PMP (Hermitage)
 *     1    other rows                          read skew               A5A (Berenson et al. 1995); G-single (Adya 1999)
 *     1    order alone                         stale read              (Herlihy and Wing 1990)
 *     2    by predicate, one table             phantom                 P3 (Berenson et al. 1995); G2 (Adya 1999)
 *     2    other rows                          write skew              A5B (Berenson et al. 1995); G2-item, G2 (Adya 1999)
 *     2+   one of them only reads              read-only anomaly       Fekete, O'Neil and O'Neil 2004
 *     2+   else                                anti-dependency cycle   G2 (Adya 1999)
 *
 * The nodes are attempts, and an attempt may be several transactions: so what PostgreSQL keeps from transactions at every level, such as
 * a write cycle, happens to attempts. A run without a circle has no name. That can be where an attempt was given up half-way.
 *
 * Sources: Berenson, Bernstein, Gray, Melton, O'Neil and O'Neil, A critique of ANSI SQL isolation levels, SIGMOD 1995; Adya, Weak
 * consistency, 1999; Fekete, O'Neil and O'Neil, A read-only transaction anomaly under snapshot isolation, SIGMOD Record 2004;
 * Kleppmann, Hermitage (the scripts test/isolation/hermitage-*.spec).
 */
import { type Instance, systemOf } from "../system/from-scenario.ts";
import type { Choice } from "../system/system.ts";
import type { Anomaly } from "../trace/trace.ts";
import { type AttemptNode, type Dependency, type DependencyGraph, dependenciesIn } from "./dependencies.ts";

const SOURCES = {
  "write cycle": "G0 of Adya 1999, P0 of Berenson et al. 1995",
  "circular reads": "G1c of Adya 1999",
  "lost update": "P4 of Berenson et al. 1995",
  "non-repeatable read": "P2 of Berenson et al. 1995",
  phantom: "P3 of Berenson et al. 1995, G2 of Adya 1999",
  "read skew": "A5A of Berenson et al. 1995, G-single of Adya 1999",
  "stale read": "Herlihy and Wing 1990",
  "write skew": "A5B of Berenson et al. 1995, G2 of Adya 1999",
  "read-only anomaly": "Fekete, O'Neil and O'Neil 2004",
  "anti-dependency cycle": "G2 of Adya 1999",
} as const;

type AnomalyName = keyof typeof SOURCES;

/** Longer circles are not looked for. */
const LENGTH_MAX = 4;

/** The anomaly of a run of this instance that its oracle objects to. */
export async function anomalyIn(instance: Instance, schedule: readonly Choice[]): Promise<Anomaly> {
  const system = systemOf(instance, { addresses: true });
  const graph = await dependenciesIn(system, schedule, instance.oracle?.name === "linearizable");
  const circle = plainest(graph);
  if (circle === null) return { name: null, source: null, dependencies: [] };
  const name = nameOf(circle, graph.attempts);
  const dependencies = circle.map((each) => told(each, graph.attempts));
  return { name, source: SOURCES[name], dependencies };
}

type Circle = readonly Dependency[];

/** The circle that is shown; null where there is none. */
function plainest({ attempts, dependencies }: DependencyGraph): Circle | null {
  const circles = attempts.flatMap(({ id }) => [...circlesFrom(id, [], dependencies)]);
  const weight = (circle: Circle): number =>
    circle.length * 100 + count(circle, "rw") * 10 + count(circle, "order") * 20 + (isOneRow(circle) ? 0 : 1);
  return circles.reduce<Circle | null>(
    (best, each) => (best === null || weight(each) < weight(best) ? each : best),
    null,
  );
}

/** Circles through `start` in which it has the lowest number, so that each is met once. */
function* circlesFrom(start: number, path: Circle, dependencies: readonly Dependency[]): Generator<Circle> {
  const at = path.at(-1)?.after ?? start;
  for (const each of dependencies) {
    if (each.before !== at) continue;
    if (each.after === start) yield [...path, each];
    else if (each.after > start && path.length + 1 < LENGTH_MAX && path.every(({ after }) => after !== each.after)) {
      yield* circlesFrom(start, [...path, each], dependencies);
    }
  }
}

function count(circle: Circle, kind: Dependency["kind"]): number {
  return circle.filter((each) => each.kind === kind).length;
}

function isOneRow(circle: Circle): boolean {
  return new Set(circle.flatMap(({ row }) => row ?? [])).size === 1;
}

/** The name by the table above. */
function nameOf(circle: Circle, attempts: readonly AttemptNode[]): AnomalyName {
  const byPredicate = circle.some((each) => each.byPredicate);
  switch (count(circle, "rw")) {
    case 0:
      return count(circle, "wr") === 0 ? "write cycle" : "circular reads";
    case 1:
      if (count(circle, "order") === circle.length - 1) return "stale read";
      if (isOneRow(circle) && count(circle, "wr") === 0) return "lost update";
      if (byPredicate) return "phantom";
      return isOneRow(circle) && circle.length === 2 ? "non-repeatable read" : "read skew";
    default: {
      if (circle.some(({ before }) => attempts[before]?.writes === false)) return "read-only anomaly";
      if (circle.length > 2) return "anti-dependency cycle";
      const isOneTable = new Set(circle.map(({ table }) => table)).size === 1;
      return isOneTable && circle.every((each) => each.byPredicate) ? "phantom" : "write skew";
    }
  }
}

function told(
  { kind, before, after, row, byPredicate }: Dependency,
  attempts: readonly AttemptNode[],
): Anomaly["dependencies"][number] {
  const [one, other] = [attempts[before]?.name ?? "", attempts[after]?.name ?? ""];
  return { kind, before: one, after: other, sentence: sentenceOf({ kind, byPredicate, row }, one, other) };
}

function sentenceOf(
  { kind, byPredicate, row }: Pick<Dependency, "kind" | "byPredicate" | "row">,
  one: string,
  other: string,
): string {
  switch (kind) {
    case "ww":
      return `${other} overwrites what ${one} has written to ${row}`;
    case "wr":
      return byPredicate
        ? `${other} no longer sees ${row}, which ${one} has deleted`
        : `${other} reads what ${one} has written to ${row}`;
    case "rw":
      return byPredicate
        ? `${one} looks and does not see ${row}, which ${other} puts there`
        : `${one} reads ${row} as it was before ${other} changes it`;
    case "order":
      return `${one} is over before ${other} begins`;
  }
}
