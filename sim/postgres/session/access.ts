/** `Access` for one run of a statement: each call is answered as `run.ts` tells. */
import type { Access } from "../execution/access.ts";
import { callAdvisory } from "./advisory.ts";
import type { Run } from "./run.ts";
import { insert, lock, plain, remove, scan, update } from "./run.ts";
import { callSequence } from "./sequences.ts";
import { show } from "./settings.ts";

export function createAccess(run: Run): Access {
  const { step, catalog } = run;
  return {
    catalog,
    sessionNumber: step.session + 1,
    scan: (table, path) => scan(run, table, path),
    lockRow: (row, mode, wait) => lock(run, row, { mode, wait }),
    update: (row, values) => update(run, row, values),
    delete: (row) => remove(run, row),
    insert: (table, values, arbiter) => insert(run, table, values, arbiter),
    sequence: (name, call, argument, isCalled) =>
      plain(run, () => callSequence(step, catalog, { name, call, argument, isCalled })) as number,
    advisory: (name, key) => plain(run, () => callAdvisory(step, name, key)) as boolean | null,
    clock: () => 0,
    setting: (name) => show(step, name),
  };
}
