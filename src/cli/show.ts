/** `lockstep show`: a trace file as text, Mermaid, JSON or a page, or exported for other tools. */
import { type Command, Option } from "commander";
import { renderIsolationSpec } from "../../sim/trace/isolation-spec.ts";
import { renderItf } from "../../sim/trace/itf.ts";
import { renderMermaid } from "../../sim/trace/mermaid.ts";
import { renderPerfetto } from "../../sim/trace/perfetto.ts";
import { readTrace, writeTrace } from "../../sim/trace/read.ts";
import { renderText } from "../../sim/trace/text.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { renderHtml } from "../page/html.ts";
import { EXIT } from "./exit-status.ts";
import { readText, writeWhole } from "./files.ts";
import { paint, print, textWidth } from "./terminal.ts";

const FORMATS = ["text", "mermaid", "json", "html", "spec", "itf", "perfetto"] as const;
type Format = (typeof FORMATS)[number];

interface ShowOptions {
  readonly format: Format;
  readonly out?: string;
}

/** Adds the command to the program; `finish` takes the exit status. */
export function addShow(program: Command, finish: (status: number) => void): void {
  program
    .command("show")
    .summary("print a trace: text, mermaid, json, html, spec, itf or perfetto")
    .argument("<trace>", "a trace file that check, simulate or sim wrote")
    .addOption(new Option("--format <format>", "how it is shown").choices(FORMATS).default("text"))
    .option("--out <file>", "write it to a file instead of standard output")
    .addHelpText(
      "after",
      "\nspec:     a test for PostgreSQL's isolationtester and for lockstep isolation; refused where a step cannot be forced.\n" +
        "itf:      the states of the run in Apalache's Informal Trace Format.\n" +
        "perfetto: the run on a time line, a step a millisecond, for ui.perfetto.dev.",
    )
    .action((path: string, options: ShowOptions) => {
      const trace = readTrace(readText(path), path);
      const text = rendered(trace, options.format, options.out === undefined);
      if (options.out === undefined) print(text.replace(/\n$/, ""));
      else writeWhole(options.out, text.endsWith("\n") ? text : `${text}\n`);
      finish(EXIT.ok);
    });
}

function rendered(trace: Trace, format: Format, toTerminal: boolean): string {
  switch (format) {
    case "text":
      return renderText(trace, toTerminal ? { width: textWidth(), color: paint } : { width: 100, color: null });
    case "mermaid":
      return renderMermaid(trace);
    case "json":
      return writeTrace(trace);
    case "html":
      return renderHtml(trace);
    case "spec":
      return renderIsolationSpec(trace);
    case "itf":
      return renderItf(trace);
    case "perfetto":
      return renderPerfetto(trace);
  }
}
