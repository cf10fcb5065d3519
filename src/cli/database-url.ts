/** The options for a server of one's own and for what may be run on it, the same for every command that needs a real one. */
import { Option } from "commander";
import { UsageError } from "../../sim/usage-error.ts";

/** What a person has said of the server. */
export interface ServerChoice {
  /** Missing where the command knows real servers only. */
  readonly on?: "simulated" | "postgres";
  readonly databaseUrl?: string;
  readonly allowAnySql?: boolean;
}

/** `--database-url`; without it a server is started. */
export function databaseUrlOption(): Option {
  return new Option(
    "--database-url <url>",
    "a server of yours, used in a database of its own that is dropped afterwards (default: one is started and removed)",
  );
}

/** `--allow-any-sql` */
export function allowAnySqlOption(): Option {
  return new Option("--allow-any-sql", "run on a real server also SQL that the simulated one does not model");
}

/** What the two options mean, for the end of a help text. */
export const SERVER_HELP =
  "\nWhere SQL is run: in a database of its own, made for the run and dropped afterwards, by a role of its own that has no rights outside of it.\n" +
  "An account that may not make databases (CREATEDB) is refused. Statements are looked at before a server is started or asked: what the\n" +
  "simulated server does not model is refused. --allow-any-sql leaves that out, for SQL that you trust as you trust a program: COPY, DO,\n" +
  "other functions and languages are then run. The database and the role stay as they are, so files, programs, settings and roles of the\n" +
  "server and other databases are out of reach all the same; on a server of yours the account then needs CREATEROLE as well.";

/** The URL of the user's server; undefined for the embedded one. The environment is asked only where `--on postgres` was said. */
export function givenServer({ on, databaseUrl, allowAnySql }: ServerChoice): string | undefined {
  if (on !== "simulated") {
    const fromEnvironment = on === "postgres" ? process.env["DATABASE_URL"] : undefined;
    return databaseUrl ?? (fromEnvironment === "" ? undefined : fromEnvironment);
  }
  for (const [option, given] of [
    ["--database-url", databaseUrl !== undefined],
    ["--allow-any-sql", allowAnySql === true],
  ] as const) {
    if (given) {
      throw new UsageError(
        "option-without-use",
        `${option} is of no use on the simulated server`,
        `Give --on postgres, or leave ${option} out.`,
      );
    }
  }
  return undefined;
}
