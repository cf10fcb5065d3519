/** A script as a test in PostgreSQL's isolation-test notation: one permutation, which is the order in which it was run. */
import type { Query } from "../../model/protocol.ts";
import { DEFINING } from "./case.ts";
import type { Script } from "./shrink.ts";

/** The text of the test; `comment` is put at its head. */
export function specText({ world, sends: all }: Script, comment: string, sessionSetup = ""): string {
  const begun = all.findIndex(({ labels }, at) => !labels.includes(DEFINING) || at === all.length - 1);
  const defining = all.slice(0, begun).map(({ query }) => query.text);
  const sends = all.slice(begun);
  const sessions = [...new Set(sends.map(({ session }) => session))].sort((a, b) => a - b);
  const steps = sends.map(({ session, query }, at) => {
    const before = sends.slice(0, at).filter((other) => other.session === session).length;
    const name = `s${sessions.indexOf(session) + 1}${letters(before)}`;
    return { session, name, text: withValues(query) };
  });
  const lines = comment.split("\n").map((line) => `# ${line}`.trimEnd());
  lines.push("", ...[...world.setup, ...defining].flatMap((text) => ["setup", "{", `  ${text};`, "}"]), "");
  lines.push("teardown", "{", `  DROP TABLE IF EXISTS ${[...world.tables].reverse().join(", ")} CASCADE;`, "}", "");
  for (const [at, session] of sessions.entries()) {
    lines.push(`session s${at + 1}`);
    if (sessionSetup !== "") lines.push(`setup { ${sessionSetup}; }`);
    const own = steps.filter((step) => step.session === session);
    const width = Math.max(...own.map(({ name }) => name.length));
    for (const { name, text } of own) lines.push(`step ${name.padEnd(width)}  { ${text}; }`);
    lines.push("");
  }
  lines.push(`permutation ${steps.map(({ name }) => name).join(" ")}`);
  return `${lines.join("\n")}\n`;
}

/** a, b, …, z, aa, ab, … */
function letters(number: number): string {
  const last = String.fromCharCode(97 + (number % 26));
  return number < 26 ? last : letters(Math.floor(number / 26) - 1) + last;
}

/** The notation knows no parameters. */
function withValues({ text, values }: Query): string {
  return text.replace(/\$(\d+)/g, (_, number: string) => {
    const value = values[Number(number) - 1] ?? null;
    return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value).toUpperCase();
  });
}
