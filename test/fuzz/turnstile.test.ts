import { expect, test } from "vitest";
import { Turnstile } from "../../src/fuzz/turnstile.ts";

test("many go in together, and who wants to be alone is alone", async () => {
  const turnstile = new Turnstile();
  const inside: string[] = [];
  const seen: string[] = [];
  const go = (name: string, alone: boolean): Promise<void> =>
    turnstile.pass(alone, async () => {
      inside.push(name);
      await new Promise((resolve) => setTimeout(resolve, 1));
      seen.push(inside.join(""));
      inside.splice(inside.indexOf(name), 1);
    });
  await Promise.all([go("a", false), go("b", false), go("C", true), go("d", false)]);
  expect(seen).toEqual(["ab", "b", "C", "d"]);
});
