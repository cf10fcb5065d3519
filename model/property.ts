/**
 * What can be claimed of a system: a predicate over the world as somebody outside sees it, and a sentence.
 *
 * `always` must hold in every reachable state; `sometimes` must hold in at least one, so that no pass is vacuous.
 *
 * `eventually` and `leads-to` are about whole runs, not about states: what has to happen in the end, if every client that can
 * move for ever does move at some time (weak fairness; sim/explore/liveness.ts says what that is). They are looked at when
 * they are asked for by name.
 */
import type { Row, View } from "./protocol.ts";

/** One participant as a property sees it. */
export interface ClientView {
  readonly name: string;
  readonly view: View;
  /** The clients whose transactions it waits for; empty when it does not wait. */
  readonly waitsFor: readonly string[];
  /** True when its process has ended: it will never ask for anything again. */
  readonly ended: boolean;
  /** Why it has ended; null while it has not. */
  readonly endedBy: EndedBy | null;
}

/** Why a client has ended: it had done all that it was to do, or an error of the server that it did not handle. */
export type EndedBy =
  | { readonly kind: "done" }
  | { readonly kind: "error"; readonly sqlstate: string; readonly message: string };

/** One state of the system, seen from outside: beliefs, waits, and the committed rows of each table. */
export interface World {
  readonly clients: readonly ClientView[];
  /** Committed rows by table name, in primary-key order where there is one. Who asks for places in it may tell keys and names apart. */
  readonly tables: Readonly<Record<string, readonly Row[]>>;
  /** What an oracle that has watched the run has against this state; left out where none watches (sim/explore/watched.ts). */
  readonly objection?: string | null;
}

interface StateProperty {
  readonly name: string;
  readonly sentence: string;
  /**
   * True where its author knows that it says the same, but for the names in its message, of a world in which clients are exchanged, at
   * their places and by name in views and rows: it may ask whether two names are the same, and not which come first or what they are, nor
   * at which place a row stands that has a name for its key. Then a search of all orders of the clients looks at it once for all of them.
   * Left out, it is asked of each, and symmetry can be used for a few clients only.
   */
  readonly symmetric?: boolean;
  /**
   * How far it counts clients that look alike (one view, and exchanged for each other they leave the world as it is): where there are
   * so many of them, one more or less above that changes nothing in what it says. `check --clients any` needs to know, and `symmetric`.
   */
  readonly countsAlikeTo?: number;
}

export interface AlwaysProperty extends StateProperty {
  readonly kind: "always";
  /** What is wrong in this world, as a sentence with the names in it; null when nothing is. */
  violation(world: World): string | null;
}

export interface SometimesProperty extends StateProperty {
  readonly kind: "sometimes";
  holds(world: World): boolean;
}

export type Property = AlwaysProperty | SometimesProperty;

/** One participant as a liveness property sees it. */
export interface AskingClient extends ClientView {
  /** True from its user's wish until that is answered: a statement is under way, or the next one is due. */
  readonly asks: boolean;
}

/** One state, as a liveness property sees it. */
export interface LiveWorld extends World {
  readonly clients: readonly AskingClient[];
}

/** Says something of one client in a world. What is about all of them does not look at the client. */
export type LivePredicate = (world: LiveWorld, client: AskingClient) => boolean;

/** Every run comes to a state in which the goal is reached, claimed of each client. */
export interface EventuallyProperty {
  readonly kind: "eventually";
  readonly name: string;
  readonly sentence: string;
  readonly goal: LivePredicate;
  /** What is wrong in a run in which it is never reached, as a sentence about this client. */
  violation(client: string): string;
}

/** Whenever `from` is true, `to` is true then or later, claimed of each client. */
export interface LeadsToProperty {
  readonly kind: "leads-to";
  readonly name: string;
  readonly sentence: string;
  readonly from: LivePredicate;
  readonly to: LivePredicate;
  /** What is wrong in a run in which `from` was true and `to` never becomes true, as a sentence about this client. */
  violation(client: string): string;
}

export type LivenessProperty = EventuallyProperty | LeadsToProperty;
