/** A difference between the two servers, for people. */
import type { Found } from "./found.ts";
import { replyText } from "./simulated-side.ts";

/** The script as it was run with what the real server showed, and then what the simulated one says. */
export function differenceText({ run, script, result, steady }: Found): string {
  const lines = [`run ${run}${steady ? "" : " (as it was met, not made smaller)"}`];
  for (const text of script.world.setup) lines.push(`  ${text};`);
  for (const { send, observation } of result.executed) {
    lines.push(
      `  s${send.session}: ${send.query.text};${send.query.values.length > 0 ? ` -- ${JSON.stringify(send.query.values)}` : ""}`,
    );
    for (const [session, reply] of observation.replies) lines.push(`        s${session} <- ${replyText(reply)}`);
    for (const [session, { blockers, what }] of observation.waiting) {
      lines.push(`        s${session} waits for ${blockers.map((each) => `s${each}`).join(", ")} (${what})`);
    }
  }
  return [...lines, ...verdictLines(result.difference)].join("\n");
}

/** What differences of one kind have in common: the statement's first word and both answers without names, numbers and rows. */
export function kindText({ send, mismatch, crash }: Found["result"]["difference"]): string {
  const command = send?.query.text.split(" ")[0] ?? "";
  if (mismatch === null) return `${command} ${crash?.split("\n")[0]?.replace(/\d+/g, "#")}`;
  const plain = (text: string): string =>
    text
      .replace(/ ?[[(].*$/s, "")
      .replace(/"[^"]*"/g, "…")
      .replace(/ \d+/g, " #");
  return `${command} ${mismatch.aspect}: ${plain(mismatch.simulated)} / ${plain(mismatch.real)}`;
}

/** Where and what, in two lines. */
export function verdictLines({ mismatch, crash }: Found["result"]["difference"]): readonly string[] {
  if (crash !== null) return ["  the simulator broke:", ...crash.split("\n").map((line) => `    ${line}`)];
  if (mismatch === null) return [];
  const { session, aspect, simulated, real } = mismatch;
  return [`  ${aspect} of s${session}:`, `    real       ${real}`, `    simulated  ${simulated}`];
}
