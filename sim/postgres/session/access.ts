/** `Access` for one run of a statement: each call is answered as `run.ts` tells. */
import type { Access } from "../execution/access.ts";
import type { Microseconds } from "../server.ts";
import { callAdvisory } from "./advisory.ts";
import { insert } from "./new-row.ts";
import { isOpen, pick } from "./plan-choice.ts";
import { stopUnlessFresh } from "./points.ts";
import type { Run } from "./run.ts";
import { lock, nestedRun, plain, remove, scan, scanInOrder, update } from "./run.ts";
import { callSequence } from "./sequences.ts";
import { show } from "./settings.ts";
import { mine } from "./step.ts";

/** `checkChanges` are the constraints at the end of a statement, also of one inside of a function. */
export function createAccess(run: Run, checkChanges: (run: Run) => void): Access {
  const { step, catalog } = run;
  return {
    catalog,
    sessionNumber: step.session + 1,
    scan: (table, path) => scan(run, table, path),
    scanInOrder: (table, path) => scanInOrder(run, table, path),
    lockRow: (row, mode, purpose) => lock(run, row, { mode, purpose }),
    update: (row, values) => update(run, row, values),
    delete: (row) => remove(run, row),
    insert: (table, values, arbiter) => insert(run, table, values, arbiter),
    sequence: (name, call, argument, isCalled) =>
      plain(run, () => {
        if (call !== "currval" && call !== "lastval") stopUnlessFresh(run, `before ${call}('${name}')`);
        return callSequence(step, catalog, { name, call, argument, isCalled });
      }) as number,
    advisory: (name, key) =>
      plain(run, () => {
        stopUnlessFresh(run, `before ${name}(${key.join(", ")})`);
        return callAdvisory(step, name, key);
      }) as boolean | null,
    pick: (candidates) => pick(run, candidates),
    plansAreOpen: isOpen(step),
    nested: ({ command, reads }, work) => {
      const inside = nestedRun(run, command, reads);
      const result = work(createAccess(inside, checkChanges));
      checkChanges(inside);
      return result;
    },
    clock: (which) => clock(run, which),
    setting: (name) => show(step, name),
  };
}

/** A statement that is run again after a wait has what the clock showed the first time. */
function clock(run: Run, which: "transaction" | "statement" | "clock"): Microseconds {
  const { elapsedUs, options } = run.step;
  const { running, transaction } = mine(run.step);
  const start = options.now ?? 0;
  switch (which) {
    case "transaction":
      return start + (transaction?.startedAfterUs ?? 0);
    case "statement":
      return start + (running?.sentAfterUs ?? 0);
    case "clock":
      return start + (elapsedUs === 0 ? 0 : Number(plain(run, () => elapsedUs)));
  }
}
