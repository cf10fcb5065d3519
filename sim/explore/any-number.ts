/**
 * A verdict for every number of clients, by counting clients that are alike (counter abstraction).
 *
 * Symmetry (symmetry.ts) finds which clients of a state are alike: exchanging two of a block leaves the state as it is. Here a
 * block is also cut: of more than `most` members so many are left, and the others are taken out of the state. What is left is a
 * cut state. It stands for infinitely many states, those with any more clients in its full blocks (`most` = 2):
 *
 *     | alice owns | bob, carol wait | dave, erin, frank, grace idle |    is cut to    | one owns | 2+ wait | 2+ idle |
 *     alice lets go        ->   | 2+ wait | 2+ idle |  one more idle, who was the owner
 *     one who waits moves  ->   | one owns | one tries | one waits  | 2+ idle |        where two of them waited
 *                          ->   | one owns | one tries | 2+ wait    | 2+ idle |        where there were more
 *
 * The search explores 1, 2, 3, … clients in full, each with symmetry, and notes for every cut state where the steps of each block
 * lead: from two members exactly, and from more than two (cut-states.ts). A violation is found with the least number of clients that
 * has one, and its trace is concrete. When nothing is left to note, the table is closed, and the properties hold for every number.
 *
 *     clients               1   2   3    4    5    6    7    8    9
 *     cut states so far     7  26  61  106  149  179  193  197  197  closed          (atomic-update)
 *
 * Why that is so. Say that b is a client that is alike at least `most` others of the state, the one that moves not counted, and that
 * cutting takes b out. *Then b makes no difference to the step of another client*: without b the step is the same, and with b it leads
 * to the same state, but for b, who is still alike those that it was alike (the lemma). Let the table be closed after n clients, and
 * let s be any state that any number of clients reaches. By induction on the steps, its cut state is in the table:
 *
 *     start    all are alike. Up to n clients it was seen, and with more it is cut to the same, since n is more than `most`.
 *     step     let s be cut to a, which is in the table, and let c of block B move. The table knows a state s' that was explored, is cut
 *              to a, and has more than `most` members in B if and only if s has. By the lemma both steps are that of one and the same
 *              state, in which all blocks have `most` members (B one more, if it has more), and lead to the same cut state: every
 *              block loses c at most, may gain c, and may become one with others, whose numbers are added; two sums that are both cut at
 *              `most` are equal when what is added was. The step from s' was explored, so its cut state is in the table.
 *
 * A property says of s what it says of its cut state, if it counts clients that are alike no further than to `most`, which it
 * declares (`countsAlikeTo`); and it was asked of a state with that cut state. A `sometimes` property was witnessed with n clients by a
 * schedule in which at least `most` clients took no step. With more clients the same schedule is possible, by the lemma.
 *
 * Why the lemma holds. A step of c reads the database, c's own session and c's own node (local-steps.ts). What the database holds of b
 * is b's own session and marks; `cut` asks for the label of a client that it takes out wherever it finds it elsewhere than in a
 * set (key.ts), and then gives up (`Uncountable`). So b's name stands in no row, parameter, reply or node but its own, b has written no
 * row version, stands in no queue, and is nobody's turn. It can be in four kinds of sets, together with all that it is alike, and
 * none of these is asked how many are in it:
 *
 *     shownTo, hiddenFrom       `sees` asks whether c is in it; `prune` whether anybody is; `settle` adds everybody who has a snapshot,
 *                               `forgetSnapshot` drops c; mergeHistory and forgetUnread unite them, and go through them one by one
 *     row locks (`lockers`)     asked whether somebody other than c holds a conflicting one; each is copied to a new version
 *     holders of an object      asked whether somebody other than c conflicts (lock-object.ts)
 *     untilEndOf                those for whose end somebody waits, taken out one by one
 *
 * Sessions of others are gone through one by one, each by itself: who can go on after the step (`wake`), who has versions in its hands
 * (`sweep`), what it will still read (`needOf`). The deadlock check looks for a circle of waits. If it goes through b, it goes as well
 * through one that b is alike, and is no longer; which circle it comes upon first matters where it re-orders a queue, and then nobody
 * is counted. So every question that is asked of b is answered by those who are alike it.
 *
 * That is an argument about the code as it stands; so it is also looked at. What is noted twice must be the same, whatever the
 * numbers, and all numbers up to n are explored (`CutStates.note`). While clients are few, steps are taken by the first and the last
 * of a block, which must come to the same. Properties are asked of worlds with more clients alike (alike-properties.ts).
 *
 * What it relies on beside that: whatever symmetry relies on, above all that a process treats its client's name as a name.
 *
 * Refused: what has an order among clients or a budget for all of them (coarse granularity with its lines, SERIALIZABLE, faults), a
 * clock, and liveness. Inconclusive: protocols whose clients are not alike however many there are, because each has a row of its own,
 * or a place in the queue of an advisory lock. Then the cut states grow with the clients and the table is never closed.
 *
 * Sources: German and Sistla, "Reasoning about Systems with Many Processes" (1992); Pnueli, Xu and Zuck, "Liveness with (0,1,∞)-Counter
 * Abstraction" (2002); Kaiser, Kroening and Wahl, "Dynamic Cutoff Detection in Parameterized Concurrent Programs" (2010).
 */
import { isNoFault } from "../system/faults.ts";
import { faultsOf, type Instance, systemOf } from "../system/from-scenario.ts";
import { UsageError } from "../usage-error.ts";
import { countsTo } from "./alike-properties.ts";
import { type Bounds, boundReached, isFull, type ProgressReport, type Stop, type Watch } from "./bounds.ts";
import { type Check, check } from "./check.ts";
import { CountedSearch } from "./counted-search.ts";
import { CutStates } from "./cut-states.ts";
import type { Exploration } from "./exploration.ts";
import { saysSomething } from "./vacuity.ts";

/** A verdict for every number of clients. */
export interface AnyNumberCheck {
  /** Violated: the check with the least number of clients that breaks. Else the counts of all numbers of clients together. */
  readonly check: Check;
  /** Everything was seen, and nothing broke, with each number of clients up to this one. */
  readonly seenUpTo: number;
  /** Of clients that are alike so many were told from fewer, and not from more. */
  readonly alikeTo: number;
  readonly cutStates: number;
  /** Why clients cannot be counted; null where nothing has spoken against it. */
  readonly uncountable: string | null;
}

/** More orbits than this are not explored, unless `bounds.states` says otherwise: where clients cannot be counted there is no end. */
const ORBITS_MAX = 20_000;
/** Where clients cannot be counted, so many are explored all the same. */
const EXPLORED_AT_LEAST = 4;
/** How many states are expanded between two looks at the clock, the bounds and the interruption. */
const STATES_PER_LOOK = 64;

/** Checks the instance with every number of clients; its own number is not looked at. */
export async function checkAnyNumber(instance: Instance, bounds: Bounds, watch: Watch = {}): Promise<AnyNumberCheck> {
  mustBeCountable(instance);
  return new Numbers(instance, { ...bounds, states: bounds.states ?? ORBITS_MAX }, watch).run();
}

function mustBeCountable(instance: Instance): void {
  const { scenario, granularity, isolation, liveness, oracle } = instance;
  if (oracle !== undefined) throw refused(`${oracle.name} judges who did what and when`, "Leave out --oracle");
  if (liveness) throw refused("liveness is claimed of each client by itself", "Leave out --liveness");
  if (granularity === "coarse") {
    throw refused(
      "at coarse granularity clients that wait stand in line, each in its own place",
      "Leave out --granularity",
    );
  }
  if (isolation === "serializable") {
    throw refused("SERIALIZABLE remembers transactions one by one", "Choose another level of isolation");
  }
  if (!isNoFault(faultsOf(instance))) {
    throw refused("the faults that may happen are counted for all clients together", "Give --faults none");
  }
  if (scenario.clock === true) throw refused(`time is a part of ${scenario.name}`, "Choose another scenario");
}

function refused(why: string, what: string): UsageError {
  return new UsageError(
    "any-number-refused",
    `a verdict for any number of clients cannot be had: ${why}`,
    `${what}, or give a number of clients.`,
  );
}

/** The search through one number of clients after the other. */
class Numbers {
  readonly #instance: Instance;
  readonly #bounds: Bounds;
  readonly #watch: Watch;
  readonly #started: number;
  readonly #cuts: CutStates;
  readonly #statements = new Map<string, number>();
  /** Why clients cannot be counted, once that is known. */
  #uncountable: string | null = null;
  #seenUpTo = 0;
  /** The counts of the numbers that are done with. */
  #orbits = 0;
  #transitions = 0;
  #depth = 0;

  constructor(instance: Instance, bounds: Bounds, watch: Watch) {
    this.#instance = instance;
    this.#bounds = bounds;
    this.#watch = watch;
    this.#started = watch.now?.() ?? 0;
    this.#cuts = new CutStates(countsTo(systemOf({ ...instance, clients: 1 }).properties));
  }

  /** Explores one number of clients after the other, until one breaks a property, the table is closed, or there is a reason to stop. */
  async run(): Promise<AnyNumberCheck> {
    for (let clients = 1; ; clients++) {
      const instance: Instance = { ...this.#instance, clients };
      const search = new CountedSearch(systemOf(instance), this.#cuts, this.#statements);
      search.uncountable ??= this.#uncountable;
      const stop = await this.#explore(search);
      this.#uncountable = search.uncountable;
      this.#orbits += search.orbits;
      this.#transitions += search.transitions;
      this.#depth = Math.max(this.#depth, search.depth);
      const isSeen = search.frontier === 0;
      if (search.broken || (isSeen && search.lacksWitness)) {
        return this.#told(await check(instance, this.#bounds, this.#watch, { reductions: ["symmetry"] }));
      }
      if (isSeen) this.#seenUpTo = clients;
      const isEnough = this.#uncountable !== null && clients >= EXPLORED_AT_LEAST;
      if (!isSeen || isEnough || search.isProof()) return this.#told(this.#unbroken(search, instance, stop));
    }
  }

  /** Until everything was seen, something breaks, symmetry cannot go on, or there is a reason to stop, which is returned. */
  async #explore(search: CountedSearch): Promise<Stop | null> {
    for (let expanded = 0; search.frontier > 0 && !search.broken; expanded++) {
      if (this.#bounds.depth !== null && search.depth >= this.#bounds.depth) {
        return { kind: "bound", bound: `depth ${this.#bounds.depth}` };
      }
      const isTime = expanded % STATES_PER_LOOK === 0 || isFull(this.#bounds, this.#orbits + search.orbits);
      const stop = isTime ? await this.#look(search) : null;
      if (stop !== null) return stop;
      const refusal = await refusalOfMany(search);
      if (refusal !== null) {
        search.uncountable ??= refusal;
        return null;
      }
    }
    return null;
  }

  async #look(search: CountedSearch): Promise<Stop | null> {
    const report: ProgressReport = {
      states: this.#orbits + search.orbits,
      transitions: this.#transitions + search.transitions,
      depth: search.depth,
      frontier: search.frontier,
      seconds: ((this.#watch.now?.() ?? 0) - this.#started) / 1000,
    };
    this.#watch.onProgress?.(report);
    await this.#watch.pause?.();
    if (this.#watch.interrupted?.() === true) return { kind: "interrupted" };
    const bound = boundReached(this.#bounds, report, search.system.size().bytes, this.#watch);
    return bound === null ? null : { kind: "bound", bound };
  }

  #told(found: Check): AnyNumberCheck {
    const { most, size } = this.#cuts;
    return { check: found, seenUpTo: this.#seenUpTo, alikeTo: most, cutStates: size, uncountable: this.#uncountable };
  }

  /** What is told where nothing broke: it was proved for every number, there was a reason to stop, or clients cannot be counted. */
  #unbroken(search: CountedSearch, instance: Instance, stop: Stop | null): Check {
    const isProved = search.isProof();
    const exploration: Exploration = {
      verdict: isProved ? "holds" : "inconclusive",
      violation: null,
      schedule: null,
      stem: null,
      exhaustive: isProved,
      distinctStates: this.#orbits,
      transitions: this.#transitions,
      depth: this.#depth,
      fullStates: null,
      reductions: ["symmetry"],
      rows: null,
      stop,
      vacuous: [],
      witnesses: {},
      failures: {},
      size: search.system.size(),
      orbits: null,
      unfolded: false,
      depthFirst: null,
    };
    const { system } = search;
    const nothing = { trace: null, needsFine: false, spelledOut: null, failures: [], outcomes: null };
    return { instance, system, exploration: saysSomething(system, exploration), ...nothing };
  }
}

/** Expands the next state; why not, where symmetry cannot go on with so many clients. */
async function refusalOfMany(search: CountedSearch): Promise<string | null> {
  try {
    await search.expandNext();
    return null;
  } catch (error) {
    // What symmetry refuses whatever the number of clients, it refuses with two.
    const isOfMany = search.system.clients.length > 2 && error instanceof UsageError;
    if (!isOfMany || error.code !== "symmetry-refused") throw error;
    return error.message;
  }
}
