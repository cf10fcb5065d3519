/**
 * The oracles done naively, to hold the real ones against: every run is followed with its whole history as a plain value, and every order
 * is tried. It shares with the real ones only the server and the machines.
 */
import type { Row } from "../../../model/protocol.ts";
import { clientNames } from "../../../model/scenario.ts";
import { createServer } from "../../../sim/postgres/index.ts";
import type { Database, Server, ServerOutcome } from "../../../sim/postgres/server.ts";
import { machineProcess } from "../../../sim/process/machine-process.ts";
import type { Process } from "../../../sim/process/process.ts";
import type { Instance } from "../../../sim/system/from-scenario.ts";
import { setupOf } from "../../../sim/system/set-up.ts";

/** An operation of a client: when it began and ended, in events, and what the client owned before and after. */
export interface PlainOperation {
  readonly client: number;
  readonly wish: string;
  readonly begins: number;
  readonly ends: number;
  readonly before: number | null;
  readonly after: number | null;
  readonly failed: boolean;
  readonly knows: string;
}

interface Run {
  readonly database: Database;
  readonly nodes: readonly number[];
  readonly done: readonly PlainOperation[];
  readonly under: readonly (Pick<PlainOperation, "wish" | "begins" | "before" | "failed"> | null)[];
  readonly events: number;
}

interface World {
  readonly server: Server;
  readonly processes: readonly Process[];
  readonly attempts: number;
}

/** Whether all runs end as serial ones do: errors are forgiven to whoever is left as it was before. */
export function naiveIsSerializable(instance: Instance, attempts: number): boolean {
  const world = worldOf(instance, attempts);
  const serial = new Set([...restingRuns(world, true)].map((run) => outcome(world, run, run.done)));
  return [...restingRuns(world, false)].every((run) => {
    const kept = run.done.filter(({ failed, before, after }) => !failed || before !== after);
    return serial.has(outcome(world, run, run.done)) || serial.has(outcome(world, run, kept));
  });
}

/** Whether each run in which everybody has come to rest is answered as by a lock. */
export function naiveIsLinearizable(instance: Instance, attempts: number): boolean {
  return [...restingRuns(worldOf(instance, attempts), false)].every(({ done }) => hasOrder(done));
}

/** Tries every order of the operations that keeps to the clock. */
export function hasOrder(
  operations: readonly PlainOperation[],
  held: ReadonlyMap<string, number> = new Map(),
): boolean {
  if (operations.length === 0) return true;
  return operations.some((operation) => {
    if (operations.some((other) => other.ends < operation.begins)) return false;
    const after = applied(operation, held);
    return (
      after !== null &&
      hasOrder(
        operations.filter((other) => other !== operation),
        after,
      )
    );
  });
}

/** The lock after an operation, or null where it cannot have answered so. Each wish names one buffer, or frees what is owned. */
function applied(
  { client, wish, before, after, failed }: PlainOperation,
  held: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> | null {
  const next = new Map(held);
  if (before !== null && after === null) return next.delete(String(before)) ? next : null;
  if (before !== null) return before === after ? held : null;
  if (after !== null) return held.has(String(after)) ? null : next.set(String(after), client);
  return failed || held.has(wish.split(" ")[1] ?? "") ? held : null;
}

function worldOf(instance: Instance, attempts: number): World {
  const buffers = Array.from({ length: instance.buffers }, (_, at) => at + 1);
  const server = createServer({
    sessions: instance.clients,
    setup: setupOf(instance),
    granularity: instance.granularity,
    isolation: instance.isolation,
  });
  const names = clientNames(instance.clients);
  return { server, attempts, processes: names.map((client) => machineProcess(instance.protocol, { client, buffers })) };
}

/** Every run that ends with all clients at rest; a run that comes to where another one was, with the same history, is that one. */
function* restingRuns(world: World, serial: boolean): Generator<Run> {
  const { server, processes } = world;
  const start: Run = {
    database: server.initial,
    nodes: processes.map(({ initial }) => initial),
    done: [],
    under: processes.map(() => null),
    events: 0,
  };
  const seen = new Set<string>();
  const stack = [start];
  for (let run = stack.pop(); run !== undefined; run = stack.pop()) {
    const key = JSON.stringify([server.key(run.database), run.nodes, run.done, run.under]);
    if (seen.has(key)) continue;
    seen.add(key);
    if (processes.every((_, client) => rests(world, run, client))) yield run;
    for (const client of processes.keys()) {
      const busy = run.under.findIndex((each) => each !== null);
      if (!serial || busy === -1 || busy === client) stack.push(...steps(world, run, client));
    }
  }
}

function rests({ server, processes }: World, { database, nodes }: Run, client: number): boolean {
  const status = server.status(database, client);
  const requests = processes[client]?.requests(nodes[client] as number) ?? [];
  return status.kind === "idle" && status.transaction === "none" && requests.every(({ name }) => name !== "next");
}

function steps(world: World, run: Run, client: number): readonly Run[] {
  const { server, processes, attempts } = world;
  const node = run.nodes[client] as number;
  const begun = run.done.filter((each) => each.client === client).length;
  const found: Run[] = [];
  if (server.canSend(run.database, client)) {
    for (const request of processes[client]?.requests(node) ?? []) {
      const under = run.under[client] ?? null;
      if (under === null && begun >= attempts) continue;
      const owns = ownedBy(world, client, node);
      const before = under ?? { wish: request.name, begins: run.events, before: owns, failed: false };
      const outcome = request.query && server.step(run.database, client, { kind: "send", query: request.query });
      found.push(after(world, run, { client, under: before, node: request.then, outcome }));
    }
  }
  for (const { session, ...move } of server.moves(run.database)) {
    if (session !== client) continue;
    const outcome = server.step(run.database, client, move);
    found.push(after(world, run, { client, under: run.under[client] ?? null, node, outcome }));
  }
  return found;
}

function after(
  world: World,
  run: Run,
  step: {
    readonly client: number;
    readonly under: Run["under"][number];
    readonly node: number;
    readonly outcome: ServerOutcome | null;
  },
): Run {
  const { client, outcome, under } = step;
  const reply = outcome?.progress.kind === "replied" ? outcome.progress.reply : null;
  const node = reply === null ? step.node : (world.processes[client]?.advance(step.node, reply) as number);
  // An event counts where something begins or ends: between these nothing can be told apart.
  const moved: Run = {
    ...run,
    database: outcome?.database ?? run.database,
    nodes: put(run.nodes, client, node),
    under: put(run.under, client, under && { ...under, failed: under.failed || reply?.kind === "failed" }),
    events: run.under[client] === null ? run.events + 1 : run.events,
  };
  const operation = moved.under[client] ?? null;
  if (operation === null || !rests(world, moved, client)) return moved;
  const knows = world.processes[client]?.text?.(node) ?? "";
  const done = { ...operation, client, ends: moved.events, after: ownedBy(world, client, node), knows };
  return { ...moved, under: put(moved.under, client, null), done: [...run.done, done], events: moved.events + 1 };
}

function put<T>(list: readonly T[], at: number, value: T): readonly T[] {
  return list.map((each, place) => (place === at ? value : each));
}

function ownedBy({ processes }: World, client: number, node: number): number | null {
  const owns = processes[client]?.view(node)["owns"];
  return typeof owns === "number" ? owns : null;
}

function outcome({ server, processes }: World, { database }: Run, done: readonly PlainOperation[]): string {
  const tables = Object.values(server.committed(database)).map((rows) =>
    rows.map((row: Row) => JSON.stringify(row)).sort(),
  );
  const made = processes.map((_, client) =>
    done.filter((each) => each.client === client).map(({ wish, knows }) => [wish, knows]),
  );
  return JSON.stringify([tables, made]);
}
