/**
 * Where litmus programs are run: a server, and lanes with a place of their own in it.
 *
 * Advisory locks belong to a database, so a lane of a server of ours has a database of its own. A server of the user's has one lane.
 * There time-outs are what they are; on ours a deadlock is found at once, and errors, of which there are many, are not logged.
 */
import { randomBytes } from "node:crypto";
import { openSession, type Session } from "../postgres/connection.ts";
import { type Stopping, startPostgres } from "../postgres/embedded.ts";
import { openServer } from "../postgres/server.ts";
import { Lane } from "./lane.ts";

export interface LitmusServer {
  readonly version: string;
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
  /** How many programs are run at a time, on a server of ours. */
  readonly lanes: number;
  /** The most sessions that a program has. */
  readonly sessions: number;
  readonly databaseUrl?: string | undefined;
}

export async function openLitmusServer(options: PlacesOptions): Promise<LitmusServer> {
  const { databaseUrl = "" } = options;
  return databaseUrl === "" ? startOwn(options) : openGiven(databaseUrl, options);
}

async function startOwn({ lanes: count, sessions }: PlacesOptions): Promise<LitmusServer> {
  const postgres = await startPostgres({ settings: SETTINGS });
  try {
    const keeper = await openSession({ url: postgres.url, schema: null, name: "litmus" });
    const lanes: Lane[] = [];
    for (let at = 0; at < count; at++) {
      const database = `lockstep_litmus_${randomBytes(4).toString("hex")}`;
      await keeper.rows(`CREATE DATABASE ${database}`);
      const place = new URL(postgres.url);
      place.pathname = `/${database}`;
      const open = (name: string): Promise<Session> => openSession({ url: place.href, schema: "public", name });
      lanes.push(await laneOf(open, sessions, postgres.stopping));
    }
    return { version: postgres.version, lanes, close: () => postgres.stop() };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function openGiven(databaseUrl: string, { sessions }: PlacesOptions): Promise<LitmusServer> {
  const server = await openServer({ databaseUrl });
  try {
    const place = await server.openDatabase();
    const lane = await laneOf((name) => place.session(name), sessions, null);
    return { version: server.version, lanes: [lane], close: () => server.close() };
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function laneOf(
  open: (name: string) => Promise<Session>,
  count: number,
  stopping: Stopping | null,
): Promise<Lane> {
  const monitor = await open("monitor");
  const sessions: Session[] = [];
  for (let at = 0; at < count; at++) sessions.push(await open(`s${at + 1}`));
  for (const session of sessions) await session.rows(STATEMENT_TIMEOUT);
  return new Lane({ monitor, sessions, stopping });
}
