/** The SQL that makes the tables and rows of a scenario, as its module tells it. */
import type { Protocol } from "../../model/protocol.ts";
import type { Scenario } from "../../model/scenario.ts";
import { inUserCode, wrongAnswer } from "../user-code.ts";

interface SetUp {
  readonly scenario: Scenario;
  readonly protocol: Protocol;
  readonly buffers: number;
}

/** The SQL that makes the instance's tables and rows, and what its protocol needs beside them. */
export function setupOf({ scenario, protocol, buffers }: SetUp): readonly string[] {
  const what = `setup of ${scenario.name}`;
  const texts: unknown = inUserCode(what, () => scenario.setup(buffers));
  if (!Array.isArray(texts) || texts.some((text) => typeof text !== "string"))
    throw wrongAnswer(what, texts, "an array of statements, each a string");
  return [...texts, ...(protocol.setup ?? [])];
}
