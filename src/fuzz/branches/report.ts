/** The report on the simulator's branches. */
import { LEFT_OUT } from "./branch-points.ts";

export interface BranchReport {
  readonly branches: number;
  readonly unreached: number;
  readonly leftOut: number;
  /** `sim/postgres/locks/deadlock.ts:41`, each line once. */
  readonly places: readonly string[];
}

/** As lines for a terminal: how many were never reached, by file, and by what rule some are not counted. */
export function branchLines({ branches, unreached, leftOut, places }: BranchReport): readonly string[] {
  const byFile = new Map<string, string[]>();
  for (const place of places) {
    const [file = "", line = ""] = place.split(":");
    byFile.set(file, [...(byFile.get(file) ?? []), line]);
  }
  const share = branches === 0 ? 0 : (100 * unreached) / branches;
  return [
    `branches of sim/postgres that no run has reached: ${unreached} of ${branches} (${share.toFixed(1)} %)`,
    ...[...byFile].map(([file, lines]) => `  ${file}:${lines.join(",")}`),
    `  ${leftOut} more: ${LEFT_OUT}; nor is what only answers a search about states`,
  ];
}
