/**
 * Finds the race: the pair of steps whose order decides whether the property breaks.
 *
 * The schedule is cut into blocks: a step, or a statement together with the autocommit `commit` that follows it directly.
 *
 *     block   A: alice SELECT | B: bob SELECT | C: alice UPDATE + commit | D: bob UPDATE + commit
 *     exchange A,B -> still violated      exchange B,C -> holds      exchange C,D -> still violated
 *     so the race is (B, C): bob's SELECT runs before alice's UPDATE is committed
 *
 * Method. For two blocks of different clients, `i` before `j`, the exchanged schedule is
 *
 *     … before i | the blocks of j's client from i up to j | the rest of i up to j, in its order | what comes after j …
 *
 * so each client keeps its own order. Only clients that the violation's message names are tried at first; all of them where
 * it names fewer than two, or where that finds nothing. Neighbours are tried first; only where no exchange of neighbours removes the
 * violation are pairs tried that have one block between them, then two, and so on. The pairs of the smallest distance at
 * which any exchange removes the violation are the races.
 *
 * An exchanged schedule need not be possible as it stands; `experiment.ts` says how it is followed all the same.
 *
 * Limits. An exchange is one experiment: the pair decides in this schedule, with this continuation, not in all. A race
 * that needs two exchanges at once is not found, nor is one between steps of the same client; then there are no races to
 * tell (`[]`). Of a long schedule only near pairs are tried (`EXPERIMENTS_MAX`).
 */
import type { Reply } from "../../model/protocol.ts";
import type { Choice, System, Taken } from "../system/system.ts";
import { isOwnCommit } from "./blocks.ts";
import { experiment, isViolated } from "./experiment.ts";
import { statementName } from "./sql-text.ts";
import type { Race } from "./trace.ts";
import { violationsIn } from "./violations.ts";
import { rowCells } from "./wording.ts";

/** Steps of one client that are exchanged as a whole; `from` and `to` are step numbers, from 1. */
interface Block {
  readonly from: number;
  readonly to: number;
  readonly client: string;
  readonly steps: readonly Taken[];
}

/** The most experiments that are made for one schedule: a long random one has a quadratic number of pairs. */
const EXPERIMENTS_MAX = 1000;
/** The most steps that are taken in all of them together, about: a bound on the time that a long schedule takes. */
const EXPERIMENT_STEPS_MAX = 200_000;

/** The races of a schedule at whose end `property` is violated, the best explanation first; empty where none is found. */
export async function explainRaces(
  system: System,
  schedule: readonly Choice[],
  property: string,
): Promise<readonly Race[]> {
  const run = await follow(system, schedule, property);
  const blocks = cutIntoBlocks(run);
  const accused = accusedClients(system, run, property);
  const own = accused.length > 1 ? await nearest(system, { blocks, property, clients: accused }) : [];
  return own.length > 0 ? own : nearest(system, { blocks, property, clients: system.clients });
}

/** The clients that the violation's message names. */
function accusedClients(system: System, run: readonly Taken[], property: string): readonly string[] {
  const world = system.world(run[run.length - 1]?.state ?? system.initial);
  const message = violationsIn(system.properties, world).find((one) => one.property === property)?.message ?? "";
  const words = new Set(message.split(/[^\p{L}\p{N}_-]+/u));
  return system.clients.filter((client) => words.has(client));
}

/** The races of the smallest distance between blocks of these clients. */
async function nearest(system: System, search: Omit<Search, "distance">): Promise<readonly Race[]> {
  const experimentsMax = Math.min(EXPERIMENTS_MAX, EXPERIMENT_STEPS_MAX / Math.max(1, search.blocks.length));
  let experiments = 0;
  for (let distance = 1; distance < search.blocks.length; distance += 1) {
    const pairs = pairsAt({ ...search, distance });
    experiments += pairs.length;
    if (experiments > experimentsMax) return [];
    const races = await racesOf(system, pairs, search);
    if (races.length > 0) return races;
  }
  return [];
}

async function follow(system: System, schedule: readonly Choice[], property: string): Promise<readonly Taken[]> {
  const run: Taken[] = [];
  for (const choice of schedule) {
    run.push(await system.take(run[run.length - 1]?.state ?? system.initial, choice));
    if (isViolated(system, run[run.length - 1]?.state ?? system.initial, property)) break;
  }
  return run;
}

function cutIntoBlocks(run: readonly Taken[]): readonly Block[] {
  const blocks: Block[] = [];
  for (const [at, step] of run.entries()) {
    const last = blocks[blocks.length - 1];
    const previous = run[at - 1];
    if (
      last !== undefined &&
      previous !== undefined &&
      isOwnCommit({ client: previous.choice.client, progress: previous.progress }, step.choice)
    ) {
      blocks[blocks.length - 1] = { ...last, to: at + 1, steps: [...last.steps, step] };
    } else {
      blocks.push({ from: at + 1, to: at + 1, client: step.choice.client, steps: [step] });
    }
  }
  return blocks;
}

interface Search {
  readonly blocks: readonly Block[];
  readonly property: string;
  /** Only blocks of these clients are exchanged. */
  readonly clients: readonly string[];
  readonly distance: number;
}

/** Two blocks as their places, the earlier one first. */
type Pair = readonly [number, number];

function pairsAt({ blocks, clients, distance }: Search): readonly Pair[] {
  return blocks.flatMap((first, at): readonly Pair[] => {
    const second = blocks[at + distance];
    const isPair = second !== undefined && second.client !== first.client;
    return isPair && clients.includes(first.client) && clients.includes(second.client) ? [[at, at + distance]] : [];
  });
}

async function racesOf(
  system: System,
  pairs: readonly Pair[],
  { blocks, property }: Pick<Search, "blocks" | "property">,
): Promise<readonly Race[]> {
  const found: { readonly race: Race; readonly weight: number }[] = [];
  for (const [at, to] of pairs) {
    const [first, second] = [blocks[at], blocks[to]];
    if (first === undefined || second === undefined) continue;
    const pair = [first.client, second.client];
    const outcome = await experiment(system, { wanted: exchanged(blocks, at, to), pair, property });
    if (outcome !== null) found.push({ race: raceOf(first, second, outcome, property), weight: weigh(first, second) });
  }
  return found
    .sort((one, other) => other.weight - one.weight || other.race.second - one.race.second)
    .map(({ race }) => race);
}

function exchanged(blocks: readonly Block[], first: number, second: number): readonly Choice[] {
  const span = blocks.slice(first, second + 1);
  const client = blocks[second]?.client;
  return [
    ...blocks.slice(0, first),
    ...span.filter((block) => block.client === client),
    ...span.filter((block) => block.client !== client),
    ...blocks.slice(second + 1),
  ].flatMap((block) => block.steps.map((step) => step.choice));
}

/** Pairs of a read and the write that it misses teach most; then those of two writes; then the others. */
function weigh(first: Block, second: Block): number {
  const reads = [first, second].filter((block) => kindOf(block) === "read").length;
  const commits = [first, second].filter((block) => block.steps.some((step) => step.committed)).length;
  if (reads === 1 && commits >= 1) return 3;
  if (commits === 2) return 2;
  return commits === 1 ? 1 : 0;
}

function kindOf(block: Block): "read" | "write" | "local" {
  const statement = block.steps[0]?.statement ?? null;
  if (statement === null) return "local";
  return statementName(statement) === "SELECT" ? "read" : "write";
}

function raceOf(first: Block, second: Block, outcome: readonly Taken[], property: string): Race {
  const order = `${doing(first)} before ${doing(second)}`;
  return {
    first: first.to,
    second: second.to,
    sentence: `${order}. ${otherwise(first, second, outcome)}${property} holds.`,
  };
}

/** `bob's SELECT runs (step 2)`, `alice's UPDATE is committed (step 4)`. */
function doing(block: Block): string {
  const last = block.steps[block.steps.length - 1];
  const what = last?.statement ?? null;
  const step = `(step ${block.to})`;
  if (last === undefined || what === null) return `${block.client} does "${last?.choice.action ?? ""}" ${step}`;
  const name = `${block.client}'s ${statementName(what)}`;
  if (last.choice.action === "commit") return `${name} is committed ${step}`;
  if (last.progress.kind === "waits") return `${name} starts to wait ${step}`;
  if (last.progress.kind === "replied" && last.progress.reply.kind === "failed") return `${name} fails ${step}`;
  return `${name} runs ${step}`;
}

/** What the client of the first block would have been told in the other order, where it can be told in short. */
function otherwise(first: Block, second: Block, outcome: readonly Taken[]): string {
  const told = replyOf(first.steps);
  const statement = first.steps[0]?.statement ?? null;
  const lead = "In the other order ";
  if (told === null || statement === null) return lead;
  const nth = outcome.findIndex((step) => step.choice.client === second.client);
  const instead = outcome
    .slice(nth)
    .filter(
      (step) => step.choice.client === first.client && JSON.stringify(step.statement) === JSON.stringify(statement),
    )
    .map((step) => replyOf([step]));
  const other = instead.find((reply) => reply !== null && JSON.stringify(reply) !== JSON.stringify(told)) ?? null;
  if (other === null) return lead;
  return `${lead}${first.client}'s ${statementName(statement)} answers ${shortReply(other)} instead of ${shortReply(told)}, and `;
}

function replyOf(steps: readonly Taken[]): Reply | null {
  for (const { progress } of steps) {
    if (progress.kind === "replied" || progress.kind === "finished") return progress.reply;
  }
  return null;
}

function shortReply(reply: Reply): string {
  if (reply.kind === "failed") return `the error ${reply.sqlstate}`;
  const row = reply.rows[0];
  if (reply.rows.length === 1 && row !== undefined) return rowCells(reply.fields, row);
  return reply.rows.length === 0 && reply.fields.length > 0 ? "no row" : `${reply.rowCount ?? 0} rows`;
}
