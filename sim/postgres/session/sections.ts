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
 * session, where a member of a set names two (SERIALIZABLE's dependencies), and where old versions side by side are in the order of
 * values that have other names now; there `textOfState` (key.ts) finds its way by trying.
 */
import type { Catalog } from "../catalog/catalog.ts";
import type { KeyLabels, Sections, SessionId } from "../server.ts";
import { hasSet, sessionKey, sharedKey, type Writer, writerFor } from "./key.ts";
import type { Session, State } from "./state.ts";

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

/** Writes the sections of databases in which client i, of the i-th name, has session i. */
export class SectionWriter {
  readonly #initial: Catalog;
  readonly #sessionNamed: ReadonlyMap<string, SessionId>;
  readonly #statements = new Map<string, number>();
  /** Private parts by the session, which databases share, and by the labels of keys; null where one names another session. */
  readonly #privates = new WeakMap<Session, (string | null)[]>();

  constructor(initial: Catalog, names: readonly string[]) {
    this.#initial = initial;
    this.#sessionNamed = new Map(names.map((name, session) => [name, session]));
  }

  of(state: State, keys: KeyLabels | null): Sections | null {
    if (Object.values(state.heaps).some(hasSet)) return null;
    const own: string[] = [];
    for (const [id, session] of state.sessions.entries()) {
      const text = this.#private(session, id, keys);
      if (text === null) return null;
      own.push(text);
    }
    const shared = this.#shared(state, keys);
    if (shared === null) return null;
    const gaps = state.sessions.map(() => "");
    shared.gaps.forEach((who, gap) => {
      for (const id of who) gaps[id] += ` ${gap}`;
    });
    return { shared: shared.text, own, gaps };
  }

  #shared(
    state: State,
    keys: KeyLabels | null,
  ): { readonly text: string; readonly gaps: readonly (readonly SessionId[])[] } | null {
    let gaps: (readonly SessionId[])[] = [];
    let namesTwo = false;
    const gap = (...who: readonly SessionId[]): Gap => new Gap(who, (each) => gaps.push(each));
    const writer = this.#writer(gap, {
      keys,
      set: (members) => {
        const alike = new Map<string, (readonly SessionId[])[]>();
        const outside = gaps;
        for (const member of members) {
          gaps = [];
          const text = JSON.stringify(member);
          const who = gaps.flat();
          if (who.length > 1) namesTwo = true;
          const others = alike.get(text);
          if (others === undefined) alike.set(text, [who]);
          else others.push(who);
        }
        gaps = outside;
        const texts = [...alike].sort(([a], [b]) => (a < b ? -1 : 1));
        return texts.map(([text, each]) => [text, each.length, gap(...each.flat())]);
      },
    });
    const text = JSON.stringify(sharedKey(state, writer));
    return namesTwo ? null : { text, gaps };
  }

  #private(session: Session, me: SessionId, keys: KeyLabels | null): string | null {
    const texts = this.#privates.get(session) ?? [];
    const known = texts[keys?.id ?? 0];
    if (known !== undefined) return known;
    let namesOthers = false;
    const writer = this.#writer(
      (who) => {
        if (who !== me) namesOthers = true;
        return { me: 0 };
      },
      { keys },
    );
    const written = JSON.stringify(sessionKey(session, writer));
    const text = namesOthers ? null : written;
    texts[keys?.id ?? 0] = text;
    this.#privates.set(session, texts);
    return text;
  }

  #writer(
    label: (session: SessionId) => unknown,
    { keys, set }: Pick<Writer, "keys"> & Pick<Partial<Writer>, "set">,
  ): Writer {
    const rename = (text: string, isSql: boolean): unknown => {
      if (isSql) return this.#statement(text);
      const session = this.#sessionNamed.get(text);
      return session === undefined ? text : label(session);
    };
    const writer = writerFor(this.#initial, { label, rename, keys });
    return set === undefined ? writer : { ...writer, set };
  }

  /** The number of a statement: a name in it is a matter for whoever asks for sections. */
  #statement(sql: string): number {
    const known = this.#statements.get(sql) ?? this.#statements.size;
    this.#statements.set(sql, known);
    return known;
  }
}
