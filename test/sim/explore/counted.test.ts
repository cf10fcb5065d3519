/** The explorer counts what a naive one counts, and the orbits add up to the same, on every protocol. (`npm run counts` looks further.) */
import { beforeAll, describe, expect, it } from "vitest";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import { counted, everyProtocol } from "./counted.ts";

beforeAll(loadGrammar);

describe("the states that so many steps lead to", () => {
  it("are as many as a naive search sees, of every protocol", async () => {
    let orbitSums = 0;
    // With 2, 3 and 4 clients by turns.
    const instances = [2, 3, 4].flatMap((clients, turn) =>
      everyProtocol(clients, clients === 3 ? "coarse" : "fine").filter((_, at) => at % 3 === turn),
    );
    for (const instance of instances) {
      const { naive, full, orbitSum } = await counted(instance, 24);
      const name = `${instance.scenario.name} ${instance.protocol.name}, ${instance.clients} clients`;
      expect([name, full]).toEqual([name, naive]);
      if (typeof orbitSum === "string") continue;
      expect([name, orbitSum]).toEqual([name, naive.states]);
      orbitSums++;
    }
    expect(orbitSums).toBeGreaterThan(30);
  });
});
