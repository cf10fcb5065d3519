/** The world before the first step and after each: a trace keeps differences, readers want whole pictures. */
import type { Row, View } from "../../model/protocol.ts";
import type { Trace } from "./trace.ts";

/** What there is to see at one moment of a trace. */
export interface Frame {
  /** 0 before the first step, then the number of the step just taken. */
  readonly n: number;
  readonly tables: Readonly<Record<string, readonly Row[]>>;
  readonly views: Readonly<Record<string, View>>;
  /** Who waits for whom, by the waiting client. */
  readonly waits: Readonly<Record<string, readonly string[]>>;
}

/** Frame 0 to frame n. */
export function framesOf(trace: Trace): readonly Frame[] {
  const frames: Frame[] = [{ n: 0, tables: trace.start.tables, views: trace.start.views, waits: {} }];
  for (const step of trace.steps) {
    const last = frames[frames.length - 1];
    if (last === undefined) break;
    const still = Object.entries(last.waits).filter(
      ([client]) => client !== step.client && !step.woken.includes(client),
    );
    const begun: [string, readonly string[]][] =
      step.progress.kind === "waits" ? [[step.client, step.progress.waitsFor]] : [];
    frames.push({
      n: step.n,
      tables: { ...last.tables, ...step.tables },
      views: { ...last.views, ...step.views },
      waits: Object.fromEntries([...still, ...begun]),
    });
  }
  return frames;
}
