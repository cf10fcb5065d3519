/** Keeps docs/protocols.md true: what stands between its markers is generated from the protocol machines. */
import { type Claim, ISOLATION_LEVELS, type Protocol } from "../../model/protocol.ts";
import { stateDiagram, stateRows } from "./state-diagram.ts";

/** The page with every marked part written anew, with the protocol's trace where it has one; text outside of the markers stays as it is. */
export function withGeneratedParts(
  page: string,
  protocols: readonly Protocol[],
  traces: ReadonlyMap<string, string>,
): string {
  return protocols.reduce((text, protocol) => {
    const begin = `<!-- generated: ${protocol.name} -->`;
    const end = `<!-- end: ${protocol.name} -->`;
    const from = text.indexOf(begin);
    const to = text.indexOf(end);
    if (from < 0 || to < from) throw new Error(`the page needs "${begin}" and after it "${end}"`);
    return `${text.slice(0, from + begin.length)}\n\n${protocolPart(protocol, traces.get(protocol.name) ?? null)}\n\n${text.slice(to)}`;
  }, page);
}

function protocolPart(protocol: Protocol, trace: string | null): string {
  const rows = stateRows(protocol).map(
    ({ state, sends, believes }) =>
      `| ${state} | ${sends === null ? "" : `\`${sends}\``} | ${believes ? "owns" : ""} |`,
  );
  return [
    `*${protocol.name}* ${protocol.sentence}.`,
    "",
    ...(trace === null ? [] : ["```text", trace, "```", ""]),
    "```mermaid",
    stateDiagram(protocol),
    "```",
    "",
    "| state | sends | believes |",
    "| --- | --- | --- |",
    ...rows,
    ...setupLines(protocol),
    ...claimLines(protocol),
  ].join("\n");
}

function setupLines({ setup = [] }: Protocol): readonly string[] {
  return setup.length === 0 ? [] : ["", `It needs ${setup.map((sql) => `\`${sql}\``).join(" and ")}.`];
}

/** The verdict at each level; test/model/verdicts.test.ts checks it. */
function claimLines({ claims }: Protocol): readonly string[] {
  if (claims === undefined) return [];
  const verdict = (claim: Claim): string => (claim === "holds" ? "holds" : `violates ${claim.violates}`);
  return [
    "",
    `| ${ISOLATION_LEVELS.join(" | ")} |`,
    `| ${ISOLATION_LEVELS.map(() => "---").join(" | ")} |`,
    `| ${ISOLATION_LEVELS.map((level) => verdict(claims[level])).join(" | ")} |`,
  ];
}
