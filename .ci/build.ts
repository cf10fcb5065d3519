/**
 * Makes dist/: the library as JavaScript and types from the TypeScript compiler, with the files that the code reads while it runs; and the
 * program, bundled (bundle.ts).
 *
 *     model, sim, src ──tsc──> dist/model, dist/sim, dist/src      import … from "lockstep"
 *     src/cli/main.ts ──esbuild──> dist/cli/main.js                lockstep check …, what a command needs is loaded by it
 */
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, rmSync } from "node:fs";
import { extname, join } from "node:path";
import { bundleProgram } from "./bundle.ts";

/** What the compiler leaves behind and the program reads from beside its own code. */
const READ_AT_RUN_TIME = new Set([".sql", ".html", ".css"]);

rmSync("dist", { recursive: true, force: true });
const compiler = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], {
  stdio: "inherit",
});
if (compiler.status !== 0) process.exit(compiler.status ?? 1);
for (const room of ["model", "sim", "src"]) {
  for (const file of readdirSync(room, { recursive: true, encoding: "utf8" })) {
    if (READ_AT_RUN_TIME.has(extname(file))) cpSync(join(room, file), join("dist", room, file));
  }
}

await bundleProgram("dist/cli");
