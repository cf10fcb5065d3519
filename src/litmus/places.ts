/**
 * Where litmus programs are run: a server, and lanes with a database of their own in it, since advisory locks belong to a database.
 *
 * On a server of ours a deadlock is found at once, errors, of which there are many, are not logged, and sessions can be stopped for a
 * moment. On one of the user's time-outs are what they are: each deadlock takes a second there, unless the server says otherwise.
 */
import { type OpenServer, openServer } from "../postgres/server.ts";
import { Lane } from "./lane.ts";

export interface LitmusServer {
  readonly server: OpenServer;
  readonly lanes: readonly Lane[];
  close(): Promise<void>;
}

const SETTINGS: Readonly<Record<string, string>> = {
  deadlock_timeout: "2",
  log_min_messages: "log",
  log_min_error_statement: "panic",
};

/** A statement that takes longer waits for something that no program should wait for. */
const STATEMENT_TIMEOUT = "SET statement_timeout = '10s'";

export interface PlacesOptions {
  /** How many programs are run at a time. */
  readonly lanes: number;
  /** The most sessions that a program has. */
  readonly sessions: number;
  readonly databaseUrl?: string | undefined;
}

export async function openLitmusServer({ lanes: count, sessions, databaseUrl }: PlacesOptions): Promise<LitmusServer> {
  const server = await openServer({ databaseUrl, settings: SETTINGS });
  try {
    const lanes: Lane[] = [];
    for (let at = 0; at < count; at++) lanes.push(await openLane(server, sessions));
    return { server, lanes, close: () => server.close() };
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function openLane(server: OpenServer, count: number): Promise<Lane> {
  const database = await server.openDatabase();
  const monitor = await database.session("monitor");
  const sessions = await Promise.all(Array.from({ length: count }, (_, at) => database.session(`s${at + 1}`)));
  for (const session of sessions) await session.rows(STATEMENT_TIMEOUT);
  return new Lane({ monitor, sessions, stopping: server.stopping });
}
