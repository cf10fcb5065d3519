/**
 * Makes a case that differs as short as it gets.
 *
 * Statements, rows and constraints are left out, one after the other and in groups, and clauses are taken out of
 * statements, as long as both servers still differ. Every attempt runs on both servers. Where a statement can't be sent any
 * more because its session waits, it is left out, too.
 */
import { DEFINING, planOfSends, type Send } from "./case.ts";
import { type LockStepResult, lockStep, type World } from "./lock-step.ts";
import type { RealSide } from "./real-side.ts";

export interface Script {
  readonly world: World;
  readonly sends: readonly Send[];
}

export type Differing = LockStepResult & { readonly kind: "differs" };

const ATTEMPTS_MAX = 600;
/** Where the real server's outcome depends on its timing, one run says little. */
const TRIES = 2;

/** The statements of a run, as a script that runs them again. */
export function scriptOf(world: World, { executed }: LockStepResult): Script {
  const sends = executed.map(({ send, observation }) => {
    const failed = observation.replies.get(send.session)?.kind === "failed";
    return failed ? { ...send, labels: send.labels.filter((label) => label !== DEFINING) } : send;
  });
  return { world, sends };
}

/** The shortest script found, with its difference; null when the difference does not show again. */
export async function shrink(
  start: Script,
  real: RealSide,
): Promise<{ readonly script: Script; readonly result: Differing } | null> {
  const search = new Search(real);
  if (!(await search.try(start, 5 * TRIES))) return null;
  for (let before = -1; before !== search.attempts && search.attempts < ATTEMPTS_MAX; ) {
    before = search.accepted;
    await search.withoutStatements();
    await search.withoutPairs();
    await search.simplerStatements();
    await search.simplerSetup();
    if (search.accepted === before) break;
  }
  return search.best;
}

class Search {
  readonly #real: RealSide;
  best: { readonly script: Script; readonly result: Differing } | null = null;
  attempts = 0;
  accepted = 0;

  constructor(real: RealSide) {
    this.#real = real;
  }

  /** Takes the script for the best one when it differs. */
  async try(script: Script, tries = TRIES): Promise<boolean> {
    for (let at = 0; at < tries; at++) {
      this.attempts += 1;
      const result = await lockStep(script.world, planOfSends(script.sends), this.#real).catch(() => null);
      if (result?.kind !== "differs") continue;
      this.best = { script: scriptOf(script.world, result), result };
      this.accepted += 1;
      return true;
    }
    return false;
  }

  get #script(): Script {
    if (this.best === null) throw new Error("assertion failed: the search begins with a script that differs");
    return this.best.script;
  }

  async withoutStatements(): Promise<void> {
    for (let size = Math.ceil(this.#script.sends.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = this.#script.sends.length - size; at >= 0; at -= size) {
        await this.#without((_, index) => index >= at && index < at + size);
      }
    }
  }

  /** BEGIN and COMMIT of a transaction go only together. */
  async withoutPairs(): Promise<void> {
    for (let first = 0; first < this.#script.sends.length; first++) {
      for (let second = first + 1; second < this.#script.sends.length; second++) {
        const { session } = this.#script.sends[first] ?? {};
        if (this.#script.sends[second]?.session !== session) continue;
        await this.#without((_, index) => index === first || index === second);
      }
    }
  }

  async #without(gone: (send: Send, index: number) => boolean): Promise<void> {
    const { world, sends } = this.#script;
    const rest = sends.filter((send, index) => !gone(send, index));
    if (rest.length < sends.length) await this.try({ world, sends: rest });
  }

  async simplerStatements(): Promise<void> {
    for (let at = 0; at < this.#script.sends.length; at++) {
      for (const [pattern, replacement] of SIMPLER) {
        const { world, sends } = this.#script;
        const send = sends[at];
        const text = send?.query.text.replace(pattern, replacement);
        if (send === undefined || text === undefined || text === send.query.text) continue;
        await this.try({ world, sends: sends.with(at, { ...send, query: { ...send.query, text } }) });
      }
    }
  }

  async simplerSetup(): Promise<void> {
    for (let at = this.#script.world.setup.length - 1; at >= 0; at--) {
      const { world, sends } = this.#script;
      const text = world.setup[at] ?? "";
      if (at > 0 && (await this.try({ world: { ...world, setup: world.setup.toSpliced(at, 1) }, sends }))) continue;
      for (const simpler of simplerSetups(text)) {
        await this.try({ world: { ...world, setup: world.setup.with(at, simpler) }, sends });
      }
    }
  }
}

const SIMPLER: readonly (readonly [RegExp, string])[] = [
  [/ RETURNING .*$/, ""],
  [/ ISOLATION LEVEL \w+ ?\w*$/, ""],
  [/ READ ONLY/, ""],
  [/ WHERE .*$/, ""],
  [/ AND .*$/, ""],
  [/ ORDER BY .*$/, ""],
  [/SELECT .* FROM/, "SELECT * FROM"],
  [/^[^;]*; /, ""],
  [/; [^;]*$/, ""],
  [/IN [A-Z ]+ MODE/, "IN ACCESS EXCLUSIVE MODE"],
];

function simplerSetups(text: string): readonly string[] {
  const rows = text.match(/^(INSERT INTO \w+ (?:\([^)]*\) )?VALUES )(.*)$/);
  if (rows === null)
    return [
      text.replace(" UNIQUE", ""),
      text.replace(" NOT NULL CHECK (v < 12)", ""),
      text.replace(/ REFERENCES t[^,]*/, ""),
      text.replace(/ ON (DELETE|UPDATE) [A-Z ]+/, ""),
    ].filter((each) => each !== text);
  const values = (rows[2] ?? "").split("), (");
  if (values.length < 2) return [];
  return values.map((_, at) => {
    const rest = values.toSpliced(at, 1).join("), (").replace(/^\(?/, "(").replace(/\)?$/, ")");
    return `${rows[1]}${rest}`;
  });
}
