/** `npm run docs:diagrams`: writes the generated parts of docs/protocols.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { scenarios } from "../../model/scenarios/index.ts";
import { loadGrammar } from "../../sim/postgres/grammar.ts";
import { withGeneratedParts } from "./protocols-page.ts";
import { shortTraces } from "./short-trace.ts";

const path = fileURLToPath(new URL("../../docs/protocols.md", import.meta.url));
const protocols = scenarios.flatMap((scenario) => scenario.protocols);
await loadGrammar();
writeFileSync(path, withGeneratedParts(readFileSync(path, "utf8"), protocols, await shortTraces(scenarios)));
process.stdout.write(`wrote ${protocols.length} protocols into docs/protocols.md\n`);
