/**
 * Where a server of the user's is, read from its URL, and how that is said: never with a password.
 *
 *     postgres://app:secret@db.example:5432/shop     connect with all of it, say app@db.example:5432/shop
 *     postgres://app:a/b@db.example/shop             not readable: no part of it is said
 *
 * A password with `@`, `/`, `?` or `#` in it moves the borders between the parts, so that a piece of it is taken for the host, the
 * port or the database. A URL in which that may have happened is refused, and none of it is printed.
 */
import pg from "pg";
import { UsageError } from "../../sim/usage-error.ts";

/** A connection string, or its parts. */
export type Address = string | pg.ClientConfig;

/** What may be said of a server. */
export interface Place {
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

export interface GivenAddress {
  readonly place: Place;
  /** How to connect, with the password. */
  readonly config: pg.ClientConfig;
}

/** Parameters of a URL whose values may hold any character. */
const FREE_TEXT = new Set(["password", "user", "options", "host", "sslpassword", "application_name"]);

/** Reads the URL of a server. One that cannot be read, or may have been read wrongly, is a UsageError without any of its text. */
export function readAddress(url: string): GivenAddress {
  const client = isPlain(url) ? clientOf(url) : null;
  if (client === null) {
    throw new UsageError(
      "database-url-not-readable",
      "The server's URL cannot be read. It is not shown here, because there may be a password in it.",
      "Write postgres://user:password@host:port/database, and in a password %40 for @, %2F for /, %3A for :, %3F for ?, %23 for # and %25 for %.",
    );
  }
  const { host, port, user = "", database = "" } = client;
  const { password, ssl } = client as { readonly password?: string | null; readonly ssl?: pg.ClientConfig["ssl"] };
  const config: pg.ClientConfig = { host, port, user, database };
  if (typeof password === "string" && password !== "") config.password = password;
  if (ssl !== undefined) config.ssl = ssl;
  return { place: { user, host, port, database }, config };
}

function clientOf(url: string): pg.Client | null {
  try {
    return new pg.Client({ connectionString: url });
  } catch {
    return null;
  }
}

/** Whether the borders between the parts are where they were meant to be. */
function isPlain(url: string): boolean {
  if (/[\0-\x20\x7f]/.test(url)) return false;
  if (url.startsWith("/")) return true;
  const [, rest] = /^(?:postgres|postgresql|socket):(?:\/\/)?(.*)$/.exec(url) ?? [];
  if (rest === undefined || rest.includes("#")) return false;
  const [, path = "", query = ""] = /^[^/?]*([^?]*)(?:\?(.*))?$/.exec(rest) ?? [];
  if (path.includes("@")) return false;
  return [...new URLSearchParams(query)].every(
    ([name, value]) => !/[@/]/.test(name) && (FREE_TEXT.has(name) || !value.includes("@")),
  );
}

/** `app@db.example:5432/shop` */
export function placeText({ user, host, port, database }: Place): string {
  return `${user}@${host}:${port}/${database}`;
}

/** What an error says, unless it says the password. */
export function reasonOf(error: unknown, { config }: GivenAddress): string {
  // A host name with several addresses gives one error for each, and an empty message for all.
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const why = errors.map((each) => (each instanceof Error ? each.message : String(each))).join("; ");
  const { password } = config;
  return typeof password === "string" && why.includes(password) ? "it refuses the connection" : why;
}
