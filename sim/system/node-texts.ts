/** The texts of processes' nodes, cut where a client's name stands, so that they can be written under other names. */
import type { Node, Process } from "../process/process.ts";

export class NodeTexts {
  readonly #processes: readonly Process[];
  readonly #names: readonly string[];
  readonly #known: (readonly (string | number)[] | null)[][];

  constructor(processes: readonly Process[], names: readonly string[]) {
    this.#processes = processes;
    this.#names = names;
    this.#known = processes.map(() => []);
  }

  /** The text of a node with `label` for the names of clients; null where the process cannot tell its node. */
  write(client: number, node: Node, label: (client: number) => number | string): string | null {
    const parts = this.#partsOf(client, node);
    if (parts === null) return null;
    return parts.map((part) => (typeof part === "string" ? part : `client ${label(part)}`)).join("");
  }

  /** The text of a node in which its own client is `me`; null where it names another client, or cannot be told. */
  section(client: number, node: Node): string | null {
    const parts = this.#partsOf(client, node);
    const others = parts?.some((part) => typeof part === "number" && part !== client) ?? true;
    return others ? null : this.write(client, node, () => "me");
  }

  #partsOf(client: number, node: Node): readonly (string | number)[] | null {
    const known = this.#known[client]?.[node];
    if (known !== undefined) return known;
    const text = this.#processes[client]?.text?.(node) ?? null;
    const parts = text === null ? null : splitAtNames(text, this.#names);
    (this.#known[client] as (typeof parts)[])[node] = parts;
    return parts;
  }
}

/** A JSON text cut at the strings that are a client's name; the number of the client stands for each. */
function splitAtNames(text: string, names: readonly string[]): readonly (string | number)[] {
  const parts: (string | number)[] = [];
  let rest = 0;
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"/g)) {
    const client = names.indexOf(JSON.parse(match[0]) as string);
    if (client < 0) continue;
    parts.push(text.slice(rest, match.index), client);
    rest = match.index + match[0].length;
  }
  return [...parts, text.slice(rest)];
}
