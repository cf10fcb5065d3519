/**
 * The second oracle: PostgreSQL's own isolation tester on the real server, and our runner on the simulated one. Both print a text.
 *
 * A text that is another one each time says little of PostgreSQL: a script that differs is run again, and what one of the runs
 * shows is no difference. Texts that differ in nothing but the order of a result's rows are counted apart.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { runIsolationOnSimulated } from "../../../sim/isolation/run-on-simulated.ts";
import { UsageError } from "../../../sim/usage-error.ts";
import type { Session } from "../../postgres/connection.ts";

export type Comparison =
  | { readonly kind: "equal" }
  /** Another run of the real server showed the simulated text. */
  | { readonly kind: "unsteady" }
  /** The rows of a result in another order. */
  | { readonly kind: "order"; readonly simulated: string; readonly real: string }
  | { readonly kind: "differs"; readonly simulated: string; readonly real: string }
  | { readonly kind: "refused"; readonly why: string };

const RUNS = 6;
/** What PostgreSQL's test driver (pg_regress) gives the tester. */
const ENVIRONMENT = { PGTZ: "PST8PDT", PGDATESTYLE: "Postgres, MDY", PGOPTIONS: "-c intervalstyle=postgres_verbose" };
const SECONDS_MAX = 10;
const ENDED = `(ended after ${SECONDS_MAX} s)`;

/** The program, and a server whose databases it may make and drop. */
export interface Tester {
  readonly program: string;
  readonly url: string;
  readonly admin: Session;
}

/** Runs the script on both. */
export async function compareByTester(spec: string, tester: Tester): Promise<Comparison> {
  const simulated = await simulatedText(spec);
  if (simulated.kind === "refused") return simulated;
  const texts = new Set<string>();
  for (let run = 0; run < RUNS; run++) {
    const real = await testerText(spec, tester);
    if (real === simulated.text) return { kind: texts.size === 0 ? "equal" : "unsteady" };
    texts.add(real);
    if (real.includes(ENDED)) break;
  }
  const [real = ""] = texts;
  const kind = sameButForOrder(simulated.text, real) ? "order" : "differs";
  return { kind, simulated: simulated.text, real };
}

/** Whether the texts are equal but for the order of rows within their results. */
export function sameButForOrder(one: string, other: string): boolean {
  return withSortedRows(one) === withSortedRows(other);
}

/** Rows stand between the line below the names of the columns and their number. */
function withSortedRows(text: string): string {
  return text.replace(/^(-+(?:\+-+)*\n)((?:.*\n)*?)(\(\d+ rows?\))$/gm, (_, head: string, rows: string, end: string) =>
    [head, ...rows.split("\n").sort(), end].join("\n"),
  );
}

async function simulatedText(
  spec: string,
): Promise<{ readonly kind: "text"; readonly text: string } | { readonly kind: "refused"; readonly why: string }> {
  let text = "";
  try {
    await runIsolationOnSimulated(spec, {
      file: "fuzz.spec",
      print: (piece) => {
        text += piece;
      },
    });
    return { kind: "text", text };
  } catch (error) {
    if (error instanceof UsageError) return { kind: "refused", why: error.message };
    return { kind: "text", text: `${text}CRASH ${String(error)}\n` };
  }
}

/** What the tester prints of the script in a new database of the server. */
async function testerText(spec: string, { program, url, admin }: Tester): Promise<string> {
  const name = `lockstep_fuzz_${randomBytes(4).toString("hex")}`;
  await admin.rows(`CREATE DATABASE ${name}`);
  try {
    const place = new URL(url);
    place.pathname = `/${name}`;
    return await output(program, place.href, spec);
  } finally {
    await admin.rows(`DROP DATABASE ${name} WITH (FORCE)`);
  }
}

function output(tester: string, url: string, spec: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(tester, [url], {
      env: { ...process.env, ...ENVIRONMENT },
      stdio: ["pipe", "pipe", "pipe"],
      timeout: SECONDS_MAX * 1000,
    });
    let text = "";
    const take = (piece: Buffer): void => {
      text += piece.toString("utf8");
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", reject);
    child.on("close", (_, signal) => resolve(signal === null ? text : `${text}${ENDED}\n`));
    child.stdin.end(spec);
  });
}
