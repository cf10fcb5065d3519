/**
 * `npm run counts`: the explorer's counts beside the naive one's, every protocol of the catalogue, each granularity, 2 to 4 clients.
 *
 *     npm run counts                        as far as 20,000 states, which takes half an hour
 *     npm run counts -- --states 500        a minute or two
 *
 * One line an instance; the last line counts them. Ends with status 1 where any two counts differ.
 */
import { isDeepStrictEqual } from "node:util";
import { Command } from "commander";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import { counted, everyProtocol } from "./counted.ts";

const options = new Command("counts")
  .description("Holds the explorer's counts against a naive explorer's.")
  .option(
    "--states <n>",
    "how many states the naive explorer sees before it ends at the end of a level",
    Number,
    20_000,
  )
  .option("--clients <list>", "with how many clients", "2,3,4")
  .option("--only <name>", "only protocols of scenarios with this name")
  .parse()
  .opts<{ states: number; clients: string; only?: string }>();

await loadGrammar();
const total = { whole: 0, cut: 0, refused: 0, different: 0 };
for (const clients of options.clients.split(",").map(Number)) {
  for (const granularity of ["fine", "coarse"] as const) {
    for (const instance of everyProtocol(clients, granularity)) {
      if (options.only !== undefined && instance.scenario.name !== options.only) continue;
      const { naive, full, orbitSum, orbits } = await counted(instance, options.states);
      const isRefused = typeof orbitSum === "string";
      const same = isDeepStrictEqual(full, naive) && (isRefused || orbitSum === naive.states);
      total[naive.whole ? "whole" : "cut"]++;
      if (isRefused) total.refused++;
      if (!same) total.different++;
      const name = `${instance.scenario.name} ${instance.protocol.name}, ${clients} clients, ${granularity}`;
      const extent = naive.whole
        ? `all ${naive.states} states`
        : `${naive.states} states as far as depth ${naive.depth}`;
      const bySymmetry = isRefused ? "symmetry refused" : `${orbits} orbits of ${orbitSum}`;
      process.stdout.write(
        `${same ? "same" : "DIFFERENT"}  ${name}: ${extent}, ${naive.transitions} transitions; ${bySymmetry}\n`,
      );
      if (!same) process.stdout.write(`${JSON.stringify({ naive, full, orbitSum })}\n`);
    }
  }
}
process.stdout.write(
  `${total.whole} counted whole, ${total.cut} as far as the limit; symmetry is refused for ${total.refused}; ${total.different} differ\n`,
);
if (total.different > 0) process.exitCode = 1;
