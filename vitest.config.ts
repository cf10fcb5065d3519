/** How the tests run: three projects, so that only the tests that need PostgreSQL start one. */
import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";

const PROGRAM_SETUP = "test/cli/bundle.ts";
const DATABASE_SETUP = "test/postgres/global-setup.ts";

/** Tests in these folders need no server, and neither do those of the house; all others are given `databaseUrl`. */
const PURE = ["model", "sim", "docs", "page", "bench", "cli", "cases"].map((room) => `test/${room}/**/*.test.{ts,tsx}`);
const HOUSE = ["test/house/**/*.test.ts"];

const patience = { testTimeout: 120_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    // A process a file keeps WebAssembly and signal handlers apart. Two of them, because CI has two cores and a timing is never asserted.
    pool: "forks",
    maxWorkers: 2,
    globalSetup: [PROGRAM_SETUP],
    reporters: [
      "default",
      "./test/house/skip-reporter.ts",
      ...(process.env["CI"]
        ? [["json", { outputFile: ".lockstep/test-results.json" }] as ["json", { outputFile: string }]]
        : []),
    ],
    coverage: {
      provider: "v8",
      include: ["model/**/*.ts", "sim/**/*.ts", "src/**/*.{ts,tsx}"],
      reporter: ["text-summary", "html"],
    },
    projects: [
      { test: { name: "pure", include: PURE, ...patience } },
      {
        test: {
          name: "world",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: [...PURE, ...HOUSE],
          globalSetup: existsSync(DATABASE_SETUP) ? [DATABASE_SETUP] : [],
          ...patience,
        },
      },
      { test: { name: "house", include: HOUSE, ...patience } },
    ],
  },
});
