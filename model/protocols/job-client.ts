/**
 * What the protocols of the scenario claim-job have in common: a worker asks for any job that is free and is given one.
 *
 *     jobs                            idle --acquire--> claiming {UPDATE … RETURNING id} --1 row: id 7--> owning 7
 *     id | claimed_by
 *      7 | alice
 *
 * The worker does not say which job; it learns that from the reply. It gives the job back instead of finishing it, so that
 * the story begins again and no interleaving is left out for want of jobs.
 */
import { type AnyStateMachine, assign, setup } from "xstate";
import type { Protocol, ProtocolInput, Query, ReplyEvent } from "../protocol.ts";

/** All that a worker remembers. */
interface WorkerMemory {
  readonly client: string;
  readonly job: number | null;
}

type WorkerEvent = { readonly type: "acquire" } | { readonly type: "release" } | ReplyEvent;

/** The job that the worker has. Outside of `idle` and `claiming` there always is one. */
function owned(memory: WorkerMemory): number {
  if (memory.job === null) throw new Error("a worker without a job has none to give back");
  return memory.job;
}

const worker = setup({
  types: { context: {} as WorkerMemory, events: {} as WorkerEvent, input: {} as ProtocolInput },
  actions: {
    query: (_, params: Query) => {
      throw new Error(`nobody answers this machine's queries; provide the action "query" (asked: ${params.text})`);
    },
    remember: assign(({ event }) => ({ job: event.type === "rows" ? Number(event.rows[0]?.["id"]) : null })),
    forget: assign({ job: null }),
  },
  guards: { gotOne: ({ event }) => event.type === "rows" && event.rows.length === 1 },
});

function giveBack(client: string, job: number): Query {
  return { text: "UPDATE jobs SET claimed_by = NULL WHERE id = $1 AND claimed_by = $2", values: [job, client] };
}

const REPLIES: readonly ReplyEvent[] = [
  { type: "rows", rows: [{ id: 1 }], rowCount: 1 },
  { type: "rows", rows: [{ id: 2 }], rowCount: 1 },
  { type: "rows", rows: [], rowCount: 0 },
  { type: "failed", sqlstate: "40001", message: "could not serialize access due to concurrent update" },
];

/** A worker that claims with this one statement, whose only value is the worker's name and which returns the job's id. */
export function jobProtocol(
  description: Omit<Protocol, "machine" | "userEvents" | "view" | "replies"> & { readonly claim: string },
): Protocol {
  const { claim, ...about } = description;
  return {
    ...about,
    machine: workerMachine(about.name, claim),
    userEvents: () => [{ type: "acquire" }, { type: "release" }],
    view: (snapshot) => ({ owns: snapshot.matches("owning") ? owned(snapshot.context) : null }),
    replies: REPLIES,
  };
}

function workerMachine(id: string, claim: string): AnyStateMachine {
  return worker.createMachine({
    id,
    context: ({ input }) => ({ client: input.client, job: null }),
    initial: "idle",
    states: {
      idle: { entry: "forget", on: { acquire: "claiming" } },
      claiming: {
        entry: { type: "query", params: ({ context }) => ({ text: claim, values: [context.client] }) },
        on: { rows: [{ guard: "gotOne", target: "owning", actions: "remember" }, { target: "idle" }], failed: "idle" },
      },
      owning: { on: { release: "releasing" } },
      releasing: {
        entry: { type: "query", params: ({ context }) => giveBack(context.client, owned(context)) },
        on: { rows: "idle", failed: "idle" },
      },
    },
  });
}
