/**
 * Counts owners where the damage is done: among the clients that believe. It knows neither SQL nor strategy.
 *
 * A client comes in when `acquire` has told it that it owns, and goes out before it asks for the release, so two that are in
 * at once were two owners at one moment.
 */
export class OwnersSeen {
  readonly #inside = new Map<number, Set<string>>();
  /** The sets of clients that owned one buffer together, in words. */
  readonly conflicts: string[] = [];
  acquired = 0;

  comesIn(buffer: number, client: string): void {
    const owners = this.#inside.get(buffer) ?? new Set();
    this.#inside.set(buffer, owners.add(client));
    this.acquired += 1;
    if (owners.size > 1) this.conflicts.push(`${[...owners].sort().join(" and ")} own buffer ${buffer}`);
  }

  goesOut(buffer: number, client: string): void {
    this.#inside.get(buffer)?.delete(client);
  }
}
