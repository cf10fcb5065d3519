/** A scenario in which each client sends its own fixed statements, once its user wishes it, and remembers all answers: nothing but SQL. */
import { assign, setup } from "xstate";
import type { Protocol, ProtocolInput, Query, ReplyEvent, Row } from "../../../model/protocol.ts";
import type { Scenario } from "../../../model/scenario.ts";

interface Memory {
  readonly client: string;
  readonly sent: number;
  readonly answers: readonly (readonly Row[] | string)[];
}

/** `scripts`: by client, what it sends. After an error it sends ROLLBACK and ends. */
export function scriptedScenario(
  tables: readonly string[],
  scripts: Readonly<Record<string, readonly string[]>>,
): Scenario {
  const machine = setup({
    types: { context: {} as Memory, events: {} as ReplyEvent | { readonly type: "run" }, input: {} as ProtocolInput },
    actions: {
      query: (_, params: Query) => {
        throw new Error(`nobody answers ${params.text}`);
      },
      remember: assign(({ context, event }) => ({
        sent: context.sent + 1,
        answers: [
          ...context.answers,
          event.type === "rows" ? event.rows : event.type === "failed" ? event.sqlstate : "",
        ],
      })),
    },
    guards: { isOver: ({ context }) => context.sent + 1 === scripts[context.client]?.length },
  }).createMachine({
    context: ({ input }) => ({ client: input.client, sent: 0, answers: [] }),
    initial: "idle",
    states: {
      idle: { on: { run: "sending" } },
      sending: {
        entry: { type: "query", params: ({ context }) => sql(scripts[context.client]?.[context.sent] ?? "") },
        on: {
          rows: [
            { guard: "isOver", target: "over", actions: "remember" },
            { target: "sending", reenter: true, actions: "remember" },
          ],
          failed: { target: "failing", actions: "remember" },
        },
      },
      failing: { entry: { type: "query", params: sql("ROLLBACK") }, on: { rows: "over", failed: "over" } },
      over: { type: "final" },
    },
  });
  const protocol: Protocol = {
    name: "scripts",
    sentence: "each client sends its own statements",
    broken: true,
    machine,
    userEvents: () => [{ type: "run" }],
    view: (snapshot) => ({ is: String(snapshot.value) === "over" ? "over" : "not over" }),
    replies: [],
  };
  return {
    name: "scripted",
    sentence: "statements of a test",
    setup: () => tables,
    protocols: [protocol],
    properties: [],
    defaults: { protocol: protocol.name, clients: Object.keys(scripts).length, buffers: 1 },
  };
}

function sql(text: string): Query {
  return { text, values: [] };
}
