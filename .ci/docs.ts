/** `npm run docs`: writes into README.md and docs/ what the commands that they show print now. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUNDLED, bundleProgram } from "./bundle.ts";
import { printedParts, refreshed, Workspace } from "./console-blocks.ts";

await bundleProgram(BUNDLED);
const documents = ["README.md", ...readdirSync("docs").map((name) => join("docs", name))].filter((path) =>
  path.endsWith(".md"),
);
for (const path of documents) {
  const before = readFileSync(path, "utf8");
  const workspace = new Workspace(process.cwd(), before);
  const after = printedParts(refreshed(before, workspace), (command) => workspace.run(command));
  workspace.remove();
  if (after !== before) writeFileSync(path, after);
  process.stdout.write(`${path}: ${after === before ? "as it was" : "rewritten"}\n`);
}
