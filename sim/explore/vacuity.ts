/**
 * Whether a pass says anything: a search in which nothing could break, because nothing was done or nothing was claimed, is called vacuous,
 * and is inconclusive.
 *
 *     no property is claimed                 there was nothing to look for
 *     a client never sends a statement       its user's wishes are none that it accepts, for instance
 *     no statement of a client succeeds      each one fails, beside BEGIN, COMMIT and the like
 *     no row is ever changed                 unless the scenario says that this is meant (`changesNoRow`)
 *
 * With symmetry one client takes the steps of all those that are like it, so there it is enough that one of them does something.
 *
 * A search that has followed a process to a bound only (`cutOff`) has not seen everything, and is inconclusive as well.
 */
import type { ExplorableSystem } from "../system/explorable-system.ts";
import type { Exploration } from "./exploration.ts";

type Judged = Pick<ExplorableSystem, "clients" | "evidence" | "rowsChanged" | "expects">;

/** The exploration, inconclusive where its pass says nothing, or where it has not seen everything after all. */
export function saysSomething(system: Judged, found: Exploration): Exploration {
  const { cutOff } = system.evidence;
  // A counterexample that ends in a state is one, whatever else there is; all else was said of everything.
  const restsOnAll =
    found.verdict === "holds" || (found.exhaustive && (found.schedule === null || found.stem !== null));
  if (cutOff !== null && restsOnAll) {
    const stop = { kind: "bound", bound: cutOff } as const;
    return { ...found, verdict: "inconclusive", violation: null, schedule: null, stem: null, exhaustive: false, stop };
  }
  const vacuous = found.verdict === "holds" ? vacuityOf(system, { oneForAll: isOneForAll(found), rows: true }) : [];
  return vacuous.length === 0 ? found : { ...found, verdict: "inconclusive", vacuous };
}

/** Whether one client has taken the steps of all that are like it. */
function isOneForAll({ reductions, unfolded }: Exploration): boolean {
  return unfolded || reductions.includes("symmetry");
}

/** What is asked of a pass: whether one client stands for all, and whether rows must have changed, which a few schedules need not show. */
interface Asked {
  readonly oneForAll: boolean;
  readonly rows: boolean;
}

/** Why a pass of this system says nothing, as sentences; none where it says something. */
export function vacuityOf(system: Judged, { oneForAll, rows }: Asked): readonly string[] {
  const { evidence, expects, rowsChanged } = system;
  const idle = idleClients(system, oneForAll);
  if (!expects.claims) return ["no property is claimed", ...idle];
  if (idle.length > 0) return idle;
  const { errors } = evidence;
  const why = errors[0] === undefined ? "" : ` (${errors[0].sqlstate} ${errors[0].message})`;
  return rows && expects.changes && !rowsChanged ? [`no row is ever changed${why}`] : [];
}

function idleClients({ clients, evidence }: Judged, oneForAll: boolean): readonly string[] {
  if (oneForAll && evidence.clients.some(({ works }) => works)) return [];
  const silent = clients.filter((_, at) => evidence.clients[at]?.sent === false);
  const failing = clients.filter((_, at) => evidence.clients[at]?.sent === true && !evidence.clients[at].works);
  if (oneForAll) {
    return failing.length === 0
      ? ["no client ever sends a statement"]
      : [`no statement of a client ever succeeds${why(0)}`];
  }
  return [
    ...silent.map((name) => `${name} never sends a statement`),
    ...failing.map((name) => `no statement of ${name} ever succeeds${why(clients.indexOf(name))}`),
  ];

  function why(client: number): string {
    const met = evidence.errors.find((error) => oneForAll || error.clients.includes(client));
    return met === undefined ? "" : ` (${met.sqlstate} ${met.message})`;
  }
}
