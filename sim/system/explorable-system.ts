/** A system with the doors that explorers use, and what they are told. */
import type { World } from "../../model/property.ts";
import type { KeyLabels, Naming } from "../postgres/server.ts";
import type { Node, Process } from "../process/process.ts";
import type { Evidence } from "./evidence.ts";
import type { Interner } from "./interner.ts";
import type { Claim } from "./liveness-facts.ts";
import type { LocalStep, ProcessStep } from "./local-steps.ts";
import type { StateSections } from "./sections.ts";
import type { Choice, StateId, System } from "./system.ts";

/** The steps out of a state: `codes[i]` names a choice (see `choiceOf`), `states[i]` is where it leads. */
export interface Expansion {
  readonly codes: readonly number[];
  readonly states: readonly StateId[];
  /** The errors that clients are answered with in these steps, by the step's place; undefined where there are none. */
  readonly failures?: readonly { readonly at: number; readonly sqlstate: string }[];
}

/** What is wrong in a world: the property and the sentence that it says. */
export interface Violation {
  readonly property: string;
  readonly sentence: string;
  readonly message: string;
}

/** What the properties say of one visible state. */
export interface Judgement {
  readonly violations: readonly Violation[];
  /** The names of the `sometimes` properties that hold here. */
  readonly witnessed: readonly string[];
}

/** One step of one client, with what a count of steps by their kind needs. */
export interface ToldStep extends LocalStep {
  /** The statement that is sent, resumed or committed; null for a local step. */
  readonly statement: string | null;
  /** True when this step sends it. */
  readonly sends: boolean;
}

/** What a client is in the middle of. With neither it is at rest: it has ended, or waits for a wish of its user. */
export interface Standing {
  readonly goesOn: boolean;
  readonly inTransaction: boolean;
}

/** A system with the doors that explorers use. */
export interface ExplorableSystem extends System {
  /**
   * The steps out of a state, in the order of `choices`; a promise when user code has to be run for it. With `movers` only
   * the steps of these clients.
   */
  expand(state: StateId, movers?: readonly number[]): Expansion | Promise<Expansion>;
  choiceOf(code: number): Choice;
  /** The place of the client that takes the step, among the clients. */
  clientOf(code: number): number;
  judge(state: StateId): Judgement;
  /** Committed rows as a world of this state could have told them, with other values: in primary-key order. */
  inOrder(state: StateId, tables: World["tables"]): World["tables"];
  /** What is claimed of whole runs: each liveness property of each client. */
  readonly claims: readonly Claim[];
  /** What the claims say of a state: one number for each (see `FROM` and `TO`). */
  facts(state: StateId): Uint8Array;
  /** Whether a client can do nothing by itself in this state: it waits for others, or has ended. */
  rests(state: StateId, client: number): boolean;
  /** Whether a client is in the middle of something of its own, and whether it has a transaction open (or a statement under way). */
  standing(state: StateId, client: number): Standing;
  /** What a state is made of: what a client can do depends on the database and on its own node, and on nothing else. */
  parts(state: StateId): { readonly database: number; readonly nodes: readonly Node[] };
  /** The steps of a client in this database and node, told from the table that an exploration has filled. */
  toldSteps(database: number, client: number, node: Node): readonly ToldStep[];
  /** One process a client, in the order of the clients. */
  readonly processes: readonly Process[];
  /** What a state is when it does not matter who is who; null where a process cannot tell its local state. */
  textUnder(state: StateId, naming: Naming): string | null;
  /** The state by sections, one for each client; null where it cannot be told like that. */
  sections(state: StateId, keys: KeyLabels | null): StateSections | null;
  /** The keys of rows that the scenario calls interchangeable; empty where it calls none so. */
  readonly keys: readonly number[];
  /** The order in which rows of these keys come in the state's database (`Server.keyOrder`). */
  keyOrder(state: StateId): readonly number[] | null;
  /** The texts that sections were made of so far, by number. */
  readonly sectionTexts: Pick<Interner<string>, "size" | "value">;
  /**
   * Whether each step that the client has is a matter of its own: it sees nothing of what others do, and they nothing of it. What others
   * may do is taken from what was sent so far (`locksTables`).
   */
  actsAlone(state: StateId, client: number): boolean;
  /** Whether a statement was sent so far that may lock a table against those who read and write its rows. */
  readonly locksTables: boolean;
  /** The number of what can be seen of a state: equal where properties cannot but say the same. */
  visible(state: StateId): number;
  /** The texts of all statements that were sent so far, and whether one of them looks into texts (`Server.ordersTexts`). */
  readonly statements: ReadonlySet<string>;
  /** What processes have done so far, each step once. */
  readonly processSteps: readonly ProcessStep[];
  /** What clients have been answered in the steps that were computed so far. */
  readonly evidence: Evidence;
  /** Whether a state was judged so far whose committed rows are others than those of the first. */
  readonly rowsChanged: boolean;
  /** What a pass is to have looked at: properties that somebody has claimed, and rows that change. */
  readonly expects: { readonly claims: boolean; readonly changes: boolean };
  ordersTexts(sql: string): boolean;
  /** Whether a statement does more with the keys than to store and to equate them (`Server.computesWithKeys`). */
  computesWithKeys(sql: string): boolean;
  /** How many states, databases and local steps are known, and the memory that all of it takes, in bytes. */
  size(): { readonly states: number; readonly databases: number; readonly localSteps: number; readonly bytes: number };
}
