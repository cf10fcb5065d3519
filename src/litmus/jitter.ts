/** How the runs of a program are disturbed, by chance: each run in another way, the same ones for the same seed. */
import type { Draw } from "../../sim/litmus/draw.ts";
import type { LitmusProgram } from "../../sim/litmus/program.ts";
import type { Jitter } from "./lane.ts";

/** An empty query takes the server some five microseconds, a statement 50 to 500. */
const EMPTY_MAX = 40;
/** A stop comes within the usual time of a session, or a little later. */
const STOP_PERCENT_MAX = 130;

export function jitterOf(draw: Draw, { sessions }: LitmusProgram): Jitter {
  const all = [...sessions.keys()];
  const order = draw.some(all.length, all);
  const stops = draw.chance(50);
  // Mostly the others come when it is stopped; sometimes some have come before.
  const stopped = draw.chance(75) ? order[0] : order[draw.between(0, all.length - 1)];
  return {
    order,
    empty: sessions.map((statements) =>
      statements.map((_, at) => (draw.chance(at === 0 ? 50 : 25) ? draw.between(1, EMPTY_MAX) : 0)),
    ),
    stop:
      stops && stopped !== undefined
        ? { session: stopped, after: draw.between(0, STOP_PERCENT_MAX) / 100, length: draw.between(1, 4) }
        : null,
  };
}
