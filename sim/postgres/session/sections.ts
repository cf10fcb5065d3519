/**
 * The database as a skeleton that does not say who is who, and one section for each session that says what this one is in it.
 *
 *     row 1 is locked by alice, and owned by bob          shared   [[1,?0],{"l":[["?","update"] of ?1]}]
 *                                                         alice    me: a transaction …        fills 1
 *                                                         bob      me: idle                   fills 0
 *
 * The shared part has a gap wherever it names a session or its client; members of a set that are alike but for one name have one gap
 * together. A section has the session's private part, in which it is `me`, and the numbers of the gaps that it fills. So the database
 * can be put together again from both, and exchanging two sessions exchanges their sections and nothing else: two databases are alike
 * but for who is who exactly if they have the same skeleton and the same sections, in any order. No orders have to be tried.
 *
 * That works where everything is said of one session at a time. There are no sections (null) where a private part names another
 * session, where members of a set are alike but for two names each, so that who stands with whom would be lost, and where somebody has
 * the place of an old version among several, which are in the order of values that have other names now; there `textOfState` (key.ts)
 * finds its way by trying.
 */
import type { Catalog } from "../catalog/catalog.ts";
import type { LockObject } from "../locks/lock-object.ts";
import type { KeyLabels, Sections, SessionId } from "../server.ts";
import type { Heap, Version } from "../versions/heap.ts";
import { runsOf } from "../versions/history.ts";
import { hasSet, lockKey, sessionKey, sharedKey, versionKey, type Writer, writerFor } from "./key.ts";
import type { Session, State } from "./state.ts";
import { positionsOf } from "./state.ts";

/** Stands for whom a text names, and takes down who it was when it is written. */
class Gap {
  readonly #who: readonly SessionId[];
  readonly #filled: (who: readonly SessionId[]) => void;

  constructor(who: readonly SessionId[], filled: (who: readonly SessionId[]) => void) {
    this.#who = who;
    this.#filled = filled;
  }

  /** No value of a row is an object, so nothing else is written like this. */
  toJSON(): unknown {
    this.#filled(this.#who);
    return { "?": 0 };
  }
}

/** Whether a session, or another version, has the place of one of several old versions side by side. */
function hasHeldSet({ sessions }: State, table: string, heap: Heap): boolean {
  if (!hasSet(heap)) return false;
  const held = new Set(sessions.flatMap((session) => positionsOf(session, table)));
  for (const { removed } of heap) if (removed !== null && removed.next !== null) held.add(removed.next);
  return runsOf(heap).some((run) => run.length > 1 && run.some((at) => held.has(at)));
}

/** A piece of the shared part: its text with gaps, who fills each gap, and whether who stands with whom in a set is lost. */
interface Piece {
  readonly text: string;
  readonly gaps: readonly (readonly SessionId[])[];
  readonly losesPairs: boolean;
}

function named(name: string): Piece {
  return { text: JSON.stringify(name), gaps: [], losesPairs: false };
}

/** Writes pieces, one after the other. */
class PieceWriter {
  readonly #writer: Writer;
  #gaps: (readonly SessionId[])[] = [];
  #losesPairs = false;

  /** `writer` makes one with these labels, and this way to write sets. */
  constructor(writer: (label: (session: SessionId) => Gap, set: Writer["set"]) => Writer) {
    this.#writer = writer(
      (session) => this.#gap([session]),
      (members) => this.#set(members),
    );
  }

  write(key: (writer: Writer) => unknown): Piece {
    this.#gaps = [];
    this.#losesPairs = false;
    const text = JSON.stringify(key(this.#writer));
    return { text, gaps: this.#gaps, losesPairs: this.#losesPairs };
  }

  #gap(who: readonly SessionId[]): Gap {
    return new Gap(who, (each) => this.#gaps.push(each));
  }

  /** A member that no other is like keeps its gaps; members that are alike but for the one whom they name have one gap together. */
  #set(members: readonly unknown[]): readonly unknown[] {
    const alike = new Map<string, (readonly (readonly SessionId[])[])[]>();
    const outside = this.#gaps;
    for (const member of members) {
      this.#gaps = [];
      const text = JSON.stringify(member);
      const others = alike.get(text);
      if (others === undefined) alike.set(text, [this.#gaps]);
      else others.push(this.#gaps);
    }
    this.#gaps = outside;
    const texts = [...alike].sort(([a], [b]) => (a < b ? -1 : 1));
    return texts.map(([text, each]) => [text, each.length, ...this.#together(each).map((who) => this.#gap(who))]);
  }

  /** The gaps of members that are alike. */
  #together(members: readonly (readonly (readonly SessionId[])[])[]): readonly (readonly SessionId[])[] {
    const [only = []] = members;
    if (members.length === 1) return only;
    const named = members.map((gaps) => gaps.flat());
    if (named.some((who) => who.length > 1)) this.#losesPairs = true;
    return [named.flat()];
  }
}

/** Writes the sections of databases in which client i, of the i-th name, has session i. */
export class SectionWriter {
  readonly #initial: Catalog;
  readonly #sessionNamed: ReadonlyMap<string, SessionId>;
  readonly #statements = new Map<string, number>();
  /**
   * Private parts by the session, which databases share, and by whose it is and the labels of keys; null where one names another session.
   * Two sessions that are equal may be one value: what names `me` in one of them names another in the other.
   */
  readonly #privates = new WeakMap<Session, (string | null)[]>();
  /** Pieces by the row version or the lock, and by the labels of keys. */
  readonly #pieces = new WeakMap<Version | LockObject, Piece[]>();
  /** By the labels of keys. */
  readonly #pieceWriters: PieceWriter[] = [];

  constructor(initial: Catalog, names: readonly string[]) {
    this.#initial = initial;
    this.#sessionNamed = new Map(names.map((name, session) => [name, session]));
  }

  of(state: State, keys: KeyLabels | null): Sections | null {
    if (Object.entries(state.heaps).some(([table, heap]) => hasHeldSet(state, table, heap))) return null;
    const own: string[] = [];
    for (const [id, session] of state.sessions.entries()) {
      const text = this.#private(session, id, keys);
      if (text === null) return null;
      own.push(text);
    }
    const { text: shared, gaps: filled, losesPairs } = this.#shared(state, keys);
    if (losesPairs) return null;
    const gaps = state.sessions.map(() => "");
    filled.forEach((who, gap) => {
      for (const id of who) gaps[id] += ` ${gap}`;
    });
    return { shared, own, gaps };
  }

  #shared({ heaps, locks, ...rest }: State, keys: KeyLabels | null): Piece {
    const pieces = [this.#piecesUnder(keys).write((writer) => sharedKey({ ...rest, heaps: {}, locks: {} }, writer))];
    for (const table of Object.keys(heaps).sort()) {
      const heap = heaps[table] ?? [];
      if (heap.length > 0) pieces.push(named(table));
      for (const run of runsOf(heap))
        pieces.push(
          this.#run(
            run.map((at) => heap[at] as Version),
            keys,
          ),
        );
    }
    for (const name of Object.keys(locks).sort()) {
      pieces.push(named(name), this.#piece(locks[name] as LockObject, keys, lockKey));
    }
    return {
      text: pieces.map(({ text }) => text).join(),
      gaps: pieces.flatMap(({ gaps }) => gaps),
      losesPairs: pieces.some(({ losesPairs }) => losesPairs),
    };
  }

  /** One version, or several old ones as the set that they are. */
  #run(versions: readonly Version[], keys: KeyLabels | null): Piece {
    const [only] = versions;
    if (only !== undefined && versions.length === 1) return this.#piece(only, keys, versionKey);
    return this.#piecesUnder(keys).write((writer) => writer.set(versions.map((each) => versionKey(each, writer))));
  }

  #piece<T extends Version | LockObject>(
    part: T,
    keys: KeyLabels | null,
    key: (part: T, writer: Writer) => unknown,
  ): Piece {
    const pieces = this.#pieces.get(part) ?? [];
    const known = pieces[keys?.id ?? 0];
    if (known !== undefined) return known;
    const piece = this.#piecesUnder(keys).write((writer) => key(part, writer));
    pieces[keys?.id ?? 0] = piece;
    this.#pieces.set(part, pieces);
    return piece;
  }

  #piecesUnder(keys: KeyLabels | null): PieceWriter {
    const known = this.#pieceWriters[keys?.id ?? 0];
    if (known !== undefined) return known;
    const writer = new PieceWriter((label, set) => ({ ...this.#writer(label, keys), set }));
    this.#pieceWriters[keys?.id ?? 0] = writer;
    return writer;
  }

  #private(session: Session, me: SessionId, keys: KeyLabels | null): string | null {
    const texts = this.#privates.get(session) ?? [];
    const place = (keys?.id ?? 0) * this.#sessionNamed.size + me;
    const known = texts[place];
    if (known !== undefined) return known;
    let namesOthers = false;
    const writer = this.#writer((who) => {
      if (who !== me) namesOthers = true;
      return { me: 0 };
    }, keys);
    const written = JSON.stringify(sessionKey(session, writer));
    const text = namesOthers ? null : written;
    texts[place] = text;
    this.#privates.set(session, texts);
    return text;
  }

  #writer(label: (session: SessionId) => unknown, keys: KeyLabels | null): Writer {
    const rename = (text: string, isSql: boolean): unknown => {
      if (isSql) return this.#statement(text);
      const session = this.#sessionNamed.get(text);
      return session === undefined ? text : label(session);
    };
    return writerFor(this.#initial, { label, rename, keys });
  }

  /** The number of a statement: a name in it is a matter for whoever asks for sections. */
  #statement(sql: string): number {
    const known = this.#statements.get(sql) ?? this.#statements.size;
    this.#statements.set(sql, known);
    return known;
  }
}
