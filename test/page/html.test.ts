/**
 * The page of a trace in a real headless browser, opened from disk: what it shows, how it is stepped through, for
 * whom it can be read, and that it asks the network for nothing.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { recordTrace } from "../../sim/trace/record.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { renderHtml } from "../../src/page/html.ts";
import { about, fakeSystem, RACE, RACE_WITH_WAIT, schedule } from "../sim/trace/fake-system.ts";
import { needed, startChromium } from "./chromium.ts";

const folder = mkdtempSync(join(tmpdir(), "lockstep-page-"));
let browser: Browser | null = null;

beforeAll(async () => {
  browser = await startChromium();
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

function traceOf(steps: typeof RACE, clients: readonly string[] = ["alice", "bob"], prefix = ""): Promise<Trace> {
  return recordTrace(fakeSystem({ clients, protocol: "check-then-act", prefix }), steps, about(clients));
}

interface Opened {
  readonly page: Page;
  readonly url: string;
  /** Every address that the page asked for. */
  readonly requests: readonly string[];
  /** What the page complained of: scripts that failed, requests that its policy forbade. */
  readonly complaints: readonly string[];
}

let files = 0;

async function open(
  context: TestContext,
  trace: Trace,
  how: BrowserContextOptions & { readonly hash?: string } = {},
): Promise<Opened> {
  const { hash = "", ...options } = how;
  files += 1;
  const file = join(folder, `trace-${files}.html`);
  writeFileSync(file, renderHtml(trace));
  const session = await needed(browser, context).newContext({ ...options, reducedMotion: "reduce" });
  context.onTestFinished(() => session.close());
  const page = await session.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  const url = pathToFileURL(file).href;
  await page.goto(url + hash);
  return { page, url, requests, complaints };
}

/** The number of the moment that is shown. */
async function shown(page: Page): Promise<readonly string[]> {
  return page
    .locator("[data-moment]:visible")
    .evaluateAll((all) => all.map((one) => one.getAttribute("data-moment") ?? ""));
}

describe("the page of a trace, opened from disk", () => {
  it("asks for no other file and complains of nothing", async (context) => {
    const { page, url, requests, complaints } = await open(context, await traceOf(RACE));
    for (let step = 0; step < RACE.length; step += 1) await page.keyboard.press("ArrowRight");
    await page.waitForLoadState("networkidle");
    expect(requests).toEqual([url]);
    expect(complaints).toEqual([]);
  });

  it("begins before the first step", async (context) => {
    const { page } = await open(context, await traceOf(RACE));
    expect(await shown(page)).toEqual(["0"]);
    expect(await page.locator(".verdict:visible").count()).toBe(0);
  });

  it("comes to the violation with the right arrow, step by step", async (context) => {
    const { page } = await open(context, await traceOf(RACE));
    const seen: (readonly string[])[] = [];
    for (let step = 0; step < RACE.length; step += 1) {
      await page.keyboard.press("ArrowRight");
      seen.push(await shown(page));
    }
    expect(seen).toEqual([["1"], ["2"], ["3"], ["4"], ["5"], ["6"]]);
    expect(await page.locator(".verdict:visible").innerText()).toBe(
      "mutual-exclusion is violated. alice and bob both own buffer 1",
    );
  });

  it.for([
    ["End", ["End"], "6"],
    ["Home", ["End", "Home"], "0"],
    ["the left arrow", ["End", "ArrowLeft"], "5"],
    ["space", [" ", " "], "2"],
    ["shift and space", [" ", " ", "Shift+ "], "1"],
    ["the right arrow at the end", ["End", "ArrowRight"], "6"],
    ["the left arrow at the start", ["ArrowLeft"], "0"],
  ] as const)("obeys %s", async ([, keys, step], context) => {
    const { page } = await open(context, await traceOf(RACE));
    for (const key of keys) await page.keyboard.press(key);
    expect(await shown(page)).toEqual([step]);
  });

  it("leaves the browser's own shortcuts alone", async (context) => {
    const { page } = await open(context, await traceOf(RACE));
    await page.keyboard.press("Control+ArrowRight");
    expect(await shown(page)).toEqual(["0"]);
  });

  it("obeys its buttons, one press one step", async (context) => {
    const { page } = await open(context, await traceOf(RACE));
    await page.getByRole("button", { name: "To the end" }).click();
    await page.getByRole("button", { name: "One step back" }).click();
    expect(await shown(page)).toEqual(["5"]);
    await page.getByRole("button", { name: "One step on" }).focus();
    await page.keyboard.press(" ");
    expect(await shown(page)).toEqual(["6"]);
  });

  it("goes to the step whose row is pressed", async (context) => {
    const { page } = await open(context, await traceOf(RACE));
    await page.locator('[data-row="4"] .card').click();
    expect(await shown(page)).toEqual(["4"]);
  });

  it("obeys a finger", async (context) => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    const { page } = await open(context, await traceOf(RACE), phone);
    await page.getByRole("button", { name: "One step on" }).tap();
    await page.locator('[data-tick="3"]').tap();
    expect(await shown(page)).toEqual(["3"]);
  });
});

describe("the address of the page", () => {
  it("remembers the step", async (context) => {
    const { page, url } = await open(context, await traceOf(RACE));
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(page.url()).toBe(`${url}#step=2`);
    await page.reload();
    expect(await shown(page)).toEqual(["2"]);
  });

  it("leads to a step", async (context) => {
    const { page } = await open(context, await traceOf(RACE), { hash: "#step=5" });
    expect(await shown(page)).toEqual(["5"]);
  });

  it("leads to the last step where it names one that there is not, and to the start where it names none", async (context) => {
    const trace = await traceOf(RACE);
    expect(await shown((await open(context, trace, { hash: "#step=99" })).page)).toEqual(["6"]);
    expect(await shown((await open(context, trace, { hash: "#race" })).page)).toEqual(["0"]);
  });

  it("is followed by the links to steps in the explanation", async (context) => {
    const { page } = await open(context, await traceOf(RACE));
    await page.locator(".why a", { hasText: "4" }).click();
    expect(await shown(page)).toEqual(["4"]);
  });
});

describe("what the page shows at a step", () => {
  it("is the rows and each client's belief, with what they were before", async (context) => {
    const { page } = await open(context, await traceOf(RACE), { hash: "#step=4" });
    const moment = page.locator("[data-moment]:visible");
    expect(await moment.locator("td.changed s").innerText()).toBe("null");
    expect(await moment.locator("td.changed ins").innerText()).toBe("alice");
    expect(await moment.locator(".beliefs li").allInnerTexts()).toEqual([
      "alice\nowns nothing owns 1",
      "bob\nowns nothing",
    ]);
  });

  it("is the statement with its values, and as it was sent", async (context) => {
    const { page } = await open(context, await traceOf(RACE), { hash: "#step=3" });
    const step = page.locator("[data-moment]:visible .step");
    expect((await step.locator(".sql").innerText()).replace(/\s+/g, " ")).toBe(
      "UPDATE buffers SET locked_by = 'alice' WHERE id = 1",
    );
    expect(await step.locator(".as-sent").innerText()).toContain("SET locked_by = $1 WHERE id = $2");
  });

  it("is who waits for whom, with an arrow and a dotted lane", async (context) => {
    const { page } = await open(context, await traceOf(RACE_WITH_WAIT), { hash: "#step=4" });
    expect(await page.locator("[data-moment]:visible .waiting").innerText()).toBe("waits for alice");
    expect(await page.getByRole("img", { name: "bob waits for alice" }).isVisible()).toBe(true);
    expect(await page.locator('[data-row="5"] .life.waits').count()).toBe(1);
  });

  it("leaves out the rows of a large table that never change, and says how many", async (context) => {
    const trace = await traceOf(RACE);
    const more = Array.from({ length: 9 }, (_, at) => ({ id: at + 2, locked_by: null }));
    const withMore = (tables: Trace["start"]["tables"]) =>
      Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, [...rows, ...more]]));
    const large: Trace = {
      ...trace,
      start: { ...trace.start, tables: withMore(trace.start.tables) },
      steps: trace.steps.map((step) => ({ ...step, tables: withMore(step.tables) })),
    };
    const { page } = await open(context, large, { hash: "#step=4" });
    const tables = page.locator("[data-moment]:visible .tables");
    expect(await tables.locator("tbody tr").count()).toBe(1);
    expect(await tables.locator("p").innerText()).toBe("and 9 rows that never change");
  });

  it("has the two steps of the race marked in words", async (context) => {
    const { page } = await open(context, await traceOf(RACE));
    expect(await page.locator('[data-row="2"] .tag').innerText()).toBe("race: comes before step 4");
    expect(await page.locator('[data-row="4"] .tag').innerText()).toBe("race: comes after step 2");
    expect(await page.locator(".tag").count()).toBe(2);
  });

  it("says that nothing broke where nothing did", async (context) => {
    const { page } = await open(context, await traceOf(RACE.slice(0, 4)));
    expect(await page.locator("h1").innerText()).toBe("Nothing broke in 4 steps");
    expect(await page.locator(".verdict, .break, .why").count()).toBe(0);
  });

  it("is never markup that came out of a row", async (context) => {
    const prefix = "</script><script>document.title='stolen'</script><img src=x onerror=alert(1)>\"'&amp;";
    const { page, url, requests } = await open(context, await traceOf(RACE, ["alice", "bob"], prefix), {
      hash: "#step=4",
    });
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).not.toBe("stolen");
    expect(await page.locator("[data-moment]:visible td.changed ins").innerText()).toBe(`${prefix}alice`);
    expect(requests).toEqual([url]);
  });
});

describe("the page for everybody", () => {
  it("tells a screen reader each step that it comes to", async (context) => {
    const { page } = await open(context, await traceOf(RACE));
    await page.keyboard.press("End");
    expect(await page.getByRole("status").innerText()).toBe(
      "Step 6 of 6. bob: UPDATE of step 5 commits. mutual-exclusion is violated: alice and bob both own buffer 1.",
    );
    expect(await page.locator("[aria-current=step]").getAttribute("data-row")).toBe("6");
  });

  it("can be read without its script: the last moment, and every step", async (context) => {
    const { page } = await open(context, await traceOf(RACE), { javaScriptEnabled: false });
    expect(await page.locator(".verdict").last().isVisible()).toBe(true);
    expect(await page.locator("[data-row]:visible").count()).toBe(RACE.length + 1);
  });

  it.for([2, 3, 6])("is not wider than a phone with %i clients", async (count, context) => {
    const clients = ["alice", "bob", "carol", "dave", "erin", "frank"].slice(0, count);
    const trace = await traceOf(schedule(clients.map((client) => `${client}/acquire 1`).join(", ")), clients);
    const { page } = await open(context, trace, {
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hash: "#step=2",
    });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
  });

  it.for(["light", "dark"] as const)("has text that stands out from its ground in %s", async (colorScheme, context) => {
    const { page } = await open(context, await traceOf(RACE), { colorScheme });
    const colors = await page.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      const names = [..."012345"]
        .map((lane) => `--c${lane}`)
        .concat("--ink", "--soft", "--faint", "--amber", "--red", "--text", "--number");
      const value = (name: string) => style.getPropertyValue(name).trim();
      return { texts: names.map(value), grounds: ["--paper", "--sheet", "--amber-wash", "--red-wash"].map(value) };
    });
    const worst = Math.min(...colors.texts.flatMap((text) => colors.grounds.map((ground) => contrast(text, ground))));
    expect(worst).toBeGreaterThanOrEqual(4.5);
  });
});

/** The contrast ratio of WCAG 2.2 between two colours as `#rrggbb`. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
