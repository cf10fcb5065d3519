/** When the fuzzer stops a session that waits. */
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { WaitingSessions } from "../../src/fuzz/holding-server.ts";

function sessions(): { held: number[]; looked: Map<number, boolean>; waiting: WaitingSessions } {
  const held: number[] = [];
  const looked = new Map<number, boolean>();
  const hold = async (pid: number): Promise<void> => {
    held.push(pid);
  };
  return { held, looked, waiting: new WaitingSessions({ hold, letGo: () => {} }, looked) };
}

test("a session that waits is held when it has looked for a deadlock, and not before", async () => {
  const { held, looked, waiting } = sessions();
  const done = waiting.hold(7);
  await turn();
  expect(held).toEqual([]);
  looked.set(7, true);
  await done;
  expect(held).toEqual([7]);
});

test("a session that was let go has to look again before it is held", async () => {
  const { held, looked, waiting } = sessions();
  looked.set(7, true);
  await waiting.hold(7);
  waiting.letGo(7);
  const done = waiting.hold(7);
  await turn();
  expect(held).toEqual([7]);
  looked.set(7, true);
  await done;
  expect(held).toEqual([7, 7]);
});
