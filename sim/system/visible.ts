/**
 * What can be seen of a state, as a number: equal for states that `world` shows alike, so that properties are judged once
 * for each.
 *
 *     | what can be seen of the database | alice's view | bob's view | …      a row of a row table; its number is the answer
 *
 * The parts are numbers, too, each computed once for a database or a node.
 */
import type { World } from "../../model/property.ts";
import type { Server } from "../postgres/server.ts";
import { endOf, type Node, type Process } from "../process/process.ts";
import type { Databases } from "./databases.ts";
import { Interner } from "./interner.ts";
import { RowTable } from "./row-table.ts";

export class VisibleStates {
  readonly #server: Server;
  readonly #processes: readonly Process[];
  readonly #databases: Databases;
  readonly #rows: RowTable;
  readonly #row: Int32Array;
  readonly #texts = new Interner<string>((text) => text);
  readonly #outsides: number[] = [];
  /** The committed rows of the first database that was seen. */
  #firstRows: string | null = null;
  #rowsChanged = false;
  readonly #views: number[][];

  constructor(server: Server, processes: readonly Process[], databases: Databases) {
    this.#server = server;
    this.#processes = processes;
    this.#databases = databases;
    this.#rows = new RowTable(processes.length + 1);
    this.#row = new Int32Array(processes.length + 1);
    this.#views = processes.map(() => []);
  }

  /** The number of what can be seen of the state with this row (the database, then each client's node). */
  of(state: Int32Array): number {
    this.#row[0] = this.#outsideOf(state[0] as number);
    for (let client = 0; client < this.#processes.length; client++) {
      this.#row[client + 1] = this.#viewOf(client, state[client + 1] as Node);
    }
    return this.#rows.intern(this.#row);
  }

  /** Whether a database was seen whose committed rows are others than those of the first one. */
  get rowsChanged(): boolean {
    return this.#rowsChanged;
  }

  /** The memory of the tables, in bytes. */
  get bytes(): number {
    return this.#rows.bytes + this.#texts.letters;
  }

  #outsideOf(id: number): number {
    const known = this.#outsides[id];
    if (known !== undefined) return known;
    const database = this.#databases.value(id);
    const statuses = this.#processes.map((_, client) => {
      const status = this.#server.status(database, client);
      return status.kind === "waiting" ? status.waitsFor : status.kind === "idle";
    });
    const committed = this.#server.committed(database);
    if (!this.#rowsChanged) this.#compareRows(committed);
    const outside = this.#texts.intern(JSON.stringify([committed, statuses]));
    this.#outsides[id] = outside;
    return outside;
  }

  #viewOf(client: number, node: Node): number {
    const views = this.#views[client] as number[];
    const known = views[node];
    if (known !== undefined) return known;
    const process = this.#processes[client] as Process;
    const view = this.#texts.intern(JSON.stringify([process.view(node), endOf(process, node)]));
    views[node] = view;
    return view;
  }

  #compareRows(committed: World["tables"]): void {
    // Time passes by itself.
    const rows = JSON.stringify({ ...committed, clock: null });
    this.#firstRows ??= rows;
    this.#rowsChanged = rows !== this.#firstRows;
  }
}
