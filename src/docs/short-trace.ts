/** The shortest counterexample of a protocol in a few lines, a line a statement, for a page on which many of them stand. */
import { ISOLATION_LEVELS, type IsolationLevel, type Protocol } from "../../model/protocol.ts";
import type { Scenario } from "../../model/scenario.ts";
import { NO_BOUNDS } from "../../sim/explore/bounds.ts";
import { check } from "../../sim/explore/check.ts";
import { type Block, blocksOf } from "../../sim/trace/blocks.ts";
import { cardOf } from "../../sim/trace/card.ts";
import { filledText } from "../../sim/trace/sql-text.ts";
import type { Trace } from "../../sim/trace/trace.ts";

const SHOWN: ReadonlySet<string> = new Set(["sql", "call", "answer", "error", "wait", "belief"]);

/** The counterexamples of all protocols that have one, by name. */
export async function shortTraces(scenarios: readonly Scenario[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const scenario of scenarios) {
    for (const protocol of scenario.protocols) {
      const trace = await shortTrace(scenario, protocol);
      if (trace !== null) found.set(protocol.name, trace);
    }
  }
  return found;
}

/** The counterexample at the weakest level at which the protocol breaks, with two clients; null for one that holds at all. */
async function shortTrace(scenario: Scenario, protocol: Protocol): Promise<string | null> {
  const isolation = ISOLATION_LEVELS.find((level) => brokenAt(protocol, level) !== null);
  if (isolation === undefined) return null;
  const property = brokenAt(protocol, isolation) ?? "";
  const instance = { scenario, protocol, clients: 2, buffers: scenario.defaults.buffers, isolation, property };
  for (const granularity of ["coarse", "fine"] as const) {
    const { trace } = await check({ ...instance, granularity }, NO_BOUNDS);
    if (trace !== null) return [`at ${isolation}:`, ...linesOf(trace)].join("\n");
  }
  throw new Error(`${protocol.name} claims to violate ${property} at ${isolation}, and does not`);
}

function brokenAt({ claims }: Protocol, level: IsolationLevel): string | null {
  const claim = claims?.[level] ?? "holds";
  return claim === "holds" ? null : claim.violates;
}

function linesOf(trace: Trace): readonly string[] {
  const width = Math.max(...trace.parameters.clients.map((client) => client.length));
  const message = trace.verdict.kind === "violated" ? [`✗ ${trace.verdict.message}`] : [];
  return [...blocksOf(trace).map((block) => `${block.client.padEnd(width)}  ${lineOf(block)}`), ...message];
}

/** A user's wish is told by the statement that it leads to, where it leads to one; an answer that only repeats the statement is left out. */
function lineOf(block: Block): string {
  const lines = cardOf(block).filter(({ kind }) => SHOWN.has(kind));
  const sql = lines
    .flatMap((line) => (line.kind === "sql" ? [filledText(line.query)] : []))
    .filter((text) => text !== "");
  const [said = ""] = sql;
  const told = lines.flatMap((line) => {
    if (line.kind === "sql" || line.text === said || (line.kind === "call" && said !== "")) return [];
    return [line.kind === "answer" || line.kind === "error" ? `→ ${line.text}` : `· ${line.text}`];
  });
  return [...sql, ...told].join(" ").replace(/^· /, "");
}
