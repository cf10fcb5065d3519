/** The production code and its machine are run over the same replies: they must ask and believe the same. */
import { describe, expect, test } from "vitest";
import type { Protocol } from "../../model/protocol.ts";
import { race001 } from "../../model/scenarios/race-001.ts";
import { codeProcess } from "../../sim/process/code-process.ts";
import { machineProcess } from "../../sim/process/machine-process.ts";
import { atomicUpdate, brokenCheckThenAct, type Strategy, selectForUpdate } from "../../src/buffers/index.ts";
import { type Comparison, compareInLockStep, type LockStep } from "./lock-step.ts";
import { productionClient } from "./production-client.ts";
import { serverReply } from "./replies.ts";

const strategies = [brokenCheckThenAct, atomicUpdate, selectForUpdate];

function protocolOf(name: string): Protocol {
  const found = race001.protocols.find((protocol) => protocol.name === name);
  if (found === undefined) throw new Error(`no protocol ${name}`);
  return found;
}

interface Compared {
  readonly strategy: Strategy;
  readonly protocol: Protocol;
  readonly attempts: number;
  readonly tried: LockStep["tried"];
}

async function compared({ strategy, protocol, attempts, tried }: Compared): Promise<Comparison> {
  const client = "alice";
  return compareInLockStep({
    code: await codeProcess(productionClient({ strategy, client, buffer: 1, attempts }), {
      name: client,
      view: { owns: null },
    }),
    machine: machineProcess(protocol, { client, buffers: [1] }),
    replies: protocol.replies.map(serverReply),
    tried,
  });
}

describe.each(strategies)("the production code of $name and its machine", (strategy) => {
  const protocol = protocolOf(strategy.name);

  test("ask and believe the same on every sequence of replies to one attempt", async () => {
    const { difference, pairs } = await compared({ strategy, protocol, attempts: 1, tried: "all" });
    expect(difference).toBeNull();
    expect(pairs).toBeGreaterThan(20);
  });

  test("ask and believe the same through three attempts", async () => {
    const { difference } = await compared({ strategy, protocol, attempts: 3, tried: "one" });
    expect(difference).toBeNull();
  });
});

describe("the comparison", () => {
  test("finds where two statements differ", async () => {
    const other = {
      strategy: atomicUpdate,
      protocol: protocolOf("check-then-act"),
      attempts: 1,
      tried: "all",
    } as const;
    expect((await compared(other)).difference).toMatch(/^the code asks UPDATE .*, the machine SELECT locked_by/);
  });

  test("finds a reply that is read otherwise", async () => {
    const careless: Strategy = {
      name: "careless",
      acquire: async (session, buffer, client) => {
        const attempt = await atomicUpdate.acquire(session, buffer, client);
        return attempt === "refused" ? "acquired" : attempt;
      },
    };
    const walk = { strategy: careless, protocol: protocolOf("atomic-update"), attempts: 1, tried: "all" } as const;
    expect((await compared(walk)).difference).toMatch(/the code believes \{"owns":1\}, the machine \{"owns":null\}$/);
  });
});
