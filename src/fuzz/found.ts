/** A difference that a campaign has found. */
import type { Differing, Script } from "./shrink.ts";

export interface Found {
  /** The number of the run. */
  readonly run: number;
  readonly script: Script;
  readonly result: Differing;
  /** False where the script is as it was met: it did not show a second time, or it was not to be made smaller. */
  readonly steady: boolean;
  /** How many differences of the same kind were found before; only the first of a kind is made smaller. */
  readonly alike: number;
}
