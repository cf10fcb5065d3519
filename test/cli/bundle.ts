/** Bundles the program once for all tests that run it (program.ts): so it starts as fast as the one that is published. */
import { BUNDLED, bundleProgram } from "../../.ci/bundle.ts";

export async function setup(): Promise<void> {
  await bundleProgram(BUNDLED);
}
