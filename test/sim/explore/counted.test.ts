/** The explorer counts what a naive one counts, and the orbits add up to the same, on every protocol. (`npm run counts` looks further.) */
import { beforeAll, describe, expect, it } from "vitest";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import { counted, everyProtocol } from "./counted.ts";

beforeAll(loadGrammar);

describe("the states that so many steps lead to", () => {
  it.each([2, 3, 4])("are as many as a naive search sees, of every protocol, %i clients", async (clients) => {
    let orbitSums = 0;
    for (const instance of everyProtocol(clients, clients === 3 ? "coarse" : "fine")) {
      const { naive, full, orbitSum } = await counted(instance, 16);
      const name = `${instance.scenario.name} ${instance.protocol.name}`;
      expect([name, full]).toEqual([name, naive]);
      if (typeof orbitSum === "string") continue;
      expect([name, orbitSum]).toEqual([name, naive.states]);
      orbitSums++;
    }
    expect(orbitSums).toBeGreaterThan(30);
  });
});
