/** The four row lock modes: which of them conflict, and which is stronger (PostgreSQL manual, section 13.3.2, table 13.3). */
import type { RowLockMode } from "../execution/access.ts";

/** In order of strength: each conflicts with everything that the ones before it conflict with. */
const STRENGTH: readonly RowLockMode[] = ["key share", "share", "no key update", "update"];

const CONFLICTS: Readonly<Record<RowLockMode, readonly RowLockMode[]>> = {
  "key share": ["update"],
  share: ["no key update", "update"],
  "no key update": ["share", "no key update", "update"],
  update: ["key share", "share", "no key update", "update"],
};

/** Whether a session must wait for `wanted` while another holds `held`. The relation is symmetric. */
export function rowLocksConflict(held: RowLockMode, wanted: RowLockMode): boolean {
  return CONFLICTS[held].includes(wanted);
}

/** Whether who holds `held` needs nothing more when it asks for `wanted`. */
export function rowLockCovers(held: RowLockMode, wanted: RowLockMode): boolean {
  return STRENGTH.indexOf(held) >= STRENGTH.indexOf(wanted);
}
