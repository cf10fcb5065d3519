/**
 * What a machine's guards and actions throw, told with the state, the event and the line.
 *
 * XState wraps what a guard throws into an error of its own, without the guard's stack. So the guards of the state are asked once more, to
 * find the one that throws.
 */
import type { AnyMachineSnapshot } from "xstate";
import type { UsageError } from "../usage-error.ts";
import { userFault } from "../user-code.ts";

interface MachineEvent {
  readonly type: string;
}

/** The error to be told where a transition of this machine has thrown. */
export function transitionFault(
  about: { readonly name: string; readonly state: string; readonly before: AnyMachineSnapshot },
  event: MachineEvent,
  thrown: unknown,
): UsageError {
  const where = `of ${about.name}, in the state ${about.state} on ${eventText(event)},`;
  const guard = throwingGuard(about.before, event);
  if (guard === null) return userFault(`an action or a guard ${where}`, thrown);
  return userFault(`the guard${guard.name === null ? "" : ` "${guard.name}"`} ${where}`, guard.error);
}

/** `rows {"rows":[],"rowCount":0}`, `failed 40001`, `acquire {"buffer":1}`. */
function eventText({ type, ...rest }: MachineEvent): string {
  if (type === "failed" && "sqlstate" in rest) return `the reply failed ${String(rest.sqlstate)}`;
  const what = Object.keys(rest).length === 0 ? "" : ` ${JSON.stringify(rest)}`;
  return type === "rows" ? `the reply rows${what}` : `the event ${type}${what}`;
}

interface ThrowingGuard {
  readonly name: string | null;
  readonly error: unknown;
}

/** The guard that throws when it is asked about this event again; null where none does. */
function throwingGuard(before: AnyMachineSnapshot, event: MachineEvent): ThrowingGuard | null {
  const { guards } = before.machine.implementations;
  for (const node of before._nodes) {
    for (const candidates of node.transitions.values()) {
      for (const { guard, eventType } of candidates) {
        if (eventType !== event.type && !eventType.endsWith("*")) continue;
        const named: unknown = typeof guard === "object" && guard !== null && "type" in guard ? guard.type : guard;
        const name = typeof named === "string" ? named : null;
        const ask: unknown = name === null ? named : guards[name];
        const params: unknown =
          typeof guard === "object" && guard !== null && "params" in guard ? guard.params : undefined;
        if (typeof ask !== "function") continue;
        try {
          ask({ context: before.context, event }, params);
        } catch (error) {
          return { name, error };
        }
      }
    }
  }
  return null;
}
