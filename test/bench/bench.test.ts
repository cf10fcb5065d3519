/** The benchmarks compare like with like: what stands beside the explorer explores what it says. */
import { describe, expect, it } from "vitest";
import { measureChance } from "../../bench/chance.ts";
import { exploreInLine } from "../../bench/hand-written-line.ts";
import { exploreByHand } from "../../bench/hand-written-loop.ts";
import { runSpin, spinMissing } from "../../bench/spin.ts";
import { markdownOf } from "../../bench/tables.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";

/** The same protocol with names for states, explored without any cleverness. */
function naiveCounts(clients: number): { states: number; transitions: number } {
  const start = Array.from({ length: clients }, () => "idle");
  const open = [start];
  const seen = new Set([start.join()]);
  let transitions = 0;
  for (const state of open) {
    for (const [client, local] of state.entries()) {
      const next = after(state, local);
      if (next === null) continue;
      transitions++;
      const then = state.toSpliced(client, 1, next);
      if (seen.has(then.join())) continue;
      seen.add(then.join());
      open.push(then);
    }
  }
  return { states: seen.size, transitions };
}

/** The same with a line, whose first one has the turn when the lock is free. */
function naiveCountsInLine(clients: number): { states: number; transitions: number } {
  type State = { readonly locals: readonly string[]; readonly line: readonly number[] };
  const start: State = { locals: Array.from({ length: clients }, () => "idle"), line: [] };
  const open = [start];
  const seen = new Set([JSON.stringify(start)]);
  let transitions = 0;
  for (const { locals, line } of open) {
    const [first] = line;
    const isFree = first !== undefined && after(locals, locals[first] ?? "") !== null;
    for (const client of isFree ? [first] : locals.keys()) {
      const next = after(locals, locals[client] ?? "");
      if (next === null) continue;
      transitions++;
      const stands = next.startsWith("waits") ? [...line, client] : line.filter((other) => other !== client);
      const then = { locals: locals.toSpliced(client, 1, next), line: stands };
      if (seen.has(JSON.stringify(then))) continue;
      seen.add(JSON.stringify(then));
      open.push(then);
    }
  }
  return { states: seen.size, transitions };
}

function after(state: readonly string[], local: string): string | null {
  const locked = state.some((one) => ["may take", "may not take", "written", "released"].includes(one));
  const owned = state.some((one) => ["owning", "releasing", "released", "waits to release"].includes(one));
  const looked = owned ? "may not take" : "may take";
  const next: Readonly<Record<string, string | null>> = {
    idle: "begun",
    begun: locked ? "waits to look" : looked,
    "waits to look": locked ? null : looked,
    "may take": "written",
    "may not take": "idle",
    written: "owning",
    owning: "releasing",
    releasing: locked ? "waits to release" : "released",
    "waits to release": locked ? null : "released",
    released: "idle",
  };
  return next[local] ?? null;
}

describe.each([
  { loop: "the loop written by hand", run: exploreByHand, naive: naiveCounts },
  { loop: "the one with a line", run: exploreInLine, naive: naiveCountsInLine },
])("$loop", ({ run, naive }) => {
  it.each([1, 2, 3, 4])("counts what a naive search counts, %i clients", (clients) => {
    const { states, transitions, violations } = run(clients);
    expect({ states, transitions, violations }).toEqual({ ...naive(clients), violations: 0 });
  });

  it("refuses more clients than a state has room for", () => {
    expect(() => run(9)).toThrow("room for 8 clients");
  });
});

describe("the models of SPIN", () => {
  const missing = spinMissing();
  const spin = (protocol: string) => runSpin(protocol, { clients: 3, reduction: false, secondsMax: 60 });

  it("explore what the loop by hand explores, and break where the race is", ({ skip }) => {
    if (missing !== null) skip(missing);
    const { states, transitions } = exploreByHand(3);
    // SPIN counts the initial state as reached by a transition.
    expect(spin("select-for-update")).toMatchObject({ verdict: "holds", states, transitions: transitions + 1 });
    expect(spin("atomic-update").verdict).toBe("holds");
    expect(spin("check-then-act").verdict).toBe("violated");
  });
});

describe("chance", () => {
  it("finds check-then-act with every tool, and nobody but an exhaustive search says that all was seen", async () => {
    await loadGrammar();
    const results = await measureChance(2, 5);
    expect(results.runs.map(({ found, seeds }) => [found, seeds])).toEqual(Array(4).fill([5, 5]));
    expect(results.holding.map(({ said }) => said)).toEqual([
      expect.stringMatching(/^no failure in 1000 runs, \d+ different orders/),
      "holds, exhaustive: true, 21 states",
    ]);
  });
});

it("the page of results has a table for each part, and says why a part is left out", () => {
  const machine = { node: "v0", cpu: "none", cores: 1, load: 0 };
  const chance = { clients: 2, runs: [], holding: [] };
  const row = { what: "search", clients: 9, states: 1, transitions: 2, bytesPerState: 1 };
  const threads = [
    { ...row, seconds: 3 },
    { ...row, seconds: 2 },
  ];
  const rest = {
    orders: [],
    partlyOrdered: [],
    chance,
    spin: "not installed",
    seconds: 1,
  };
  const ratios = { fine: 0.5, coarse: null };
  const page = markdownOf({ machine, explored: [], loops: [], ratios, threads, ...rest });
  expect(page).toContain("Ratio of transitions a second, 8 clients: fine 0.50, coarse not measured");
  expect(page).toContain("Left out: not installed.");
  expect(page).toContain("Two threads are 1.50 times as fast as one.");
  expect(markdownOf({ machine, explored: [], loops: [], ratios, threads: [], ...rest })).toContain(
    "--seconds gives more",
  );
  expect(page.match(/^\| --- /gm)?.length).toBe(6);
});
