/** A ring gives what was put in, all of it and in its order, however often it goes round. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { newRing, put, roomIn, take } from "../../src/cli/unfold-ring.ts";

it("gives states in the order in which they were put in, and takes no more than it has room for", () => {
  const room = roomIn(newRing());
  const moves = fc.array(fc.tuple(fc.nat(room), fc.boolean()), { minLength: 10, maxLength: 30 });
  void fc.assert(
    fc.property(moves, (drawn) => {
      const ring = newRing();
      let [putIn, takenOut] = [0, 0];
      const receive = (states: Int32Array): void => {
        for (let at = 0; at < states.length; at += 3) {
          const isNext = states[at] === takenOut && states[at + 1] === -takenOut && states[at + 2] === takenOut * 2;
          if (!isNext) throw new Error(`state ${takenOut} is not the next one`);
          takenOut++;
        }
      };
      for (const [wanted, isTaken] of drawn) {
        expect(roomIn(ring)).toBe(room - (putIn - takenOut));
        const count = Math.min(wanted, roomIn(ring));
        const states = Array.from({ length: count }, (_, at) => [putIn + at, -(putIn + at), (putIn + at) * 2]);
        put(ring, Int32Array.from(states.flat()));
        putIn += count;
        const inside = putIn - takenOut;
        if (isTaken) expect(take(ring, receive)).toBe(inside);
      }
      take(ring, receive);
      expect(takenOut).toBe(putIn);
    }),
    { seed: 1, numRuns: 10 },
  );
});
