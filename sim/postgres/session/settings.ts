/**
 * Settings of a session: SET, SET LOCAL, RESET, SHOW.
 *
 *     session     lock_timeout = 1s          SHOW lock_timeout -> 2s
 *     transaction lock_timeout = 2s (depth 1)        after ROLLBACK TO: 1s
 *
 * A change belongs to the level of savepoints that made it and is undone with it; what is left at COMMIT and is not
 * LOCAL becomes the session's. Settings that do not concern concurrency are accepted and shown, and do nothing.
 */
import { UsageError } from "../../usage-error.ts";
import { isKnownSetting } from "../known/known.ts";
import { SqlError } from "../sql-error.ts";
import type { Session, SettingChange } from "./state.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";

const DEFAULTS: Readonly<Record<string, string>> = {
  application_name: "",
  client_encoding: "UTF8",
  datestyle: "ISO, MDY",
  deadlock_timeout: "1s",
  default_transaction_deferrable: "off",
  default_transaction_read_only: "off",
  idle_in_transaction_session_timeout: "0",
  intervalstyle: "postgres",
  lock_timeout: "0",
  max_pred_locks_per_page: "2",
  search_path: '"$user", public',
  server_version: "18.4",
  statement_timeout: "0",
  timezone: "UTC",
};

const MODELLED = Object.keys(DEFAULTS).join(", ");

/**
 * The changes of a transaction with one more, in a canonical order. Of one setting and one level a change takes the place of those
 * before it, but one that is LOCAL leaves the one that is to hold after COMMIT (guc.c, push_old_value).
 */
export function withChange(changes: readonly SettingChange[], change: SettingChange): SettingChange[] {
  const isReplaced = ({ name, depth, local }: SettingChange): boolean =>
    name === change.name && depth === change.depth && (local || !change.local);
  const others = changes.filter((each) => !isReplaced(each));
  return [...others, change].sort(
    (a, b) => a.depth - b.depth || (a.name < b.name ? -1 : a.name > b.name ? 1 : Number(a.local) - Number(b.local)),
  );
}

/** The value that holds now: the last change of this transaction, the session's, or the default. */
export function effective(step: Step, name: string): string {
  return changedSetting(mine(step), name) ?? defaultOf(step, name) ?? "";
}

/** The value that the session has given it; null where it has its default. */
export function changedSetting({ transaction, settings }: Session, name: string): string | null {
  const change = transaction?.settings.findLast((each) => each.name === name);
  return change ? change.value : (settings[name] ?? null);
}

/** The settings that the session, or its transaction, has changed. */
export function changedNames({ transaction, settings }: Session): ReadonlySet<string> {
  return new Set([...Object.keys(settings), ...(transaction?.settings ?? []).map(({ name }) => name)]);
}

function defaultOf(step: Step, name: string): string | undefined {
  return name === "default_transaction_isolation" ? step.options.isolation : DEFAULTS[name];
}

/** What SHOW and current_setting() answer. */
export function show(step: Step, written: string): string {
  const { transaction } = mine(step);
  const name = written.toLowerCase();
  switch (name) {
    case "transaction_isolation":
      return transaction?.isolation ?? effective(step, "default_transaction_isolation");
    case "transaction_read_only":
      return onOff(transaction?.readOnly, effective(step, "default_transaction_read_only"));
    case "transaction_deferrable":
      return onOff(transaction?.deferrable, effective(step, "default_transaction_deferrable"));
    default:
      if (changedSetting(mine(step), name) === null && defaultOf(step, name) === undefined) {
        if (name === "all" || isKnownSetting(name)) {
          throw new UsageError("sql-not-supported", `the setting ${name} is not modelled`, `modelled: ${MODELLED}`);
        }
        throw new SqlError("42704", `unrecognized configuration parameter "${written}"`);
      }
      return effective(step, name);
  }
}

/** Names are shown as the server writes them. */
export function shownName(name: string): string {
  return SHOWN[name.toLowerCase()] ?? name.toLowerCase();
}

const SHOWN: Readonly<Record<string, string>> = {
  datestyle: "DateStyle",
  intervalstyle: "IntervalStyle",
  timezone: "TimeZone",
};

/** Whether it may be set: PostgreSQL has it, or it is one of the user's own, with a point in its name. */
export function maySet(step: Step, name: string): boolean {
  return name.includes(".") || isKnownSetting(name) || defaultOf(step, name) !== undefined;
}

function onOff(value: boolean | undefined, fallback: string): string {
  return value === undefined ? fallback : value ? "on" : "off";
}

const DURATIONS = ["lock_timeout", "statement_timeout", "deadlock_timeout", "idle_in_transaction_session_timeout"];
const UNITS_MS: Readonly<Record<string, number>> = { "": 1, ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const SWITCHES = ["default_transaction_read_only", "default_transaction_deferrable"];

/** A value as it is kept and shown: durations in their largest whole unit, switches as on and off. */
export function normal(name: string, value: string): string {
  if (SWITCHES.includes(name)) return ["1", "on", "true", "yes"].includes(value) ? "on" : "off";
  if (!DURATIONS.includes(name)) return value;
  const ms = milliseconds(name, value);
  const unit = ["d", "h", "min", "s", "ms"].find((each) => ms % (UNITS_MS[each] ?? 1) === 0) ?? "ms";
  return ms === 0 ? "0" : `${ms / (UNITS_MS[unit] ?? 1)}${unit}`;
}

/** The milliseconds of a duration as it is written: `300`, `300ms`, `1 min`. */
export function milliseconds(name: string, value: string): number {
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/.exec(value) ?? [];
  const factor = UNITS_MS[unit ?? "?"];
  if (amount === undefined || factor === undefined) {
    throw new SqlError("22023", `invalid value for parameter "${name}": "${value}"`);
  }
  return Math.round(Number(amount) * factor);
}
