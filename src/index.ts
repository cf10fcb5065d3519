/**
 * The library: what `import … from "lockstep"` gives. Claims (`model/`), the world in which they are checked (`sim/`), and
 * the doors to a real PostgreSQL. Searches have a clock here (exploring.ts), which those of `sim/` are given.
 */
export * from "../model/editor-properties.ts";
export * from "../model/lease-properties.ts";
export * from "../model/liveness.ts";
export * from "../model/properties.ts";
export * from "../model/property.ts";
export * from "../model/protocol.ts";
export * from "../model/protocols/buffer-client.ts";
export * from "../model/scenario.ts";
export { scenarioNamed, scenarios } from "../model/scenarios/index.ts";
export * from "../sim/index.ts";
export * from "./buffers/index.ts";
export { check, checkAnyNumber, explore, exploreDepthFirst, type SomeBounds } from "./exploring.ts";
export { renderHtml } from "./page/html.ts";
export { startPostgres } from "./postgres/embedded.ts";
export { replayOnPostgres } from "./postgres/replay.ts";
export { openServer } from "./postgres/server.ts";
export { createServer, openSystem, systemOf } from "./starting-now.ts";
