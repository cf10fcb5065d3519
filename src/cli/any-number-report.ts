/** What a check for any number of clients found: its line for people, and what it adds to the JSON of `check --json`. */
import type { AnyNumberCheck } from "../../sim/explore/any-number.ts";
import { verdictLine } from "./report.ts";
import { counted, paint } from "./terminal.ts";

/** The verdict in one line. */
export function anyNumberLine(found: AnyNumberCheck, seconds: number): string {
  const { instance, exploration } = found.check;
  const how = `${instance.granularity} granularity, ${seconds.toFixed(2)} s`;
  const orbits = counted(exploration.distinctStates, "orbit");
  const seen = `every state was seen with up to ${counted(found.seenUpTo, "client")}`;
  switch (exploration.verdict) {
    case "holds":
      return (
        `${paint.green("holds")} for any number of clients: ${counted(found.cutStates, "abstract state")}, ` +
        `those who are alike counted to ${found.alikeTo}; ${seen}, ${orbits} together (${how})`
      );
    case "violated":
      return `${verdictLine(found.check, seconds)}\n  ${fewest(instance.clients)}`;
    case "inconclusive":
      return `${paint.yellow("inconclusive")}: nothing broke in ${orbits}, and ${seen}, but ${whyNotMore(found)} (${how})`;
  }
}

function whyNotMore({ check: { instance, exploration }, uncountable }: AnyNumberCheck): string {
  if (exploration.stop === null) return `clients cannot be counted: ${uncountable}`;
  if (exploration.stop.kind === "interrupted") return "it was interrupted before a verdict";
  return `with ${counted(instance.clients, "client")} it came to its bound of ${exploration.stop.bound}`;
}

function fewest(clients: number): string {
  return clients === 1 ? "one client is enough" : `${clients} clients are the fewest with which it breaks`;
}

/** What is other than for one number of clients. */
export function anyNumberJson(found: AnyNumberCheck): Record<string, unknown> {
  const { check, seenUpTo, alikeTo, cutStates, uncountable } = found;
  return {
    clients: "any",
    anyNumber: {
      seenUpTo,
      alikeTo,
      abstractStates: cutStates,
      uncountable,
      violatedWith: check.exploration.verdict === "violated" ? check.instance.clients : null,
    },
  };
}
