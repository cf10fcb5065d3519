/** The texts of processes' nodes, cut where a client's name or a number stands, so that they can be written under other names. */
import type { KeyLabels } from "../postgres/server.ts";
import type { Node, Process } from "../process/process.ts";

/** What stands for clients' names, and for the keys of rows where these are exchanged. */
interface Labels {
  label(client: number): number | string;
  readonly keys: KeyLabels | null;
}

/** A piece of a text: as it is, a client's name, or a value that may be a key of rows. */
type Piece = string | { readonly client: number } | { readonly value: string | number };

export class NodeTexts {
  readonly #processes: readonly Process[];
  readonly #names: readonly string[];
  readonly #known: (readonly Piece[] | null)[][];

  constructor(processes: readonly Process[], names: readonly string[]) {
    this.#processes = processes;
    this.#names = names;
    this.#known = processes.map(() => []);
  }

  /** The text of a node under these labels; null where the process cannot tell its node. */
  write(client: number, node: Node, { label, keys }: Labels): string | null {
    const pieces = this.#piecesOf(client, node);
    if (pieces === null) return null;
    return pieces
      .map((piece) => {
        if (typeof piece === "string") return piece;
        if ("client" in piece) return `client ${label(piece.client)}`;
        return JSON.stringify(keys === null ? piece.value : keys.label(piece.value));
      })
      .join("");
  }

  /** The text of a node in which its own client is `me`; null where it names another client, or cannot be told. */
  section(client: number, node: Node, keys: KeyLabels | null): string | null {
    const pieces = this.#piecesOf(client, node);
    const namesOthers = pieces?.some(
      (piece) => typeof piece === "object" && "client" in piece && piece.client !== client,
    );
    return (namesOthers ?? true) ? null : this.write(client, node, { label: () => "me", keys });
  }

  #piecesOf(client: number, node: Node): readonly Piece[] | null {
    const known = this.#known[client]?.[node];
    if (known !== undefined) return known;
    const text = this.#processes[client]?.text?.(node) ?? null;
    const pieces = text === null ? null : cut(text, this.#names);
    (this.#known[client] as (typeof pieces)[])[node] = pieces;
    return pieces;
  }
}

/** A JSON text, cut at its strings and numbers. */
function cut(text: string, names: readonly string[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let rest = 0;
  for (const { 0: match, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
    const value = JSON.parse(match) as string | number;
    const client = typeof value === "string" ? names.indexOf(value) : -1;
    pieces.push(text.slice(rest, index), client < 0 ? { value } : { client });
    rest = index + match.length;
  }
  return [...pieces, text.slice(rest)];
}
