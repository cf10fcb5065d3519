/**
 * Plays a script of several sessions on the simulated server and writes down what each step answered.
 *
 *     play(setup, `
 *       s1> begin; update t set v = 1
 *       s2> update t set v = 2
 *       s1> commit
 *     `)
 *     -> ["s1: BEGIN; UPDATE 1", "s2: waits for s1", "s1: COMMIT", "s2 <- UPDATE 1"]
 *
 * After each line the session runs to its end or its wait, then whoever was woken runs, in the server's order. A deadlock
 * takes the session that has waited longest. `s1! deadlock` makes that move of the environment instead.
 */
import type { Reply } from "../../../model/protocol.ts";
import { createServer } from "../../../sim/postgres/index.ts";
import type { Database, Server, ServerMove, ServerOptions } from "../../../sim/postgres/server.ts";

export interface Played {
  readonly lines: readonly string[];
  readonly server: Server;
  readonly database: Database;
  readonly notes: readonly string[];
}

/** The lines of a script that is played at coarse granularity and READ COMMITTED. */
export function play(setup: string | readonly string[], script: string): readonly string[] {
  return playAll(setup, script).lines;
}

export function playAll(
  setup: string | readonly string[],
  script: string,
  options: Partial<Pick<ServerOptions, "granularity" | "isolation">> = {},
): Played {
  const steps = script
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const names = [...new Set(steps.map((line) => line.split(/[>!] /)[0] ?? ""))].sort();
  const server = createServer({
    sessions: names.length,
    setup: typeof setup === "string" ? [setup] : setup,
    granularity: options.granularity ?? "coarse",
    isolation: options.isolation ?? "read committed",
  });
  const player = new Player(server, names);
  for (const line of steps) player.line(line);
  return { lines: player.lines, server, database: player.database, notes: player.notes };
}

/** A reply as psql would tag it, with its rows: `SELECT 1 (1|alice)`. */
function replyText(reply: Reply): string {
  if (reply.kind === "failed") return `ERROR ${reply.sqlstate}: ${reply.message}`;
  const count =
    reply.rowCount === null ? "" : reply.command === "INSERT" ? ` 0 ${reply.rowCount}` : ` ${reply.rowCount}`;
  const cell = (value: unknown): string => (value === null ? "NULL" : String(value));
  const rows = reply.rows.map((row) => ` (${row.map(cell).join("|")})`).join("");
  return `${reply.command}${count}${rows}`;
}

class Player {
  readonly lines: string[] = [];
  readonly notes: string[] = [];
  database: Database;
  readonly #server: Server;
  readonly #names: readonly string[];
  readonly #parts: string[][];
  /** The sessions that wait, the one that has waited longest first. */
  readonly #waiting: number[] = [];

  constructor(server: Server, names: readonly string[]) {
    this.#server = server;
    this.#names = names;
    this.#parts = names.map(() => []);
    this.database = server.initial;
  }

  line(line: string): void {
    const [name = "", rest = ""] = line.split(/[>!] (.*)/s);
    const session = this.#names.indexOf(name);
    const move: ServerMove = line.startsWith(`${name}>`)
      ? { kind: "send", query: { text: rest, values: [] } }
      : { kind: rest as Exclude<ServerMove["kind"], "send"> };
    this.#move(session, move);
    for (let own = this.#next(session); own !== undefined; own = this.#next(session)) this.#move(session, own);
    for (let next = this.#next(null); next !== undefined; next = this.#next(null)) this.#move(next.session, next);
  }

  /** The next move that needs no decision: of this session, or of anybody, a deadlock last. */
  #next(session: number | null): ReturnType<Server["moves"]>[number] | undefined {
    const moves = this.#server.moves(this.database).filter((move) => !move.kind.endsWith("timeout"));
    const running = moves.find((move) => move.kind === "resume" || move.kind === "commit");
    if (session !== null)
      return moves.find((move) => move.session === session && ["resume", "commit"].includes(move.kind));
    const victim = this.#waiting.find((waiter) => moves.some((move) => move.session === waiter));
    return running ?? moves.find((move) => move.session === victim);
  }

  #move(session: number, move: ServerMove): void {
    const outcome = this.#server.step(this.database, session, move);
    this.database = outcome.database;
    this.notes.push(...outcome.notes.map((note) => this.#named(note)));
    const { progress } = outcome;
    const name = this.#names[session] ?? "";
    if (progress.kind === "stopped" && progress.reply) this.#parts[session]?.push(replyText(progress.reply));
    if (progress.kind === "waits" && !this.#waiting.includes(session)) {
      this.#waiting.push(session);
      const whom = progress.waitsFor.map((other) => this.#names[other]).join(", ");
      this.lines.push(`${name}: waits for ${whom}`);
    }
    if (progress.kind !== "replied") return;
    const text = [...(this.#parts[session] ?? []), replyText(progress.reply)].join("; ");
    this.#parts[session] = [];
    const waited = this.#waiting.indexOf(session);
    if (waited >= 0) this.#waiting.splice(waited, 1);
    this.lines.push(waited >= 0 ? `${name} <- ${text}` : `${name}: ${text}`);
  }

  #named(note: string): string {
    return note.replace(/session (\d+)/g, (_, number) => this.#names[Number(number)] ?? "");
  }
}
