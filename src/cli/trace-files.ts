/**
 * The files of a trace: `<name>.json` and `<name>.html`, where the name says what the run was about.
 *
 *     race-001-check-then-act-2-clients-coarse                                the usual run
 *     race-001-one-transaction-2-clients-coarse-repeatable-read-crash-1       what is not usual is told: level, faults, buffers, property, …
 *     …-coarse-2                                                              another run's file has the name already
 *
 * A file is replaced by a run with the same parameters whose verdict is on the same property: the same command typed again. Any other file
 * under the name stays, and a number is added. Both files are written, or neither is there.
 */
import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { faultsText } from "../../sim/system/faults.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { writeWhole } from "./files.ts";

/** Where a trace was written. */
export interface TraceFiles {
  readonly json: string;
  readonly html: string;
}

/** The part of a name that says what a run was about ends here: file systems have a limit of 255 bytes. */
const NAME_MAX = 160;

/** Where a trace is to be written; `of` is what else its name has to say. No file of another run has these names. */
export function traceFilesIn(folder: string, trace: Trace, of: readonly string[] = []): TraceFiles {
  const name = nameOf(trace, of);
  for (let number = 1; ; number++) {
    const path = join(folder, number === 1 ? name : `${name}-${number}`);
    const files = { json: `${path}.json`, html: `${path}.html` };
    if (isFree(files, trace)) return files;
  }
}

/** Writes a trace as JSON and as a page. What that takes is loaded here, since most checks end without a trace. */
export async function writeTraceFiles(trace: Trace, files: TraceFiles): Promise<void> {
  const { writeTrace } = await import("../../sim/trace/read.ts");
  const { renderHtml } = await import("../page/html.ts");
  const json = writeTrace(trace);
  const html = renderHtml(trace);
  writeWhole(files.json, json);
  try {
    writeWhole(files.html, html);
  } catch (error) {
    rmSync(files.json, { force: true });
    throw error;
  }
}

function nameOf({ parameters, repeatsFrom, verdict }: Trace, of: readonly string[]): string {
  const { scenario, protocol, clients, buffers, isolation, granularity, seed, faults, property, oracle } = parameters;
  const claim = repeatsFrom === undefined || verdict.kind === "none" ? undefined : verdict.property;
  const parts = [
    scenario,
    protocol,
    `${clients.length}-clients`,
    buffers === 1 ? null : `${buffers}-buffers`,
    seed === null ? granularity : `seed-${seed}`,
    seed === null || granularity === "fine" ? null : granularity,
    isolation === "read committed" ? null : isolation,
    faults === undefined ? null : faultsText(faults),
    oracle === undefined ? (property ?? claim) : oracle.name,
    oracle?.name === "serializable-outcome" && oracle.attempts !== 2 ? `${oracle.attempts}-attempts` : null,
    ...of,
  ];
  return parts
    .filter((part) => typeof part === "string")
    .map((part) => part.replaceAll(/[^\p{L}\p{N}._]+/gu, "-"))
    .join("-")
    .replace(/^\.+/, "")
    .slice(0, NAME_MAX);
}

/** Whether these names are nobody's, or of the same run. */
function isFree({ json, html }: TraceFiles, trace: Trace): boolean {
  const there = [json, html].map((path) => statSync(path, { throwIfNoEntry: false }));
  if (there.every((stat) => stat === undefined)) return true;
  if (there.some((stat) => stat !== undefined && !stat.isFile())) return false;
  return there[0] !== undefined && isOfSameRun(json, trace);
}

function isOfSameRun(path: string, { parameters, verdict }: Trace): boolean {
  try {
    const other = JSON.parse(readFileSync(path, "utf8")) as Partial<Trace>;
    return isDeepStrictEqual(aboutOf(other), aboutOf({ parameters, verdict }));
  } catch {
    // No JSON, or not to be read: it is no trace of ours.
    return false;
  }
}

/** What a trace is of; the time at which a run began is none of it. */
function aboutOf({ parameters, verdict }: Partial<Trace>): unknown {
  const property = verdict?.kind === "violated" ? verdict.property : null;
  const told = Object.entries(parameters ?? {}).filter(([name, value]) => name !== "now" && value !== undefined);
  return { parameters: Object.fromEntries(told), property };
}
