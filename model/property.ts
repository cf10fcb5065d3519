/**
 * What can be claimed of a system: a predicate over the world as somebody outside sees it, and a sentence.
 *
 * `always` must hold in every reachable state; `sometimes` must hold in at least one, so that no pass is vacuous.
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
}

/** One state of the system, seen from outside: beliefs, waits, and the committed rows of each table. */
export interface World {
  readonly clients: readonly ClientView[];
  /** Committed rows by table name, in primary-key order where there is one. */
  readonly tables: Readonly<Record<string, readonly Row[]>>;
}

export interface AlwaysProperty {
  readonly kind: "always";
  readonly name: string;
  readonly sentence: string;
  /** What is wrong in this world, as a sentence with the names in it; null when nothing is. */
  violation(world: World): string | null;
}

export interface SometimesProperty {
  readonly kind: "sometimes";
  readonly name: string;
  readonly sentence: string;
  holds(world: World): boolean;
}

export type Property = AlwaysProperty | SometimesProperty;
