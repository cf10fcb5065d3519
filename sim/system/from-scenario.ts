/** Makes the transition system of a scenario: its tables and rows on a simulated server, and one machine a client. */
import type { FaultBudget } from "../../model/fault.ts";
import { NO_UNEXPECTED_ERROR, noUnexpectedError } from "../../model/properties.ts";
import type { LivenessProperty, Property } from "../../model/property.ts";
import type { Protocol, Query } from "../../model/protocol.ts";
import { clientNames, type Scenario } from "../../model/scenario.ts";
import { createServer } from "../postgres/index.ts";
import type { Microseconds, Server, ServerOptions } from "../postgres/server.ts";
import { machineProcess } from "../process/machine-process.ts";
import { refusable as refusableProcess } from "../process/refusable.ts";
import { parseStart } from "../start-time.ts";
import { UsageError } from "../usage-error.ts";
import { buildSystem, type SystemParts } from "./build.ts";
import type { ExplorableSystem } from "./explorable-system.ts";
import { isNoFault } from "./faults.ts";
import { type FaultyServer, faultyServer } from "./faulty-server.ts";
import { setupOf } from "./set-up.ts";
import type { Granularity } from "./system.ts";
import { comparisonsOf, KnownComparisons, mustHaveKnown } from "./time-passes.ts";

/** What is to be explored, by name. */
export interface Instance {
  readonly scenario: Scenario;
  readonly protocol: Protocol;
  readonly clients: number;
  readonly buffers: number;
  readonly isolation: ServerOptions["isolation"];
  readonly granularity: Granularity;
  /** What has to happen in the end, where it is to be looked at; one of the scenario's own, as a rule. */
  readonly liveness?: LivenessProperty | null;
  /** What may go wrong; the protocol's or the scenario's own faults unless told. */
  readonly faults?: FaultBudget;
  /** Statements that are sent beside those to which the replies that its protocol lists lead. */
  readonly sends?: readonly Query[];
  /** The only property that is to be looked at; all of them unless told. */
  readonly property?: string;
  /** What the clock shows when the set-up runs; the scenario's own start unless told, and 2000-01-01 UTC where it has none. */
  readonly now?: Microseconds;
  /** What judges whole runs in the place of the scenario's properties (sim/explore/oracles.ts). */
  readonly oracle?: Oracle;
}

/** Judges without being told what the clients are about; `attempts` is how often each of them may try something. */
export type Oracle =
  | { readonly name: "serializable-outcome"; readonly attempts: number }
  | { readonly name: "linearizable" };

/** What may go wrong in the instance, and how often time passes in it. */
export function faultsOf(
  instance: Pick<Instance, "faults" | "protocol" | "scenario" | "liveness" | "oracle" | "sends">,
): FaultBudget {
  const { faults, protocol, scenario, liveness, oracle } = instance;
  if (faults !== undefined) return faults;
  const own = protocol.faults ?? scenario.defaults.faults ?? {};
  return liveness || oracle !== undefined ? own : { ...timeOf(instance), ...own };
}

/** Throws where a search has met a statement that compares something with the clock, in a world in which time stood still for all it knew. */
export function mustHaveKnownTime(instance: Instance, sent: Iterable<string>): void {
  const { faults, liveness, oracle, scenario } = instance;
  if (faults === undefined && !liveness && oracle === undefined && scenario.clock === undefined)
    mustHaveKnown(instance, sent);
}

/**
 * Time passes once where the statements compare something with the clock; a scenario that has a say in it (`clock`) says how often as it
 * says what goes wrong.
 */
export function timeOf({ scenario, protocol, sends }: Pick<Instance, "scenario" | "protocol" | "sends">): FaultBudget {
  if (scenario.clock !== undefined) return {};
  const statements = { scenario, protocol, buffers: scenario.defaults.buffers, ...(sends && { sends }) };
  return comparisonsOf(statements).length > 0 ? { stall: 1 } : {};
}

/** When the instance begins. */
function startOf({ now, scenario }: Pick<Instance, "now" | "scenario">): Microseconds {
  return now ?? (scenario.now === undefined ? 0 : parseStart(scenario.now, `the start of ${scenario.name}`));
}

/** The protocol of this name in a scenario. An unknown name is a UsageError that lists the known ones. */
export function protocolOf(scenario: Scenario, name: string): Protocol {
  const protocol = scenario.protocols.find((known) => known.name === name);
  if (protocol !== undefined) return protocol;
  const known = scenario.protocols.map((each) => each.name).join(", ");
  throw new UsageError("unknown-protocol", `${scenario.name} has no protocol "${name}"`, `Its protocols: ${known}.`);
}

/** The liveness property of this name in a scenario. An unknown name is a UsageError that lists the known ones. */
export function livenessNamed(scenario: Scenario, name: string): LivenessProperty {
  const known = scenario.liveness ?? [];
  const property = known.find((each) => each.name === name);
  if (property !== undefined) return property;
  const names = known.map((each) => each.name).join(", ");
  throw new UsageError(
    "unknown-liveness-property",
    `${scenario.name} has no liveness property "${name}"`,
    names === "" ? "It has none: a scenario lists them in `liveness`." : `Its liveness properties: ${names}.`,
  );
}

/** The scenario's properties, and the one that every scenario has: no client ends by an error that it does not handle. */
export function allPropertiesOf({ scenario, protocol }: Pick<Instance, "scenario" | "protocol">): readonly Property[] {
  if (scenario.properties.some(({ name }) => name === NO_UNEXPECTED_ERROR)) return scenario.properties;
  const allowed = [...(scenario.allowedErrors ?? []), ...(protocol.allowedErrors ?? [])];
  return [...scenario.properties, noUnexpectedError(allowed)];
}

/** What is claimed of the instance: the scenario's properties without those that its protocol does not claim. */
export function propertiesOf(instance: Pick<Instance, "scenario" | "protocol" | "property">): readonly Property[] {
  const { scenario, protocol, property } = instance;
  const all = allPropertiesOf(instance);
  if (property !== undefined && !all.some(({ name }) => name === property)) {
    const names = all.map(({ name }) => name).join(", ");
    throw new UsageError(
      "unknown-property",
      `${scenario.name} has no property "${property}"`,
      `Its properties: ${names}.`,
    );
  }
  return all.filter(
    ({ name }) => protocol.unclaimed?.[name] === undefined && (property === undefined || name === property),
  );
}

/** Time and faults are a world around the server; where there are none, there is none. */
function worldOf(instance: Instance, server: Server): Server | FaultyServer {
  const budget = faultsOf(instance);
  const clock = instance.scenario.clock === true;
  const comparisons = new KnownComparisons(isNoFault(budget) ? [] : comparisonsOf(instance));
  if (!clock && comparisons.all.length === 0 && (budget.stall !== undefined || budget.skew !== undefined)) {
    throw new UsageError(
      "no-clock",
      `time stands still in ${instance.scenario.name}: ${instance.protocol.name} compares nothing with the clock, so stall and skew would change nothing`,
      "Leave these faults out, or give the scenario a clock of its own (`clock: true`).",
    );
  }
  if (!isNoFault(budget) && instance.liveness) {
    throw new UsageError(
      "faults-lose-liveness",
      `${instance.liveness.name} is about runs without end, in which every client that can move does; faults are no such moves`,
      "Leave out --faults (or give --faults none), or leave out --liveness.",
    );
  }
  return isNoFault(budget) && !clock
    ? server
    : faultyServer(server, { clients: clientNames(instance.clients), budget, clock, comparisons });
}

export interface SystemOptions {
  /** The server counts row versions and tells what each step read and wrote. No two states of a run are equal then: not to be explored. */
  readonly addresses?: boolean;
  /** Any statement may be refused with an error that only others cause, also where there are none. */
  readonly refusable?: boolean;
  /** How many clients' steps are kept once they were computed, at least; all of them unless told. */
  readonly localStepsKept?: number;
}

/** Builds the system, without its oracle. The grammar must have been loaded (`loadGrammar`). */
export function systemOf(instance: Instance, options: SystemOptions = {}): ExplorableSystem {
  return buildSystem(partsOf(instance, options));
}

/** Whether anything is claimed of it but what is claimed of every scenario, or whether that alone was asked for. */
function isClaimed({ scenario, property, liveness }: Instance): boolean {
  return scenario.properties.length > 0 || property === NO_UNEXPECTED_ERROR || Boolean(liveness);
}

/** What the system is built of. */
export function partsOf(
  instance: Instance,
  { addresses = false, refusable = false, localStepsKept }: SystemOptions = {},
): SystemParts {
  const clients = clientNames(instance.clients);
  const buffers = Array.from({ length: instance.buffers }, (_, at) => at + 1);
  const processes = clients.map((client) => machineProcess(instance.protocol, { client, buffers }));
  return {
    server: worldOf(
      instance,
      createServer({
        sessions: instance.clients,
        setup: setupOf(instance),
        now: startOf(instance),
        granularity: instance.granularity,
        ...(instance.scenario.plan === undefined ? {} : { plan: instance.scenario.plan }),
        isolation: instance.isolation,
        addresses,
      }),
    ),
    clients,
    processes: refusable ? processes.map(refusableProcess) : processes,
    properties: propertiesOf(instance),
    allowedErrors: "all",
    claimed: isClaimed(instance),
    changesNoRow: instance.scenario.changesNoRow === true,
    liveness: instance.liveness ? [instance.liveness] : [],
    granularity: instance.granularity,
    keys: instance.scenario.interchangeable === true && buffers.length > 1 ? buffers : [],
    ...(localStepsKept === undefined ? {} : { localStepsKept }),
  };
}
