/** The option for a server of one's own, the same for every command that needs a real one. */
import { Option } from "commander";

/** `--database-url`, or `DATABASE_URL`; without it a server is started. */
export function databaseUrlOption(): Option {
  return new Option(
    "--database-url <url>",
    "a server of yours, used in a schema of its own (default: one is started and removed)",
  ).env("DATABASE_URL");
}
