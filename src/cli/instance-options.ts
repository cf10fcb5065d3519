/** The options that say what is to be explored, the same for every command that explores; and how they are read. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { FAULTS, type FaultBudget } from "../../model/fault.ts";
import { ISOLATION_LEVELS, type IsolationLevel, type Protocol } from "../../model/protocol.ts";
import type { Scenario } from "../../model/scenario.ts";
import type { Microseconds, ServerOptions } from "../../sim/postgres/server.ts";
import { FAULT_KINDS, isNoFault, parseFaults } from "../../sim/system/faults.ts";
import { type Instance, protocolOf, timeOf } from "../../sim/system/from-scenario.ts";
import type { Granularity } from "../../sim/system/system.ts";
import { findScenario } from "./find-scenario.ts";
import { startFor, startOption } from "./start-option.ts";

export interface InstanceOptions {
  readonly protocol?: string;
  readonly clients?: number | "any";
  readonly buffers?: number;
  readonly isolation: ServerOptions["isolation"];
  readonly granularity: Granularity;
  readonly faults?: FaultBudget;
  readonly property?: string;
  readonly now?: Microseconds;
}

/** Adds the options of an instance to a command; `forAny` says what it does for any number of clients, where it can. */
export function withInstanceOptions(command: Command, forAny: string | null = null): Command {
  const clients =
    forAny === null
      ? new Option("--clients <n>", "how many clients there are").argParser(clientsFrom)
      : new Option("--clients <n|any>", `how many clients there are; any: ${forAny}`).argParser(clientsOrAny);
  return command
    .option("--protocol <name>", "what the clients do (default: the scenario's own)")
    .addOption(clients)
    .option("--buffers <n>", "how many buffers there are", integerFrom(1, 1000))
    .addOption(isolationOption())
    .addOption(
      new Option(
        "--granularity <points>",
        "where others may step in: fine is every point inside a statement, coarse is statements, waits and commits",
      )
        .choices(["fine", "coarse"])
        .default("fine"),
    )
    .addOption(
      new Option(
        "--faults <list>",
        `what may go wrong, and how often in one run, for instance crash:1,stall:2, or none (default: the scenario's own). ` +
          FAULT_KINDS.map((kind) => `${kind}: ${FAULTS[kind]}`).join("; "),
      ).argParser(parseFaults),
    )
    .option("--property <name>", "look at this property only (default: all of the scenario's)")
    .addOption(startOption());
}

/** `--isolation`, for one level. */
export function isolationOption(): Option {
  return new Option("--isolation <level>", "the isolation level of every session")
    .choices(ISOLATION_LEVELS)
    .argParser(levelFrom)
    .default("read committed");
}

/** A level as SQL has it: in any case, with any space. */
function levelFrom(text: string): IsolationLevel {
  const level = levelNamed(text);
  if (level === null) throw new InvalidArgumentError(`Allowed choices are ${ISOLATION_LEVELS.join(", ")}.`);
  return level;
}

/** The level of this name, in any case, or null. */
export function levelNamed(text: string): IsolationLevel | null {
  const name = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, " ");
  return ISOLATION_LEVELS.find((level) => level === name) ?? null;
}

/** Turns the options into an instance; unknown names are UsageErrors that list the known ones. */
export async function instanceOf(scenarioName: string, options: InstanceOptions): Promise<Instance> {
  const scenario: Scenario = await findScenario(scenarioName);
  const protocol = protocolOf(scenario, options.protocol ?? scenario.defaults.protocol);
  return {
    scenario,
    protocol,
    clients: typeof options.clients === "number" ? options.clients : scenario.defaults.clients,
    buffers: options.buffers ?? scenario.defaults.buffers,
    isolation: options.isolation,
    granularity: options.granularity,
    ...(options.faults === undefined ? {} : { faults: withTime(options.faults, scenario, protocol) }),
    ...(options.property === undefined ? {} : { property: options.property }),
    ...startFor(scenario, options.now),
  };
}

/** Time passes beside whatever else goes wrong, unless nothing is to. */
function withTime(faults: FaultBudget, scenario: Scenario, protocol: Protocol): FaultBudget {
  return isNoFault(faults) ? faults : { ...timeOf({ scenario, protocol }), ...faults };
}

/** A parser for a number of clients, for commander. */
export function clientsFrom(text: string): number {
  if (text === "any") throw new InvalidArgumentError("Only check takes any; here it is a number.");
  return integerFrom(1, 1000)(text);
}

function clientsOrAny(text: string): number | "any" {
  return text === "any" ? text : integerFrom(1, 1000)(text);
}

/** A parser for whole numbers between two bounds, for commander. */
export function integerFrom(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** A parser for sizes such as `256MB`, `2GB` or a number of bytes. */
export function bytesFrom(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB)?$/i.exec(text);
  if (match === null) throw new InvalidArgumentError("Expected a size such as 256MB or 2GB.");
  const units: Readonly<Record<string, number>> = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };
  return Math.round(Number(match[1]) * (units[(match[2] ?? "B").toUpperCase()] ?? 1));
}

/** A parser for positive numbers, for commander. */
export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("Expected a number above 0.");
  return value;
}
