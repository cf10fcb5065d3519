/** The Mermaid diagram of a trace: its whole text for the incident, and that no row can leave the grammar. */
import { describe, expect, it } from "vitest";
import { renderMermaid } from "../../../sim/trace/mermaid.ts";
import { recordTrace } from "../../../sim/trace/record.ts";
import { about, fakeSystem, RACE, RACE_WITH_WAIT } from "./fake-system.ts";

const PAIR = ["alice", "bob"];

async function diagram(schedule: typeof RACE, prefix = ""): Promise<string> {
  const system = fakeSystem({ clients: PAIR, protocol: "check-then-act", prefix });
  return renderMermaid(await recordTrace(system, schedule, about(PAIR)));
}

/** The lines of Mermaid's grammar for sequence diagrams that are used here. */
const GRAMMAR = [
  /^sequenceDiagram$/,
  /^title [^;]+$/,
  /^participant (?:c\d+|db) as [^;]+$/,
  /^(?:c\d+->>db|db-->>c\d+): .+$/,
  /^Note over (?:c\d+|db)(?:,(?:c\d+|db))?: .+$/,
  /^rect rgba\([\d., ]+\)$/,
  /^end$/,
];

describe("the sequence diagram of a trace", () => {
  it("reads so for the incident", async () => {
    expect(await diagram(RACE)).toMatchInlineSnapshot(`
      "sequenceDiagram
        title race-001, check-then-act
        participant c1 as alice
        participant db as PostgreSQL
        participant c2 as bob
        c1->>db: 1 acquire 1<br/>SELECT locked_by FROM buffers WHERE id = 1
        db-->>c1: locked_by null
        rect rgba(235, 170, 40, 0.18)
          c2->>db: 2 acquire 1<br/>SELECT locked_by FROM buffers WHERE id = 1
          db-->>c2: locked_by null
          c1->>db: 3-4 UPDATE buffers SET locked_by = #39;alice#39;<br/>WHERE id = 1
          db-->>c1: 1 row updated, committed
          Note over db: buffers id 1#58; locked_by null → #39;alice#39;
          Note over c1: alice believes#58; owns 1
        end
        c2->>db: 5-6 UPDATE buffers SET locked_by = #39;bob#39;<br/>WHERE id = 1
        db-->>c2: 1 row updated, committed
        Note over db: buffers id 1#58; locked_by #39;alice#39; → #39;bob#39;
        Note over c2: bob believes#58; owns 1
        rect rgba(215, 60, 50, 0.18)
          Note over c1,c2: ✗ mutual-exclusion is violated#58; alice and bob both own buffer 1<br/>bob#39;s SELECT runs (step 2) before alice#39;s UPDATE is committed (step<br/>4). In the other order bob#39;s SELECT answers locked_by #39;alice#39; instead<br/>of locked_by null, and mutual-exclusion holds.
        end
      "
    `);
  });

  it("notes the wait, and frames the race across it", async () => {
    const lines = (await diagram(RACE_WITH_WAIT)).split("\n").map((line) => line.trim());
    const [opens, waits, commits, ends] = [
      lines.findIndex((line) => line.startsWith("rect ")),
      lines.indexOf("Note over c2: waits for alice#58; the row lock of buffers<br/>(id 1)"),
      lines.indexOf("Note over c1: 5 UPDATE of step 3 commits"),
      lines.indexOf("end"),
    ];
    expect([opens, waits, commits, ends].every((at) => at >= 0)).toBe(true);
    expect([opens, waits, commits, ends]).toEqual([opens, waits, commits, ends].toSorted((one, other) => one - other));
  });

  it("stays within Mermaid's grammar whatever a row holds", async () => {
    const text = await diagram(RACE, "a; b # c \"d\" <e> %% $$f$$ \n end\nparticipant x: {y} \\ & 'z' ");
    for (const line of text.trimEnd().split("\n")) {
      expect(GRAMMAR.some((form) => form.test(line.trim()))).toBe(true);
      const plain = line.replaceAll(/#\d+;/g, "").replaceAll("<br/>", "").replaceAll("->>", "");
      expect(plain.replace(/^ *[^:]*: /, "")).not.toMatch(/[;#"'<>&%$\\{}]/);
    }
  });

  it("closes every frame that it opens", async () => {
    const lines = (await diagram(RACE_WITH_WAIT)).split("\n").map((line) => line.trim());
    expect(lines.filter((line) => line === "end").length).toBe(lines.filter((line) => line.startsWith("rect ")).length);
  });
});
