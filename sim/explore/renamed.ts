/** What is exchanged in a plain value: texts that are names, and numbers that are keys of rows. */
export interface Exchange {
  readonly names?: ReadonlyMap<string, string>;
  readonly keys?: ReadonlyMap<number, number>;
}

/** A plain value in which names and keys are exchanged: wherever one of them is the whole value, what is given for it stands. */
export function renamed(value: unknown, exchange: Exchange): unknown {
  if (typeof value === "string") return exchange.names?.get(value) ?? value;
  if (typeof value === "number") return exchange.keys?.get(value) ?? value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => renamed(each, exchange));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, renamed(each, exchange)]));
}
