/**
 * Watches a stress run: what clients believe, together with the committed rows, at one moment.
 *
 *     alice begins to believe ── reads the rows of all tables in one snapshot ── nobody's belief has changed meanwhile: judge
 *                                                        bob begins to believe: read again, with both
 *
 * A client whose belief has changed goes on only when that was looked at. So each belief is seen at least once, and a world that is judged is
 * one that was there: beliefs that stood while the rows were read. On a real server a belief begins when the answer has arrived, later
 * than in the simulation, and it ends with the decision to release, as there; what is found here is a violation there, too.
 *
 * Not seen: who waits for whom. A deadlock shows by its error.
 */
import type { EndedBy, Property, World } from "../../model/property.ts";
import type { Row, View } from "../../model/protocol.ts";
import { holdsIn, violationIn } from "../../sim/system/asked.ts";
import type { Session } from "./connection.ts";

/** What broke, and how it is said. */
export interface Broken {
  readonly property: string;
  readonly message: string;
}

export interface Watched {
  readonly properties: readonly Property[];
  /** What each client believes at first, by name. */
  readonly views: ReadonlyMap<string, View>;
  readonly tables: readonly string[];
  /** Whether properties are told the time, as a table. */
  readonly clock: boolean;
}

/** A table that a client has locked against readers is not waited for longer than this. */
const LOCK_MS_MAX = 500;

export class Observer {
  readonly #monitor: Session;
  readonly #watched: Watched;
  readonly #onBroken: (broken: Broken) => void;
  readonly #views: Map<string, View>;
  /** Clients that have ended, and why. */
  readonly #ended = new Map<string, EndedBy>();
  readonly #witnessed = new Set<string>();
  #changes = 0;
  /** The change up to which everything was looked at. */
  #seen = 0;
  #looking: Promise<void> | null = null;
  #looks = 0;

  private constructor(monitor: Session, watched: Watched, onBroken: (broken: Broken) => void) {
    this.#monitor = monitor;
    this.#watched = watched;
    this.#onBroken = onBroken;
    this.#views = new Map(watched.views);
  }

  static async on(monitor: Session, watched: Watched, onBroken: (broken: Broken) => void): Promise<Observer> {
    await monitor.rows(`SET lock_timeout = ${LOCK_MS_MAX}`);
    return new Observer(monitor, watched, onBroken);
  }

  /** How many worlds were judged. */
  get looks(): number {
    return this.#looks;
  }

  /** The `sometimes` properties that no world has shown. */
  get unseen(): readonly string[] {
    return this.#watched.properties.flatMap(({ kind, name }) =>
      kind === "sometimes" && !this.#witnessed.has(name) ? [name] : [],
    );
  }

  /** A client believes something else now, or has ended; resolves when that was looked at. */
  async changed(name: string, view: View, endedBy: EndedBy | null): Promise<void> {
    this.#views.set(name, view);
    if (endedBy !== null) this.#ended.set(name, endedBy);
    this.#changes += 1;
    const change = this.#changes;
    while (this.#seen < change) {
      this.#looking ??= this.#look();
      await this.#looking;
    }
  }

  async #look(): Promise<void> {
    const before = this.#changes;
    const tables = await this.#read();
    this.#looking = null;
    if (tables === null) this.#seen = before;
    if (tables === null || this.#changes !== before) return;
    this.#seen = before;
    this.#looks += 1;
    this.#judge({
      clients: [...this.#views].map(([name, view]) => {
        const endedBy = this.#ended.get(name) ?? null;
        return { name, view, waitsFor: [], ended: endedBy !== null, endedBy };
      }),
      tables,
    });
  }

  #judge(world: World): void {
    for (const property of this.#watched.properties) {
      if (property.kind === "sometimes") {
        if (holdsIn(property, world)) this.#witnessed.add(property.name);
        continue;
      }
      const message = violationIn(property, world);
      if (message !== null) this.#onBroken({ property: property.name, message });
    }
  }

  /** All tables in one snapshot; null where one of them is locked. */
  async #read(): Promise<Record<string, readonly Row[]> | null> {
    const found: Record<string, readonly Row[]> = {};
    await this.#monitor.rows("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    try {
      for (const table of this.#watched.tables) {
        const name = this.#monitor.client.escapeIdentifier(table);
        const reply = await this.#monitor.run({ text: `SELECT * FROM ${name}`, values: [] });
        if (reply.kind === "failed") return null;
        found[table] = reply.rows.map((row) =>
          Object.fromEntries(reply.fields.map((field, at) => [field, row[at] ?? null])),
        );
      }
      if (this.#watched.clock) {
        const [[now = null] = []] = await this.#monitor.rows("SELECT now()");
        found["clock"] = [{ of: "server", now }];
      }
      return found;
    } finally {
      await this.#monitor.rows("ROLLBACK");
    }
  }
}
