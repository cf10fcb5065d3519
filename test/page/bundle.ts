/**
 * Bundles a module of ours into one script for a page that is opened from disk.
 *
 * PostgreSQL's grammar is WebAssembly in a file of its own, and a page from disk may not read other files; so the bundle
 * holds the bytes and the loader is told to find them there. The loader is of emscripten: `locateFile` says where.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build, type Plugin } from "vite";

const grammar = dirname(createRequire(import.meta.url).resolve("libpg-query"));

/** Puts the grammar's WebAssembly into the bundle. */
function grammarInside(): Plugin {
  const call = "PgQueryModule()";
  return {
    name: "grammar-inside",
    transform(code, id) {
      if (!id.endsWith("libpg-query/wasm/index.js")) return null;
      if (!code.includes(call)) throw new Error(`libpg-query no longer loads its grammar by ${call}`);
      const bytes = readFileSync(join(grammar, "libpg-query.wasm")).toString("base64");
      return {
        code: code.replace(call, `PgQueryModule({ locateFile: () => "data:application/wasm;base64,${bytes}" })`),
        map: null,
      };
    },
  };
}

/** The module `entry` as a classic script that puts what it exports into the global `name`. */
export async function bundled(entry: string, name: string): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: "error",
    plugins: [grammarInside()],
    build: {
      write: false,
      minify: false,
      target: "es2023",
      lib: { entry, formats: ["iife"], name, fileName: name },
    },
  });
  const chunks = (Array.isArray(output) ? output : [output]).flatMap((one) => ("output" in one ? one.output : []));
  const scripts = chunks.flatMap((chunk) => (chunk.type === "chunk" ? [chunk.code] : []));
  if (scripts.length !== 1) throw new Error(`expected one script, got ${scripts.length}`);
  return scripts.join("");
}
