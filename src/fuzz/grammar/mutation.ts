/** Cases that reached a branch first, changed a little: near them there may be more that is seldom met. */
import type { FuzzCase, Statement } from "../case.ts";
import { Draw } from "./draw.ts";

const KEPT_MAX = 400;

/** The cases that reached something new; the oldest are forgotten. */
export class KeptCases {
  readonly #cases: FuzzCase[] = [];

  keep(one: FuzzCase): void {
    this.#cases.push(one);
    if (this.#cases.length > KEPT_MAX) this.#cases.shift();
  }

  /** One of them, changed; null where there are none. */
  changed(seed: number): FuzzCase | null {
    const draw = new Draw(seed);
    if (this.#cases.length === 0) return null;
    const one = draw.pick(this.#cases);
    // A session of another case mostly finds what it names where there are as many tables.
    const other = draw.pick(this.#cases.filter(({ tables }) => tables.length === one.tables.length));
    const sessions = draw.one<readonly (readonly Statement[])[]>(
      [3, () => one.sessions.map((own) => altered(draw, own))],
      [3, () => [...one.sessions.slice(0, 3), draw.pick(other.sessions)]],
      [2, () => [...one.sessions.slice(0, 3), draw.pick(one.sessions)]],
      [1, () => one.sessions],
    );
    return { ...one, sessions, picks: one.picks.map(() => draw.int(0, sessions.length - 1)) };
  }
}

/** A statement more, less, twice or somewhere else, or with another number. */
function altered(draw: Draw, own: readonly Statement[]): readonly Statement[] {
  if (own.length === 0) return own;
  const at = draw.int(0, own.length - 1);
  const chosen = own[at] ?? own[0];
  if (chosen === undefined) return own;
  return draw.one<readonly Statement[]>(
    [3, () => own.with(at, renumbered(draw, chosen))],
    [1, () => own.toSpliced(at, 1)],
    [1, () => own.toSpliced(draw.int(0, own.length), 0, chosen)],
    [1, () => own.toSpliced(at, 1).toSpliced(draw.int(0, own.length - 1), 0, chosen)],
  );
}

function renumbered(draw: Draw, one: Statement): Statement {
  const text = one.query.text.replace(/\b[0-3]\b/, () => String(draw.int(0, 3)));
  return { ...one, query: { ...one.query, text } };
}
