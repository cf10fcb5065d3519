/**
 * Steps that readers take as one: a statement directly followed by its own autocommit.
 *
 *     steps    1 alice SELECT   2 bob SELECT   3 alice UPDATE (finished)   4 alice commit   5 bob UPDATE   6 bob commit
 *     blocks   1                2              3-4                                          5-6
 */
import type { Choice, Progress } from "../system/system.ts";
import type { Frame } from "./frames.ts";
import { framesOf } from "./frames.ts";
import type { Trace, TraceStep } from "./trace.ts";

/** True where `step` is the autocommit of the statement that `previous`, the step directly before it, has finished. */
export function isOwnCommit(previous: { readonly client: string; readonly progress: Progress }, step: Choice): boolean {
  return step.action === "commit" && step.client === previous.client && previous.progress.kind === "finished";
}

/** One row of a printed trace. */
export interface Block {
  readonly client: string;
  readonly first: TraceStep;
  /** The autocommit of the first step's statement; null where none follows directly. */
  readonly commit: TraceStep | null;
  readonly before: Frame;
  readonly after: Frame;
  /** The number of the step that sent the statement of the first step; null for a step without a statement. */
  readonly sentAt: number | null;
}

/** The steps of a trace as blocks, in order; each step is in exactly one. */
export function blocksOf(trace: Trace): readonly Block[] {
  const blocks: Block[] = [];
  for (const single of singleBlocksOf(trace)) {
    const last = blocks[blocks.length - 1];
    // A loop begins with a block of its own.
    const begins = single.first.n === trace.repeatsFrom;
    if (!begins && last?.commit === null && isOwnCommit(last.first, single.first)) {
      blocks[blocks.length - 1] = { ...last, commit: single.first, after: single.after };
    } else {
      blocks.push(single);
    }
  }
  return blocks;
}

/** Every step of a trace as a block of its own. */
export function singleBlocksOf(trace: Trace): readonly Block[] {
  const frames = framesOf(trace);
  const lastSent = new Map<string, number>();
  return trace.steps.flatMap((step, at) => {
    if (step.sent !== null) lastSent.set(step.client, step.n);
    const [before, after] = [frames[at], frames[at + 1]];
    if (before === undefined || after === undefined) return [];
    const sentAt = step.statement === null ? null : (lastSent.get(step.client) ?? null);
    return [{ client: step.client, first: step, commit: null, before, after, sentAt }];
  });
}

/** The number of a block's last step. */
export function lastStepOf(block: Block): number {
  return (block.commit ?? block.first).n;
}

/** `3`, or `3-4` for a statement with its commit. */
export function blockNumber(block: Block): string {
  return block.commit === null ? String(block.first.n) : `${block.first.n}-${block.commit.n}`;
}
