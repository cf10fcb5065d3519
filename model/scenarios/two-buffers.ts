/** two-buffers: clients need two buffers at once, and name them in any order. */
import { livenessOf } from "../liveness.ts";
import { bufferProperties } from "../properties.ts";
import { twoBuffersAsNamed } from "../protocols/two-buffers-as-named.ts";
import { twoBuffersInOneUpdate } from "../protocols/two-buffers-in-one-update.ts";
import { twoBuffersSorted } from "../protocols/two-buffers-sorted.ts";
import { twoBuffersWithRetry } from "../protocols/two-buffers-with-retry.ts";
import type { Scenario } from "../scenario.ts";
import { race001 } from "./race-001.ts";

export const twoBuffers: Scenario = {
  name: "two-buffers",
  sentence: "clients acquire two buffers at once, to move text between them",
  setup: race001.setup,
  protocols: [twoBuffersInOneUpdate, twoBuffersAsNamed, twoBuffersSorted, twoBuffersWithRetry],
  properties: bufferProperties,
  liveness: livenessOf("buffer"),
  defaults: { protocol: twoBuffersInOneUpdate.name, clients: 2, buffers: 2 },
};
