/**
 * A program that starts a server and then ends in the way that its argument names; run as a process of its own.
 *
 * It prints `ready <url>` once the server runs. Its temporary folder is the one that TMPDIR names.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { startPostgres } from "../../src/postgres/embedded.ts";
import { interruptedStatus, interruptible } from "../../src/process-exit.ts";

const way = process.argv[2];
const server = await startPostgres();
console.log(`ready ${server.url}`);

switch (way) {
  case "stop":
    await server.stop();
    break;
  case "end":
    break;
  case "exit":
    process.exit(7);
    break;
  case "throw":
    throw new Error("thrown");
  case "reject":
    void Promise.reject(new Error("rejected"));
    await sleep(60_000);
    break;
  case "wait":
    await sleep(60_000);
    break;
  case "report":
    await interruptible(async (signal) => {
      await sleep(60_000, undefined, { signal }).catch(() => console.log("reported"));
    });
    await server.stop();
    process.exitCode = interruptedStatus() ?? 0;
    break;
  case "hang":
    await interruptible(async () => {
      console.log("hanging");
      await sleep(60_000);
    });
    break;
  default:
    throw new Error(`no such way: ${way}`);
}
