/** The eight table lock modes and which of them conflict (PostgreSQL manual, section 13.3.1, table 13.2). */
export type TableLockMode =
  | "access share"
  | "row share"
  | "row exclusive"
  | "share update exclusive"
  | "share"
  | "share row exclusive"
  | "exclusive"
  | "access exclusive";

const CONFLICTS: Readonly<Record<TableLockMode, readonly TableLockMode[]>> = {
  "access share": ["access exclusive"],
  "row share": ["exclusive", "access exclusive"],
  "row exclusive": ["share", "share row exclusive", "exclusive", "access exclusive"],
  "share update exclusive": ["share update exclusive", "share", "share row exclusive", "exclusive", "access exclusive"],
  share: ["row exclusive", "share update exclusive", "share row exclusive", "exclusive", "access exclusive"],
  "share row exclusive": [
    "row exclusive",
    "share update exclusive",
    "share",
    "share row exclusive",
    "exclusive",
    "access exclusive",
  ],
  exclusive: [
    "row share",
    "row exclusive",
    "share update exclusive",
    "share",
    "share row exclusive",
    "exclusive",
    "access exclusive",
  ],
  "access exclusive": [
    "access share",
    "row share",
    "row exclusive",
    "share update exclusive",
    "share",
    "share row exclusive",
    "exclusive",
    "access exclusive",
  ],
};

/** Whether a session must wait for `wanted` while another holds `held`. The relation is symmetric. */
export function tableLocksConflict(held: TableLockMode, wanted: TableLockMode): boolean {
  return CONFLICTS[held].includes(wanted);
}
