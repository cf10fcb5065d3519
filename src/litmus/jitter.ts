/** How the runs of a program are disturbed, by chance: each run in another way, the same ones for the same seed. */
import type { Draw } from "../../sim/litmus/draw.ts";
import type { LitmusProgram } from "../../sim/litmus/program.ts";
import type { Jitter } from "./lane.ts";

/** A statement takes the server 50 to 500 microseconds, an empty one some five. */
const EMPTY_MAX = 40;
const STOP_AFTER_US_MAX = 700;
const STOP_FOR_US_MAX = 1500;

export function jitterOf(draw: Draw, { sessions }: LitmusProgram): Jitter {
  const all = [...sessions.keys()];
  return {
    order: draw.some(all.length, all),
    empty: sessions.map((statements) =>
      statements.map((_, at) => (draw.chance(at === 0 ? 50 : 25) ? draw.between(1, EMPTY_MAX) : 0)),
    ),
    stop: draw.chance(50)
      ? {
          session: draw.between(0, all.length - 1),
          afterUs: draw.between(0, STOP_AFTER_US_MAX),
          forUs: draw.between(300, STOP_FOR_US_MAX),
        }
      : null,
  };
}
