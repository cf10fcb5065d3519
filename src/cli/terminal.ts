/**
 * What goes to a person's terminal and how: results on standard output, everything else on standard error.
 *
 * Progress is one line that is overwritten; it appears only on a terminal and only when the work takes over a second.
 *
 * What is printed may hold what others have written: SQL, replies, messages of a server, names. Control characters in it are shown as escapes, so
 * that they cannot steer the terminal. The colours are ours: they are written with a mark that nobody else knows, and become sequences at the end.
 */
import { randomBytes } from "node:crypto";
import pc from "picocolors";
import type { ProgressReport } from "../../sim/explore/bounds.ts";
import type { Paint } from "../../sim/trace/text.ts";
import { visible } from "../../sim/trace/wrap.ts";
import type { UsageError } from "../../sim/usage-error.ts";

/** Stands for the beginning of a colour's sequence until the line is printed. */
const COLOUR = `\ue000${randomBytes(8).toString("hex")}`;

/** A text of several lines as it is shown: without characters that steer a terminal. */
export function shown(text: string): string {
  return text
    .split(/([\n\t])/)
    .map((part, at) => (at % 2 === 1 ? part : visible(part)))
    .join("")
    .replaceAll(COLOUR, "\u001b[");
}

/** Writes on standard output: the one that the process had when it began. */
let write = (text: string, written?: () => void): unknown => process.stdout.write(text, written);
let isKept = false;

/** Keeps standard output for what is printed here. Whatever else is printed there from now on goes to standard error. */
export function keepStandardOutput(): void {
  if (isKept) return;
  isKept = true;
  const { stdout } = process;
  const original = stdout.write;
  write = (text, written) => Reflect.apply(original, stdout, [text, written]);
  stdout.write = process.stderr.write.bind(process.stderr);
}

/** Resolves when all that was printed has left this process. */
export async function flushed(): Promise<void> {
  await new Promise<void>((done) => write("", done));
  await new Promise<void>((done) => process.stderr.write("", () => done()));
}

/** Prints a line on standard output. */
export function print(line = ""): void {
  write(`${shown(line)}\n`);
}

/** Prints one JSON object on standard output. */
export function printJson(value: unknown): void {
  write(`${jsonText(value)}\n`);
}

/** JSON in which no character steers a terminal: those that JSON itself leaves as they are become its escapes. */
function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Prints a line on standard error, above the line of progress if there is one. */
export function warn(line: string): void {
  process.stderr.write(`${shown(line)}\n`);
}

/** An error as a program reads it: beside a verdict, or alone. */
export function errorJson({ code, message, hint }: UsageError): { readonly error: Record<string, string> } {
  return { error: { code, message, hint } };
}

/** Tells of an error in what a person gave. */
export function warnUsage({ message, hint }: UsageError): void {
  warn(`error: ${message}`);
  warn(`hint:  ${hint}`);
}

/** Tells that there are no files to a verdict that was told; the exit status stays the verdict's. */
export function warnUnwritten(error: UsageError): void {
  warnUsage(error);
  warn("The verdict stands; its trace was not written.");
}

/** Colours for standard output: plain in a pipe and under NO_COLOR. */
export const paint: Paint = coloured(
  pc.createColors(
    pc.isColorSupported &&
      !["0", "false"].includes(process.env["FORCE_COLOR"] ?? "") &&
      (process.stdout.isTTY === true || "FORCE_COLOR" in process.env),
  ),
);

function coloured(colors: Paint): Paint {
  const by = (name: keyof Paint) => (text: string) => {
    const [before = "", after = ""] = colors[name]("|").split("|");
    return `${before.replaceAll("\u001b[", COLOUR)}${text}${after.replaceAll("\u001b[", COLOUR)}`;
  };
  return {
    bold: by("bold"),
    dim: by("dim"),
    red: by("red"),
    green: by("green"),
    yellow: by("yellow"),
    blue: by("blue"),
    magenta: by("magenta"),
    cyan: by("cyan"),
  };
}

/** How wide text may be: the terminal's width, at least 80 and at most 160; 100 in a pipe. */
export function textWidth(): number {
  const columns = process.stdout.columns;
  return columns === undefined ? 100 : Math.max(80, Math.min(160, columns));
}

const SHOW_AFTER_SECONDS = 1;

/** A line of progress on standard error; `clear` removes it. */
export class ProgressLine {
  readonly #label: string;
  #shown = false;
  #last = 0;

  constructor(label: string) {
    this.#label = label;
  }

  /** Shows how far an exploration is, with its rate; `boundSeconds` gives the time that is left at most. */
  report(report: ProgressReport, boundSeconds: number | null): void {
    if (process.stderr.isTTY !== true || report.seconds < SHOW_AFTER_SECONDS || report.seconds - this.#last < 0.2)
      return;
    this.#last = report.seconds;
    const rate = Math.round(report.states / report.seconds);
    const left = boundSeconds === null ? "" : `, at most ${Math.ceil(boundSeconds - report.seconds)} s left`;
    this.#show(
      `${this.#label}: ${count(report.states)} states, ${count(report.frontier)} to expand, depth ${report.depth}, ` +
        `${count(rate)} states/s, ${report.seconds.toFixed(0)} s${left}`,
    );
  }

  /** Shows how many of at most so many runs are over, with their rate and the time that is left at most. */
  reportRuns(runs: number, runsMax: number, seconds: number): void {
    if (process.stderr.isTTY !== true || seconds < SHOW_AFTER_SECONDS || seconds - this.#last < 0.2) return;
    this.#last = seconds;
    const rate = runs / seconds;
    const left = Math.ceil((runsMax - runs) / rate);
    this.#show(
      `${this.#label}: run ${count(runs)} of at most ${count(runsMax)}, ${count(Math.round(rate))} runs/s, at most ${count(left)} s left`,
    );
  }

  /** Shows how many of so many cells are judged, which take very different times. */
  reportCells(done: number, all: number, seconds: number): void {
    if (process.stderr.isTTY !== true || seconds < SHOW_AFTER_SECONDS) return;
    this.#show(`${this.#label}: ${count(done)} of ${count(all)} cells, ${seconds.toFixed(0)} s`);
  }

  clear(): void {
    if (this.#shown) process.stderr.write("\r\u001b[K");
    this.#shown = false;
  }

  #show(text: string): void {
    this.#shown = true;
    const width = process.stderr.columns ?? 80;
    process.stderr.write(`\r${text.slice(0, width - 1)}\u001b[K`);
  }
}

/** A number with thousands separated, for people. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 state`, `2 states`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}
