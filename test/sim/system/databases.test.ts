/** Databases are numbers: equal ones the same, and what was forgotten is put together again as it was. */
import { beforeAll, describe, expect, it } from "vitest";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import type { Database } from "../../../sim/postgres/server.ts";
import { Databases } from "../../../sim/system/databases.ts";
import { partsOf, protocolOf } from "../../../sim/system/from-scenario.ts";

beforeAll(loadGrammar);

function serverOf(faults: Readonly<Record<string, number>>) {
  const protocol = protocolOf(race001, "select-for-update");
  const about = { scenario: race001, protocol, clients: 1, buffers: 1, isolation: "read committed" } as const;
  return partsOf({ ...about, granularity: "coarse", faults }).server;
}

const UPDATES = 100;

describe.each([{ faults: {} }, { faults: { crash: 1 } }])("with faults $faults", ({ faults }) => {
  it("forgets values, and puts each together again with the same text, out of parts that are kept once", () => {
    const server = serverOf(faults);
    let joined = 0;
    const parts = server.parts();
    const counting = {
      cut: parts.cut,
      join: (row: readonly number[]): Database => {
        joined++;
        return parts.join(row);
      },
      get letters() {
        return parts.letters;
      },
    };
    const databases = new Databases({ initial: server.initial, parts: () => counting });
    const keys: string[] = [];
    let database = server.initial;
    for (let at = 0; at < UPDATES; at++) {
      const text = `UPDATE buffers SET locked_by = 'client ${at}'`;
      const query = { kind: "send", query: { text, values: [] } } as const;
      database = server.step(server.step(database, 0, query).database, 0, { kind: "commit" }).database;
      expect(databases.intern(database)).toBe(at);
      expect(databases.intern(database)).toBe(at);
      keys.push(server.key(database));
    }
    expect(joined).toBe(0);
    for (const [id, key] of keys.entries()) expect(server.key(databases.value(id))).toBe(key);
    expect(joined).toBeGreaterThanOrEqual(UPDATES - 64);
    expect(databases.size).toBe(UPDATES);
  });
});
