/**
 * The names that PostgreSQL gives to constraints, indexes and sequences that were given none.
 *
 *     primary key    t_pkey            unique     t_a_b_key        check      t_a_check
 *     foreign key    t_a_fkey          index      t_a_b_idx        sequence   t_a_seq
 *
 * A name that is taken gets a number: t_a_check1. Names are cut to 63 bytes, the table and the column alike.
 * Source: indexcmds.c (makeObjectName, ChooseRelationName, ChooseIndexName, ChooseIndexColumnNames).
 */

const LENGTH_MAX = 63;

/** The first free name of `table_columns_label`, `table_columns_label1`, … */
export function chooseName(parts: readonly string[], label: string, isTaken: (name: string) => boolean): string {
  for (let pass = 0; ; pass++) {
    const name = objectName(parts, pass === 0 ? label : `${label}${pass}`);
    if (!isTaken(name)) return name;
  }
}

function objectName(parts: readonly string[], label: string): string {
  const [first = "", ...others] = parts;
  let left = first;
  let right = others.join("_");
  const room = LENGTH_MAX - label.length - 1 - (right === "" ? 0 : 1);
  while (left.length + right.length > room) {
    if (left.length > right.length) left = left.slice(0, -1);
    else right = right.slice(0, -1);
  }
  return [left, ...(right === "" ? [] : [right]), label].join("_");
}

/** Column names for a constraint or index of several columns. */
export function joinedColumns(names: readonly string[]): string {
  return names.join("_");
}

/** Names of which no two are the same: one that was there before gets a number. */
export function distinctNames(names: readonly string[]): readonly string[] {
  const chosen: string[] = [];
  for (const name of names) {
    let current = name;
    for (let pass = 1; chosen.includes(current); pass++) current = `${name}${pass}`;
    chosen.push(current);
  }
  return chosen;
}
