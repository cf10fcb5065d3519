/** What a trace claims of its steps is held against them by a replay: an edited verdict, race, set-up or anomaly differs. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Trace } from "../../sim/trace/trace.ts";
import { lockstep, temporaryFolder } from "./program.ts";

const KINDS = {
  check: ["check", "race-001"],
  liveness: ["check", "race-001", "--liveness", "answered"],
  oracle: ["check", "race-001", "--oracle", "serializable-outcome"],
  linearizable: ["check", "race-001", "--oracle", "linearizable"],
  faults: ["check", "race-001", "--faults", "crash:1,lost-commit:1"],
  level: ["check", "race-001", "--isolation", "serializable"],
  simulate: ["simulate", "race-001", "--seed", "7"],
  held: ["simulate", "race-001", "--protocol", "atomic-update", "--runs", "3", "--seed", "7"],
  property: ["check", "race-001", "--property", "owner-is-recorded"],
  clock: ["check", "leases"],
} as const;
type Kind = keyof typeof KINDS;

const folder = temporaryFolder();
const folderOf = (kind: Kind): string => join(folder, kind);

function honest(kind: Kind): string {
  const files = readdirSync(folderOf(kind)).filter((name) => name.endsWith(".json"));
  return join(folderOf(kind), files[0] ?? "none");
}

beforeAll(() => {
  for (const kind of Object.keys(KINDS) as Kind[]) lockstep(...KINDS[kind], "--out", folderOf(kind));
});

test.each(Object.keys(KINDS) as Kind[])("a trace of %s as it was written is reproduced", (kind) => {
  expect(lockstep("replay", honest(kind))).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^reproduced/),
    stderr: "",
  });
});

interface Edit {
  readonly what: string;
  readonly kind: Kind;
  readonly edit: (trace: Trace) => Partial<Trace>;
  readonly said: string;
}

const violated = ({ verdict }: Trace): Extract<Trace["verdict"], { kind: "violated" }> => {
  if (verdict.kind === "none") throw new Error("nothing is violated in this trace");
  return verdict;
};

const EDITS: readonly Edit[] = [
  {
    what: "no verdict",
    kind: "check",
    edit: () => ({ verdict: { kind: "none" } }),
    said: "the verdict: nothing breaks",
  },
  {
    what: "another property",
    kind: "check",
    edit: (trace) => ({ verdict: { ...violated(trace), property: "no-deadlock" } }),
    said: "the verdict: no-deadlock is violated",
  },
  {
    what: "another message",
    kind: "check",
    edit: (trace) => ({ verdict: { ...violated(trace), message: "all is well" } }),
    said: "all is well",
  },
  {
    what: "another sentence",
    kind: "check",
    edit: (trace) => ({ verdict: { ...violated(trace), sentence: "clients like each other" } }),
    said: "clients like each other",
  },
  {
    what: "an earlier step",
    kind: "check",
    edit: (trace) => ({ verdict: { ...violated(trace), step: 3 } }),
    said: "in step 3",
  },
  {
    what: "a verdict where nothing breaks",
    kind: "held",
    edit: () => ({ verdict: { kind: "violated", property: "mutual-exclusion", sentence: "", message: "", step: 1 } }),
    said: "the verdict: mutual-exclusion is violated in step 1",
  },
  { what: "no race", kind: "check", edit: () => ({ races: [] }), said: "the race: none" },
  {
    what: "another race",
    kind: "check",
    edit: ({ races }) => ({ races: races.map((race) => ({ ...race, first: 1, second: 2 })) }),
    said: "the race: steps 1 and 2",
  },
  {
    what: "another sentence of the race",
    kind: "check",
    edit: ({ races }) => ({ races: races.map((race) => ({ ...race, sentence: "it was the network" })) }),
    said: "it was the network",
  },
  {
    what: "a statement more in the set-up",
    kind: "check",
    edit: ({ setup }) => ({ setup: [...setup, "DROP TABLE users"] }),
    said: "in the set-up, statement 3: DROP TABLE users",
  },
  {
    what: "a statement less in the set-up",
    kind: "check",
    edit: ({ setup }) => ({ setup: setup.slice(1) }),
    said: "in the set-up, statement 1: INSERT",
  },
  {
    what: "another verdict of a run without end",
    kind: "liveness",
    edit: (trace) => ({ verdict: { ...violated(trace), property: "starvation-free" } }),
    said: "the verdict: starvation-free is violated",
  },
  {
    what: "another client of a run without end",
    kind: "liveness",
    edit: (trace) => ({ verdict: { ...violated(trace), message: "nobody is answered" } }),
    said: "nobody is answered",
  },
  {
    what: "another anomaly",
    kind: "oracle",
    edit: ({ anomaly }) => (anomaly === undefined ? {} : { anomaly: { ...anomaly, name: "phantom" } }),
    said: "the anomaly: phantom",
  },
  { what: "no anomaly", kind: "oracle", edit: () => ({ anomaly: undefined }), said: "the anomaly: none is told" },
];

describe("edited so that it claims something else, it differs, status 1", () => {
  test.each(EDITS)("$what ($kind)", ({ what, kind, edit, said }) => {
    const trace = JSON.parse(readFileSync(honest(kind), "utf8")) as Trace;
    const path = join(folder, `${what.replaceAll(" ", "-")}.json`);
    writeFileSync(path, JSON.stringify({ ...trace, ...edit(trace) }));
    const { status, stdout } = lockstep("replay", path);
    expect({ status, first: stdout.split(" ")[0] }).toEqual({ status: 1, first: "differs" });
    expect(stdout).toContain(`the trace says:  ${said.startsWith("the") || said.startsWith("in the") ? said : ""}`);
    expect(stdout).toContain(said);
  });

  test("notes are for people, and free", () => {
    const trace = JSON.parse(readFileSync(honest("check"), "utf8")) as Trace;
    const path = join(folder, "notes.json");
    const steps = trace.steps.map((step) => ({ ...step, notes: ["looked at by the night shift"] }));
    writeFileSync(path, JSON.stringify({ ...trace, steps }));
    expect(lockstep("replay", path).status).toBe(0);
  });
});
