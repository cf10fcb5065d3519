/** A scenario for tests of time: each client sends its statements, one after the other, and remembers how many rows it was told. */
import { assign, setup } from "xstate";
import type { Property } from "../../../model/property.ts";
import type { Protocol, ProtocolInput, Query, ReplyEvent } from "../../../model/protocol.ts";
import type { Scenario } from "../../../model/scenario.ts";
import type { Instance } from "../../../sim/system/from-scenario.ts";

interface Memory {
  readonly client: string;
  readonly told: number;
}

type Event = { readonly type: "go" } | ReplyEvent;

const base = setup({
  types: { context: {} as Memory, events: {} as Event, input: {} as ProtocolInput },
  actions: {
    query: (_, query: Query) => {
      throw new Error(`nobody answers ${query.text}`);
    },
    count: assign(({ context, event }) => ({ told: context.told + (event.type === "rows" ? event.rowCount : 0) })),
  },
});

/** Sends the statements; `me` in one is the client's name as a literal. Its view is `told`, the rows that it was told or has changed. */
function protocolOf(statements: readonly string[]): Protocol {
  const sending = statements.map((text, at) => [
    `s${at}`,
    {
      entry: {
        type: "query" as const,
        params: ({ context }: { readonly context: Memory }): Query => ({
          text: text.replaceAll("$me", `'${context.client}'`),
          values: [],
        }),
      },
      on: {
        rows: { target: at + 1 < statements.length ? `s${at + 1}` : "done", actions: "count" as const },
        failed: "done",
      },
    },
  ]);
  const machine = base.createMachine({
    id: "script",
    context: ({ input }) => ({ client: input.client, told: 0 }),
    initial: "idle",
    states: { idle: { on: { go: "s0" } }, ...Object.fromEntries(sending), done: { type: "final" } },
  });
  return {
    name: "script",
    sentence: "sends its statements",
    broken: false,
    machine,
    userEvents: () => [{ type: "go" }],
    view: (snapshot) => ({ told: (snapshot.context as Memory).told }),
    replies: [
      { type: "rows", rows: [{}], rowCount: 1 },
      { type: "rows", rows: [], rowCount: 0 },
      { type: "failed", sqlstate: "40001", message: "" },
    ],
  };
}

export interface Script {
  readonly setup: readonly string[];
  readonly statements: readonly string[];
  readonly properties?: readonly Property[];
  readonly about?: Partial<Omit<Scenario, "setup" | "protocols">>;
}

/** An instance in which every client sends the same statements. */
export function scriptInstance({ setup: texts, statements, properties = [], about = {} }: Script): Instance {
  const protocol = protocolOf(statements);
  const scenario: Scenario = {
    name: "script",
    sentence: "clients that send statements",
    setup: () => texts,
    protocols: [protocol],
    properties,
    // Most of the scripts look only.
    changesNoRow: true,
    defaults: { protocol: protocol.name, clients: 2, buffers: 1 },
    ...about,
  };
  return { scenario, protocol, clients: 2, buffers: 1, isolation: "read committed", granularity: "coarse" };
}

/** Two clients were told a row, or have changed one. */
export const onlyOne: Property = {
  kind: "always",
  name: "only-one",
  sentence: "at most one client gets it",
  violation: ({ clients }) => (clients.filter(({ view }) => Number(view["told"]) > 0).length > 1 ? "two got it" : null),
};

/** Nobody was told a row. */
export const nobody: Property = {
  kind: "always",
  name: "nobody",
  sentence: "no client gets it",
  violation: ({ clients }) => (clients.some(({ view }) => Number(view["told"]) > 0) ? "somebody got it" : null),
};
