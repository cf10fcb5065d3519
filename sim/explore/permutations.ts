/** Every order of a list, the given one first. */
export function* permutations<T>(list: readonly T[]): Generator<readonly T[]> {
  if (list.length === 0) yield [];
  for (const [at, head] of list.entries()) {
    for (const tail of permutations([...list.slice(0, at), ...list.slice(at + 1)])) yield [head, ...tail];
  }
}
