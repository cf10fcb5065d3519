/**
 * The timers of the simulated server's sessions, on a clock that moves only when somebody waits for it.
 *
 *     0 ms   s1: LOCK TABLE a; waits     deadlock check at 100, lock timeout at 10
 *     10 ms  the tester looks            nothing has run out before 10: s1 is blocked
 *     20 ms  the tester looks again      the lock timeout of s1 has run out at 10
 *
 * Several that run out at the same time go in PostgreSQL's order: the deadlock check, the lock timeout, the statement timeout.
 */

export type TimerKind = "deadlock check" | "lock timeout" | "statement timeout" | "idle in transaction";

export interface Timer {
  readonly session: number;
  readonly kind: TimerKind;
  readonly atMs: number;
}

const ORDER: readonly TimerKind[] = ["deadlock check", "lock timeout", "statement timeout", "idle in transaction"];

export class VirtualClock {
  #nowMs = 0;
  #timers: Timer[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Sets the timer, in place of an earlier one of its kind. Zero means never. */
  set(session: number, kind: TimerKind, durationMs: number): void {
    this.clear(session, kind);
    if (durationMs > 0) this.#timers.push({ session, kind, atMs: this.#nowMs + durationMs });
  }

  clear(session: number, ...kinds: readonly TimerKind[]): void {
    this.#timers = this.#timers.filter((timer) => timer.session !== session || !kinds.includes(timer.kind));
  }

  /**
   * Moves the clock to the next timer that runs out before `endMs`, and returns it; or to `endMs`, and returns null. A
   * timer that runs out at `endMs` itself is for the next call.
   */
  advance(endMs: number): Timer | null {
    const next = this.#next();
    if (next === undefined || next.atMs >= endMs) {
      this.#nowMs = Math.max(this.#nowMs, endMs);
      return null;
    }
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    this.#timers = this.#timers.filter((timer) => timer !== next);
    return next;
  }

  #next(): Timer | undefined {
    const rank = ({ kind }: Timer): number => ORDER.indexOf(kind);
    return [...this.#timers].sort((a, b) => a.atMs - b.atMs || rank(a) - rank(b) || a.session - b.session)[0];
  }
}
