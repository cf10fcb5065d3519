import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundled } from "./bundle.ts";
import { needed, startChromium } from "./chromium.ts";
import { seededTraces } from "./seeded-traces.ts";

const folder = mkdtempSync(join(tmpdir(), "lockstep-same-"));
const SEEDS = [1, 2, 3, 20, 2026];
let browser: Browser | null = null;

beforeAll(async () => {
  browser = await startChromium();
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a seed", () => {
  it("gives the same traces, byte for byte, in Node and in a browser page opened from disk", async (context) => {
    const page = await needed(browser, context).newPage();
    const script = await bundled(fileURLToPath(new URL("seeded-traces.ts", import.meta.url)), "seeded");
    const file = join(folder, "same.html");
    writeFileSync(
      file,
      `<!doctype html><meta charset="utf-8"><script>${script.replaceAll("</script", "<\\/script")}</script>`,
    );
    await page.goto(pathToFileURL(file).href);
    const inBrowser = await page.evaluate<readonly string[], readonly number[]>(
      (seeds) =>
        (
          window as unknown as { seeded: { seededTraces(of: readonly number[]): Promise<readonly string[]> } }
        ).seeded.seededTraces(seeds),
      SEEDS,
    );
    const inNode = await seededTraces(SEEDS);
    expect(inBrowser).toEqual(inNode);
    expect(new Set(inNode).size).toBe(inNode.length);
  });
});
