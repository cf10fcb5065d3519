/** What a litmus campaign came to, as lines for people, as JSON, and a finding as an isolation test. */
import { nearest, outcomeLines, outcomeOf } from "../../sim/litmus/outcome.ts";
import { specOf } from "../../sim/litmus/program.ts";
import { count, counted } from "../cli/terminal.ts";
import { type OpenServer, serverPlace, serverText } from "../postgres/server.ts";
import { type Campaign, type Finding, reachedOf } from "./campaign.ts";

/** How many of the outcomes that can be reached are shown beside one that cannot. */
const NEAREST = 2;

export interface About {
  readonly seed: number;
  readonly from: number;
  readonly runs: number;
  readonly statesMax: number;
  readonly server: OpenServer;
  readonly seconds: number;
}

export function campaignLines(campaign: Campaign, about: About): readonly string[] {
  const { judged, notJudged, failed, findings, runs, several, complete, reached, seen, states, points } = campaign;
  const programs = judged + notJudged.length + failed.length;
  return [
    `${counted(programs, "program")}, ${counted(runs, "run")}, ${counted(states, "state")} explored, seed ${about.seed} ` +
      `(${about.seconds.toFixed(1)} s)`,
    `  on ${serverText(about.server)}`,
    `  more than one outcome seen   ${counted(several, "program")}`,
    `  outcomes reached and seen    ${count(reached)} and ${count(seen)} of them, in ${counted(complete, "program")} explored to the end`,
    `  not judged                   ${counted(notJudged.length, "program")}`,
    ...notJudged.map(({ number, why }) => `    program ${number}: ${why}`),
    ...(failed.length === 0 ? [] : [`  the simulation failed        ${counted(failed.length, "program")}`]),
    ...failed.map(({ number, why }) => `    program ${number}: ${why}`),
    `  outside                      ${counted(findings.length, "program")}`,
    ...pointLines(points),
    findings.length > 0
      ? `${counted(findings.length, "program")} with an outcome that the simulation does not reach`
      : judged === 0
        ? "nothing was judged"
        : `no outcome outside, in ${counted(judged, "program")}`,
  ];
}

function pointLines(points: Campaign["points"]): readonly string[] {
  const sorted = [...points].sort(([, a], [, b]) => b.times - a.times);
  const width = Math.max(0, ...sorted.map(([kind]) => kind.length));
  return [
    "points met in the explorations",
    ...sorted.map(
      ([kind, { times, programs }]) =>
        `  ${kind.padEnd(width)}  ${count(times)} times, in ${counted(programs, "program")}`,
    ),
  ];
}

/** A finding: the outcome, how often it was seen, and what comes nearest to it. */
export function findingLines(finding: Finding): readonly string[] {
  const { number, subject, outside, runs, small } = finding;
  const outcome = outcomeOf(small.key);
  const times = outside.reduce((sum, each) => sum + each.times, 0);
  const near = nearest(outcome, reachedOf(finding), NEAREST);
  return [
    `program ${number} (${subject}): ${counted(outside.length, "outcome")} outside, seen ${counted(times, "time")} in ${counted(runs, "run")}`,
    "an outcome that the real server has shown, and the simulated one does not reach:",
    ...outcomeLines(outcome).map((line) => `  ${line}`),
    `nearest of the ${counted(small.reach.outcomes.size, "outcome")} that it does reach:`,
    ...near.flatMap((each) => [...outcomeLines(each, outcome).map((line) => `  ${line}`), ""]),
  ].slice(0, near.length === 0 ? undefined : -1);
}

/** The small program in the notation of isolation tests, with the outcome at its head. */
export function findingSpec(finding: Finding, seed: number): string {
  return specOf(finding.small.program, [
    `litmus, seed ${seed}, ${findingLines(finding)[0]}`,
    ...findingLines(finding).slice(1),
  ]);
}

export function campaignJson(campaign: Campaign, about: About): Record<string, unknown> {
  const { judged, notJudged, failed, findings, several, complete, reached, seen, states, points, interrupted } =
    campaign;
  return {
    seed: about.seed,
    from: about.from,
    programs: judged + notJudged.length + failed.length,
    judged,
    notJudged,
    failed,
    runsEach: about.runs,
    runs: campaign.runs,
    server: serverPlace(about.server),
    seconds: about.seconds,
    interrupted,
    states,
    statesMax: about.statesMax,
    severalOutcomes: several,
    outcomes: { programs: complete, reached, seen },
    points: Object.fromEntries(points),
    subjects: Object.fromEntries(campaign.subjects),
    findings: findings.map((finding) => ({
      program: finding.number,
      subject: finding.subject,
      runs: finding.runs,
      outside: finding.outside.map(({ key, times }) => ({ outcome: outcomeOf(key), times })),
      spec: findingSpec(finding, about.seed),
      outcome: outcomeOf(finding.small.key),
      nearest: nearest(outcomeOf(finding.small.key), reachedOf(finding), NEAREST),
    })),
  };
}
