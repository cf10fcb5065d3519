/**
 * A real PostgreSQL behind the interface of the isolation tests' runner: a database of its own, and one connection for the
 * control session and for each session of the test.
 *
 * Whether a session is blocked is asked on the control connection, of the same function that PostgreSQL's own tester uses.
 */
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import pg from "pg";
import type {
  Answer,
  IsolationServer,
  IsolationSession,
  Message,
  Notification,
  Progress,
} from "../../sim/isolation/server.ts";
import type { Spec } from "../../sim/isolation/spec.ts";
import type { Isolation, Session } from "../postgres/connection.ts";
import type { OwnDatabase } from "../postgres/server.ts";
import { RawMessage } from "./raw-message.ts";

/** PostgreSQL's tester looks for waits that often, and its expected outputs count on it. */
const LOOK_EVERY_MS = 10;

/** How PostgreSQL's test driver (pg_regress) has dates and intervals printed; its expected outputs count on it. */
const SETTINGS = "SET DateStyle = 'Postgres, MDY'; SET TimeZone = 'PST8PDT'; SET IntervalStyle = 'postgres_verbose'";

export interface IsolationServerOptions {
  /** The name of the test, for pg_stat_activity: tests look their sessions up there. */
  readonly name: string;
  /** The isolation level of transactions that do not name one. */
  readonly isolation?: Isolation | undefined;
}

/** Opens the sessions of a test in a database; they end with it. */
export async function isolationServer(
  spec: Spec,
  database: OwnDatabase,
  { name: test, isolation }: IsolationServerOptions,
): Promise<IsolationServer> {
  const control = await database.session("control connection", isolation);
  const sessions: Session[] = [];
  for (const { name } of spec.sessions) sessions.push(await database.session(name, isolation));
  for (const session of [control, ...sessions]) {
    await session.rows(SETTINGS);
    await session.rows("SELECT set_config('application_name', $1, false)", [`isolation/${test}/${session.name}`]);
  }
  const pids = `{${sessions.map(({ pid }) => pid).join(",")}}`;
  const isBlocked = async (pid: number): Promise<boolean> => {
    const [[blocked] = []] = await control.rows("SELECT pg_isolation_test_session_is_blocked($1, $2)", [pid, pids]);
    return blocked === true;
  };
  const senderOf = (pid: number): string => sessions.find((session) => session.pid === pid)?.name ?? `PID ${pid}`;
  return {
    control: realSession(control, { isBlocked, senderOf, control }),
    sessions: sessions.map((session) => realSession(session, { isBlocked, senderOf, control })),
    nowMs: () => performance.now(),
  };
}

interface Around {
  readonly isBlocked: (pid: number) => Promise<boolean>;
  readonly senderOf: (pid: number) => string;
  readonly control: Session;
}

function realSession(session: Session, around: Around): IsolationSession {
  const { client, pid } = session;
  let message = new RawMessage("");
  let notices: Message[] = [];
  let notifications: Notification[] = [];
  client.on("notice", ({ severity = "NOTICE", message: text = "", detail = null, hint = null }) => {
    const notice = { severity, message: text, detail, hint };
    if (message.isDone || !message.takesNotice(notice)) notices.push(notice);
  });
  // A connection that the server ends while nothing is asked of it says why before it goes.
  let farewell: Answer | null = null;
  client.on("error", (error) => {
    if (!(error instanceof pg.DatabaseError)) return;
    const { severity = "FATAL", message: text, detail = null, hint = null } = error;
    farewell = { kind: "failed", severity, message: text, detail, hint };
  });
  client.on("notification", ({ channel, payload = "", processId }) => {
    notifications.push({ channel, payload, sender: around.senderOf(processId) });
  });
  return {
    send: (sql) => {
      message = new RawMessage(sql);
      client.query(message);
    },
    look: async (mayBlock): Promise<Progress> => {
      // A caller that looks again and again at what is done must leave the others' answers room to arrive.
      if (message.isDone) await turn();
      else await Promise.race([message.done, sleep(LOOK_EVERY_MS)]);
      if (message.isDone) return "done";
      if (!mayBlock || !(await around.isBlocked(pid))) return "running";
      // It may have been answered while we asked.
      return message.isDone ? "done" : "blocked";
    },
    answers: () => (farewell === null ? message.answers : [farewell, ...message.answers]),
    takeNotices: () => {
      const taken = notices;
      notices = [];
      return taken;
    },
    takeNotifications: () => {
      const taken = notifications;
      notifications = [];
      return taken;
    },
    cancel: async () => {
      await around.control.rows("SELECT pg_cancel_backend($1)", [pid]);
    },
  };
}
