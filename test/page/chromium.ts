/**
 * Finds a Chromium for the tests of pages, and starts it so that it asks the network for nothing by itself.
 *
 * `CHROMIUM_PATH` names one; otherwise the places where systems put it are tried. Where there is none the tests are
 * skipped, and the run prints why.
 */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import type { TestContext } from "vitest";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const FLAGS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-domain-reliability",
  "--disable-sync",
  "--no-first-run",
  "--no-pings",
];

/** Why the tests of pages are skipped where no browser is found. */
const NO_CHROMIUM =
  "no Chromium found: install one (apt-get install chromium) or name it in the environment variable CHROMIUM_PATH";

/** The browser's program; null where there is none. A `CHROMIUM_PATH` that does not exist is an error, not a skip. */
function chromiumPath(): string | null {
  const named = process.env["CHROMIUM_PATH"];
  if (named !== undefined && named !== "") {
    if (!existsSync(named)) throw new Error(`CHROMIUM_PATH is ${named}, and there is no such file`);
    return named;
  }
  return PLACES.find((place) => existsSync(place)) ?? null;
}

/** Starts the browser; null where there is none. */
export async function startChromium(): Promise<Browser | null> {
  const executablePath = chromiumPath();
  if (executablePath === null) return null;
  // The sandbox refuses to run as root, where tests in containers usually run.
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath, args: [...FLAGS, ...(isRoot ? ["--no-sandbox"] : [])] });
}

/** The browser for a test, or the test is skipped with the reason. */
export function needed(browser: Browser | null, context: TestContext): Browser {
  if (browser === null) context.skip(NO_CHROMIUM);
  return browser as Browser;
}
