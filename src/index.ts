/**
 * The library: what `import … from "lockstep"` gives. Claims (`model/`), the world in which they are checked (`sim/`), and
 * the doors to a real PostgreSQL.
 */
export * from "../model/liveness.ts";
export * from "../model/property.ts";
export * from "../model/protocol.ts";
export * from "../model/scenario.ts";
export { scenarioNamed, scenarios } from "../model/scenarios/index.ts";
export * from "../sim/index.ts";
export * from "./buffers/index.ts";
export { renderHtml } from "./page/html.ts";
export { startPostgres } from "./postgres/embedded.ts";
export { replayOnPostgres } from "./postgres/replay.ts";
export { openServer } from "./postgres/server.ts";
export { check, checkAnyNumber, createServer, openSystem, systemOf } from "./starting-now.ts";
