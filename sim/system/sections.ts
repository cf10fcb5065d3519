/**
 * A state as a skeleton and one section for each client (sim/postgres/session/sections.ts), all of them numbers: what a client's session
 * is in the database, and the node of its process. States are alike but for who is who exactly if they have the same numbers in any order.
 *
 *     | shared 7 | alice: session 3, gaps 2, node 5 | bob: session 1, gaps 0, node 4 |    =    | 7 | 1204 | 309 |
 */
import type { KeyLabels, Server } from "../postgres/server.ts";
import type { Node } from "../process/process.ts";
import type { Databases } from "./databases.ts";
import { Interner } from "./interner.ts";
import type { NodeTexts } from "./node-texts.ts";

export interface StateSections {
  readonly shared: number;
  /** By client; equal for clients that can be exchanged. */
  readonly own: readonly number[];
}

/** What a database is, told by numbers. */
interface DatabaseSections {
  readonly shared: number;
  readonly sessions: readonly number[];
}

/** Nodes' texts are numbered together with all others; a section leaves this much room for them. */
const TEXTS_MAX = 2 ** 26;

export class StatesInSections {
  readonly #write: ReturnType<Server["sections"]>;
  readonly #databases: Databases;
  readonly #nodeTexts: NodeTexts;
  /** By the labels of keys, and by database. */
  readonly #known: (DatabaseSections | null)[][] = [];
  /** By the labels of keys, by client and by node. */
  readonly #nodes: (number | null)[][][] = [];
  readonly #clients: number;
  readonly #sessions = new Interner<string>((pair) => pair);
  /** All texts that were met, by their numbers. */
  readonly texts = new Interner<string>((text) => text);

  constructor(server: Server, clients: readonly string[], databases: Databases, nodeTexts: NodeTexts) {
    this.#write = server.sections(clients);
    this.#databases = databases;
    this.#nodeTexts = nodeTexts;
    this.#clients = clients.length;
  }

  /** The sections of the state with this row (the database, then each client's node); null where it cannot be told by sections. */
  of(row: Int32Array, keys: KeyLabels | null): StateSections | null {
    const database = this.#ofDatabase(row[0] as number, keys);
    if (database === null) return null;
    const own: number[] = [];
    for (let client = 0; client < this.#clients; client++) {
      const node = this.#ofNode(client, row[client + 1] as Node, keys);
      if (node === null) return null;
      own.push((database.sessions[client] as number) * TEXTS_MAX + node);
    }
    return { shared: database.shared, own };
  }

  #ofDatabase(id: number, keys: KeyLabels | null): DatabaseSections | null {
    this.#known[keys?.id ?? 0] ??= [];
    const databases = this.#known[keys?.id ?? 0] as (DatabaseSections | null)[];
    const known = databases[id];
    if (known !== undefined) return known;
    const written = this.#write(this.#databases.value(id), keys);
    const sections = written && {
      shared: this.texts.intern(written.shared),
      sessions: written.own.map((own, session) =>
        this.#sessions.intern(`${this.texts.intern(own)} ${this.texts.intern(written.gaps[session] ?? "")}`),
      ),
    };
    databases[id] = sections;
    return sections;
  }

  #ofNode(client: number, node: Node, keys: KeyLabels | null): number | null {
    this.#nodes[keys?.id ?? 0] ??= Array.from({ length: this.#clients }, () => []);
    const nodes = this.#nodes[keys?.id ?? 0]?.[client] as (number | null)[];
    const known = nodes[node];
    if (known !== undefined) return known;
    const written = this.#nodeTexts.section(client, node, keys);
    const section = written === null ? null : this.texts.intern(written);
    nodes[node] = section;
    return section;
  }
}
