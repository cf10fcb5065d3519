/** A process that sends fixed statements one after the other and then ends: the shortest way to say what a client does in a test. */
import type { Reply } from "../../../model/protocol.ts";
import { type Node, type Process, request } from "../../../sim/process/process.ts";

/**
 * Node 2i offers statement i, node 2i + 1 waits for its reply. With `cyclic` it starts again after the last one. The view
 * is `{ replies: how many replies it has had }`. A client that is named is what `$1` stands for, and can be exchanged for others who
 * run the same script.
 */
export function scriptedProcess(texts: readonly string[], cyclic = false, client: string | null = null): Process {
  const end = texts.length * 2;
  const after = (node: Node): Node => (cyclic && node + 1 === end ? 0 : node + 1);
  const valuesOf = (text: string): readonly string[] => (client !== null && text.includes("$1") ? [client] : []);
  return {
    initial: 0,
    requests: (node) => {
      const text = node % 2 === 0 ? texts[node / 2] : undefined;
      return text === undefined ? [] : [request("next", { text, values: valuesOf(text) }, node + 1)];
    },
    advance: (node, _reply: Reply) => after(node),
    view: (node) => ({ replies: Math.floor(node / 2) }),
    ...(client === null ? {} : { text: String }),
    describe: (node) => `at ${node}`,
  };
}
