/** Modules of a user's, as small as they can be, in a folder of their own from which xstate is found. */
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./program.ts";

/**
 * `make(scenario, protocol, sql)`: a scenario whose clients each send one UPDATE when their user wishes it, with what differs from it; its
 * property holds always.
 */
const BASE = `
import { setup } from "xstate";
export const machineOf = (take, states = {}) =>
  setup({ actions: { query: () => {} } }).createMachine({
    context: ({ input }) => ({ client: input.client }),
    initial: "idle",
    states: {
      idle: { on: { go: "taking" } },
      taking: { entry: { type: "query", params: { text: take, values: [] } }, on: { rows: "over", failed: "over" } },
      over: {},
      ...states,
    },
  });
export const fine = (about = {}) => ({ kind: "always", name: "fine", sentence: "all is fine", symmetric: true, countsAlikeTo: 0, violation: () => null, ...about });
export const make = (scenario = {}, protocol = {}, sql = "UPDATE t SET v = v + 1 WHERE id = 1", states = {}) => ({
  name: "mine",
  sentence: "is made for a test",
  setup: () => ["CREATE TABLE t (id integer PRIMARY KEY, v integer)", "INSERT INTO t VALUES (1, 0)"],
  protocols: [
    {
      name: "p",
      sentence: "adds one",
      broken: false,
      machine: machineOf(sql, states),
      userEvents: () => [{ type: "go" }],
      view: ({ value }) => ({ at: String(value) }),
      replies: [{ type: "rows", rows: [], rowCount: 1 }, { type: "failed", sqlstate: "40001", message: "could not serialize access" }],
      ...protocol,
    },
  ],
  properties: [fine()],
  defaults: { protocol: "p", clients: 2, buffers: 1 },
  ...scenario,
});
`;

/** Writes a module with these lines into the folder, and gives its path. What `BASE` exports is imported in its first line. */
export function guestModule(folder: string, name: string, lines: string): string {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, `import { fine, machineOf, make } from "./base.mjs";\n${lines}\n`);
  return path;
}

/** Makes a folder ready for modules. */
export function prepareForGuests(folder: string): void {
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "dir");
  writeFileSync(join(folder, "base.mjs"), BASE);
}
