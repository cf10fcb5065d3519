/** What a check has to say beside its verdict: errors that are the code's own fault, and wishes of users that nobody hears. */

import type { Check } from "../../sim/explore/check.ts";
import type { Exploration } from "../../sim/explore/exploration.ts";
import { unhandledEvents } from "../../sim/process/machine-process.ts";
import type { MetError } from "../../sim/system/evidence.ts";
import type { Instance } from "../../sim/system/from-scenario.ts";
import { machinesOf } from "./coverage-report.ts";

/** SQLSTATEs of class 42, "Syntax Error or Access Rule Violation": whatever others do, the statement is wrong by itself. */
const OWN_FAULT = /^42/;

/** So many errors are shown. */
const ERRORS_SHOWN = 5;

/** Why there is no verdict, as one text: `vacuous: …`, or the bound; null where there is one. */
export function reasonOf({ vacuous, stop }: Exploration): string | null {
  if (vacuous.length > 0) return `vacuous: ${vacuous.join("; ")}`;
  if (stop === null) return null;
  return stop.kind === "bound" ? stop.bound : "interrupted";
}

interface LookedAt {
  readonly codeErrors: readonly MetError[];
  readonly unhandledEvents: readonly string[];
}

function lookedAt({ instance, system }: Pick<Check, "instance" | "system">): LookedAt {
  return {
    codeErrors: system.evidence.errors.filter(({ sqlstate }) => OWN_FAULT.test(sqlstate)),
    unhandledEvents: unheardOf(instance),
  };
}

function unheardOf(instance: Instance): readonly string[] {
  return unhandledEvents(instance.protocol, machinesOf(instance).buffers);
}

/** The same as fields of the JSON. */
export function lookedAtJson(check: Pick<Check, "instance" | "system">): Record<string, unknown> {
  const { codeErrors, unhandledEvents: unhandled } = lookedAt(check);
  const { clients } = check.system;
  return {
    codeErrors: codeErrors.map((error) => ({ ...error, clients: error.clients.map((at) => clients[at]) })),
    unhandledEvents: unhandled,
  };
}

/** The same as lines for people; none where there is nothing to be said. */
export function lookedAtLines(check: Pick<Check, "instance" | "system">): readonly string[] {
  const { codeErrors, unhandledEvents: unhandled } = lookedAt(check);
  const shown = codeErrors
    .slice(0, ERRORS_SHOWN)
    .map(
      ({ sqlstate, message, statement }) =>
        `the code's own fault, ${sqlstate}: ${message}, in ${statement.replaceAll(/\s+/g, " ").trim()}`,
    );
  const more = codeErrors.length - shown.length;
  return [
    ...shown,
    ...(more > 0 ? [`and ${more} more errors of the code's own`] : []),
    ...unhandled.map((type) => `the user event "${type}" is handled in no state of the machine`),
  ];
}
