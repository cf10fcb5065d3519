/** Says why tests were skipped, each with its reason; a skip without one fails the run, because nobody would look at it again. */
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from "vitest/node";

/** The reason given by `context.skip("…")`; null where there is none. */
function reason(test: TestCase): string | null {
  const result = test.result();
  return result.state === "skipped" ? (result.note ?? null) : null;
}

/** Whether a hook of the test's file or of a suite around it failed: the run fails for that already. */
function fellWithItsSuite(test: TestCase): boolean {
  let around: TestModule | TestSuite = test.parent;
  for (;;) {
    if (around.errors().length > 0) return true;
    if (around.type === "module") return false;
    around = around.parent;
  }
}

export default class SkipReporter implements Reporter {
  /** With `-t` vitest skips what does not match: those skips are what the person asked for. */
  #filtered = false;

  onInit(vitest: Vitest): void {
    this.#filtered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules
      .flatMap((module) => [...module.children.allTests("skipped")])
      .filter((test) => !fellWithItsSuite(test));
    const told = this.#filtered ? skipped.filter((test) => reason(test) !== null) : skipped;
    if (told.length === 0) return;
    const lines = told.map(
      (test) => `  ${test.module.relativeModuleId} > ${test.fullName}: ${reason(test) ?? "NO REASON GIVEN"}`,
    );
    process.stderr.write(`\nSkipped:\n${lines.join("\n")}\n`);
    if (told.some((test) => reason(test) === null)) {
      process.stderr.write(`\nEvery skip needs a reason: context.skip("why").\n`);
      process.exitCode = 1;
    }
  }
}
