/**
 * A public bug report as data: a schema, the clients' code as it was and as it was mended, what is claimed, and what a search of every
 * interleaving at fine granularity says of each version. Schemas and statements are as plain as the race allows.
 */
import type { AlwaysProperty, World } from "../../model/property.ts";
import type { Row, View } from "../../model/protocol.ts";
import { NO_BOUNDS } from "../../sim/explore/bounds.ts";
import { explore } from "../../sim/explore/exhaustive.ts";
import type { Exploration } from "../../sim/explore/exploration.ts";
import { createServer } from "../../sim/postgres/index.ts";
import type { ServerOptions } from "../../sim/postgres/server.ts";
import { type Code, type CodeSession, codeProcess } from "../../sim/process/code-process.ts";
import { buildSystem } from "../../sim/system/build.ts";
import type { ExplorableSystem } from "../../sim/system/explorable-system.ts";
import type { Granularity } from "../../sim/system/system.ts";

export interface PublicCase {
  readonly name: string;
  /** The report: repository and number on GitHub, unless it says otherwise. */
  readonly source: string;
  readonly setup: readonly string[];
  /** What each client believes at first. */
  readonly view: View;
  /** That nobody ends by an error that is not handled is claimed of every case. */
  readonly claims: readonly AlwaysProperty[];
  readonly versions: Readonly<Record<string, Version>>;
}

export interface Version {
  readonly clients: Readonly<Record<string, Code>>;
  /** What the mended schema has in addition. */
  readonly adds?: readonly string[];
  readonly isolation?: ServerOptions["isolation"];
  /** SQLSTATEs by which a client of this version may end. */
  readonly allows?: readonly string[];
  readonly found: Found;
  /** Its shortest counterexample is run on a real server, too, and is reproduced there. */
  readonly isForced?: true;
}

/** The claim that breaks, with the length of the shortest schedule; or that none does. States are those that were seen until then. */
export type Found =
  | { readonly breaks: string; readonly steps: number; readonly states: number }
  | { readonly holds: true; readonly states: number };

/** A claim that something is never seen; `seen` says what, or null. */
export function never(name: string, seen: (world: World) => boolean): AlwaysProperty {
  return { kind: "always", name, sentence: `never: ${name}`, violation: (world) => (seen(world) ? name : null) };
}

/** How many clients believe this. */
export function believers(world: World, belief: string, value: unknown = true): number {
  return world.clients.filter((client) => client.view[belief] === value).length;
}

export function rowsOf(world: World, table: string): readonly Row[] {
  return world.tables[table] ?? [];
}

export function haveEnded(world: World): boolean {
  return world.clients.every((client) => client.ended);
}

/** Everybody has ended, and nobody by an error. */
export function haveSucceeded(world: World): boolean {
  return world.clients.every((client) => client.endedBy?.kind === "done");
}

/** The first row of the answer. */
export async function rowOf(session: CodeSession, ...statement: Parameters<CodeSession["query"]>): Promise<Row | null> {
  return (await session.query(...statement)).rows[0] ?? null;
}

/** How many rows the statement changed or gave. */
export async function countOf(session: CodeSession, ...statement: Parameters<CodeSession["query"]>): Promise<number> {
  return (await session.query(...statement)).rowCount ?? 0;
}

/** The body in one transaction, which is taken back where the body answers false. */
export async function transaction(
  session: CodeSession,
  body: () => Promise<boolean>,
  begin = "BEGIN",
): Promise<boolean> {
  await session.query(begin);
  const isDone = await body();
  await session.query(isDone ? "COMMIT" : "ROLLBACK");
  return isDone;
}

export function setupOf(reported: PublicCase, version: Version): readonly string[] {
  return [...reported.setup, ...(version.adds ?? [])];
}

export async function systemOfCase(
  reported: PublicCase,
  version: Version,
  granularity: Granularity = "fine",
): Promise<ExplorableSystem> {
  const clients = Object.keys(version.clients);
  const processes = await Promise.all(
    Object.entries(version.clients).map(([name, code]) => codeProcess(code, { name, view: reported.view })),
  );
  const server = createServer({
    sessions: clients.length,
    setup: setupOf(reported, version),
    granularity,
    isolation: version.isolation ?? "read committed",
  });
  const properties = reported.claims;
  return buildSystem({ server, clients, processes, properties, granularity, allowedErrors: version.allows ?? [] });
}

export async function exploreCase(reported: PublicCase, version: Version): Promise<Exploration> {
  return explore(await systemOfCase(reported, version), NO_BOUNDS);
}

/** What was found, in the words of the tables. */
export function foundIn(exploration: Exploration): Found | string {
  const { verdict, violation, schedule, distinctStates: states } = exploration;
  if (verdict === "violated") return { breaks: violation?.property ?? "", steps: schedule?.length ?? 0, states };
  return verdict === "holds" ? { holds: true, states } : verdict;
}
