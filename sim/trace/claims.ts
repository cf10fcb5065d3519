/**
 * Holds what a trace claims against what its steps show: the set-up, the verdict, the races and the anomaly.
 *
 * The steps are compared elsewhere (compare.ts), and they do not depend on any of these: a trace whose verdict was edited runs as before. So
 * the schedule is recorded once more, and what comes of that must be what the trace says. Of a run without end it is asked whether the claim is
 * one of the scenario's and is broken for the client that is told, in all states of the loop; that the run is a fair one is not asked again.
 */
import { anomalyIn } from "../explore/anomaly.ts";
import type { ExplorableSystem } from "../system/explorable-system.ts";
import type { Instance } from "../system/from-scenario.ts";
import { FROM, TO } from "../system/liveness-facts.ts";
import { setupOf } from "../system/set-up.ts";
import type { StateId } from "../system/system.ts";
import { recordTrace } from "./record.ts";
import type { ReplayResult } from "./replay-result.ts";
import type { Trace } from "./trace.ts";

type Differs = Extract<ReplayResult, { kind: "differs" }>;

/** The set-up is the scenario's; asked before anything is run. */
export function setupDifference({ setup }: Trace, instance: Instance): Differs | null {
  const actual = setupOf(instance);
  const at = Array.from({ length: Math.max(setup.length, actual.length) }, (_, n) => n).find(
    (n) => setup[n] !== actual[n],
  );
  if (at === undefined) return null;
  const say = (text: string | undefined): string => `in the set-up, statement ${at + 1}: ${text ?? "none"}`;
  return { kind: "differs", step: 0, expected: say(setup[at]), actual: say(actual[at]) };
}

/** What the trace claims of its steps; they must have been compared before. */
export async function claimsDifference(
  system: ExplorableSystem,
  trace: Trace,
  instance: Instance,
): Promise<Differs | null> {
  const { parameters, setup, schedule, repeatsFrom } = trace;
  const again = await recordTrace(system, schedule, { parameters, setup });
  const isLasso = repeatsFrom !== undefined;
  const asked = instance.oracle !== undefined && again.verdict.kind === "violated" && !isLasso;
  const anomaly = asked ? await anomalyIn(instance, schedule) : undefined;
  const verdicts = isLasso ? await brokenForEver(system, trace) : [again.verdict];
  const aspects = [
    ["the verdict", trace.verdict, verdicts, verdictText],
    ["the race", trace.races, [isLasso ? [] : again.races], racesText],
    ["the anomaly", trace.anomaly, [anomaly], anomalyText],
  ] as const;
  for (const [what, claimed, shown, say] of aspects) {
    if (shown.some((one) => canonical(one) === canonical(claimed))) continue;
    const told = say as (value: unknown) => string;
    const actual = shown.map((one) => told(one)).join(", or ") || "nothing is broken for ever";
    const step = trace.verdict.kind === "violated" ? trace.verdict.step : trace.steps.length;
    return { kind: "differs", step, expected: `${what}: ${told(claimed)}`, actual: `${what}: ${actual}` };
  }
  return null;
}

/** The verdicts that a run without end may have: one for each claim, of a client, that it breaks. */
async function brokenForEver(system: ExplorableSystem, trace: Trace): Promise<readonly Trace["verdict"][]> {
  const states: StateId[] = [system.initial];
  for (const choice of trace.schedule) states.push((await system.take(states.at(-1) ?? system.initial, choice)).state);
  const facts = states.map((state) => system.facts(state));
  const loop = facts.slice((trace.repeatsFrom ?? 1) - 1);
  return system.claims.flatMap(({ property, client }, at) => {
    const is = (fact: Uint8Array, bit: number): boolean => ((fact[at] ?? 0) & bit) !== 0;
    const owedAt = facts.findIndex((fact, place) => {
      const begins = property.kind === "eventually" ? place === 0 : is(fact, FROM);
      return begins && !facts.slice(place).some((later) => is(later, TO));
    });
    if (owedAt < 0 || loop.some((fact) => is(fact, TO))) return [];
    const { name, sentence } = property;
    const message = property.violation(system.clients[client] ?? "");
    return [{ kind: "violated", property: name, sentence, message, step: trace.steps.length }] as const;
  });
}

function verdictText(verdict: Trace["verdict"]): string {
  if (verdict.kind === "none") return "nothing breaks";
  return `${verdict.property} is violated in step ${verdict.step}: ${verdict.message} (${verdict.sentence})`;
}

function racesText(races: Trace["races"]): string {
  return races.map(({ first, second, sentence }) => `steps ${first} and ${second}: ${sentence}`).join("; ") || "none";
}

function anomalyText(anomaly: Trace["anomaly"]): string {
  if (anomaly === undefined) return "none is told";
  const circle = anomaly.dependencies.map(({ kind, sentence }) => `${kind}: ${sentence}`).join("; ");
  return `${anomaly.name ?? "without a name"}, ${anomaly.source ?? "without a source"}; ${circle}`;
}

/** As text, with the names of objects in order: a file may have been written by hand in another one. */
function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}
