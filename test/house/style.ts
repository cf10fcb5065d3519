/**
 * House style as a check: what can be said of a file from its path and its text alone.
 *
 *     faults("sim/helpers.ts", "export default 1;\n")
 *       -> ["a file or folder is named after its subject, never `helpers`", "exports are named, there is no default export"]
 *
 * Formatting, types and imports are the business of Biome, TypeScript and dependency-cruiser; what they can see is not
 * looked for again here, but for `any` and default exports, which an ignore comment could wave through.
 */

/** The folders that may hold code. */
const TOP_LEVEL = new Set(["model", "sim", "src", "test", "bench", ".ci"]);

/** Top-level files, by what they end in. */
const CODE = /\.(?:[cm]?[jt]sx?)$/;

const FORBIDDEN_NAME = /^(?:util|helper|common|misc|types|manager|impl)s?$/;

const LINES_MAX = 500;
const LINES_WITHOUT_HEADER_MAX = 60;

/** Comments and the contents of strings say what they like. */
function codeOnly(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, '""')
    .replaceAll(/\/\/.*$/gm, "");
}

function faultsOfPath(path: string): readonly string[] {
  const parts = path.split("/");
  const faults = parts
    .map((part) => part.split(".").find((word) => word !== "") ?? part)
    .filter((word) => word.split("-").some((piece) => FORBIDDEN_NAME.test(piece)))
    .map((word) => `a file or folder is named after its subject, never \`${word}\``);
  const top = parts[0] ?? "";
  if (parts.length > 1 && CODE.test(path) && !TOP_LEVEL.has(top))
    faults.push(`no code in a top-level folder \`${top}\``);
  if (parts.length === 1 && CODE.test(path) && !path.includes(".config.")) faults.push("no code beside the rooms");
  return faults;
}

function faultsOfCode(path: string, text: string): readonly string[] {
  const faults: string[] = [];
  const lines = text.split("\n").length - 1;
  const code = codeOnly(text);
  if (lines > LINES_MAX) faults.push(`${lines} lines: a file has at most ${LINES_MAX}`);
  if (lines > LINES_WITHOUT_HEADER_MAX && !/^(?:#!.*\n)?\/\*\*/.test(text)) {
    faults.push(
      `${lines} lines and no header: a file over ${LINES_WITHOUT_HEADER_MAX} opens with a comment that says what it is`,
    );
  }
  if (/(?:[:<|&,(]|\bas)\s*any\s*(?=[>,)\]|&;{}[\n]|=(?!=))/.test(code)) faults.push("`any` is not a type");
  if (/^export default\b/m.test(code) && !mayExportDefault(path)) {
    faults.push("exports are named, there is no default export");
  }
  if (/@ts-(?:ignore|nocheck)/.test(text)) faults.push("TypeScript is not silenced");
  if (/\b(?:[T]ODO|[F]IXME)\b/.test(text)) faults.push("what is left to do is an issue, not a comment");
  return faults;
}

/** Configuration files and reporters are found by their default export. */
function mayExportDefault(path: string): boolean {
  return path.includes(".config.") || path === "test/house/skip-reporter.ts";
}

/** What is wrong with a file, as sentences; empty when nothing is. The path is relative, with slashes. */
export function faults(path: string, text: string): readonly string[] {
  return CODE.test(path) ? [...faultsOfPath(path), ...faultsOfCode(path, text)] : faultsOfPath(path);
}
