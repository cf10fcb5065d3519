/**
 * Properties as they are asked: what they throw, and an answer of another kind, is their author's mistake, and told as such. The first
 * answers are had twice: a property that answers otherwise the second time depends on time or chance.
 */
import type {
  AlwaysProperty,
  AskingClient,
  LivenessProperty,
  LiveWorld,
  SometimesProperty,
  World,
} from "../../model/property.ts";
import { UsageError } from "../usage-error.ts";
import { inUserCode, wrongAnswer } from "../user-code.ts";

/** What is wrong in this world; null when nothing is. */
export function violationIn(property: AlwaysProperty, world: World): string | null {
  const what = `violation of the property ${property.name}`;
  const answer: unknown = inUserCode(what, () => property.violation(world));
  if (answer === null || typeof answer === "string") return answer;
  throw wrongAnswer(what, answer, "null where nothing is wrong, and otherwise a sentence that says what is");
}

/** Whether the property is witnessed in this world. */
export function holdsIn(property: SometimesProperty, world: World): boolean {
  const what = `holds of the property ${property.name}`;
  return truth(
    what,
    inUserCode(what, () => property.holds(world)),
  );
}

/** What a predicate of a liveness property says of a client in a world. */
export function livelyIn(
  property: LivenessProperty,
  predicate: "goal" | "from" | "to",
  world: LiveWorld,
  client: AskingClient,
): boolean {
  const what = `${predicate} of the liveness property ${property.name}`;
  const ask = (property as unknown as Readonly<Record<string, (world: LiveWorld, client: AskingClient) => unknown>>)[
    predicate
  ];
  return truth(
    what,
    inUserCode(what, () => ask?.(world, client)),
  );
}

function truth(what: string, answer: unknown): boolean {
  if (typeof answer === "boolean") return answer;
  throw wrongAnswer(what, answer, "true or false");
}

/** What a property says of a world when it is asked twice; a UsageError where that is not the same. */
export function askedTwice<T extends string | boolean | null>(name: string, ask: () => T): T {
  const [first, second] = [ask(), ask()];
  if (first === second) return first;
  throw new UsageError(
    "nondeterministic-property",
    `the property ${name} said two things of one world: ${JSON.stringify(first)}, and, asked again, ${JSON.stringify(second)}`,
    "Let it depend on the world that it is given only: no time, no random number, no variable that changes.",
  );
}
