/** Each symptom that users of RACE-001 reported has a trace, and none of them is left when one statement asks and takes. */
import { beforeAll, describe, expect, test } from "vitest";
import { editor } from "../../model/scenarios/editor.ts";
import { NO_BOUNDS } from "../../sim/explore/bounds.ts";
import { check } from "../../sim/explore/check.ts";
import { loadGrammar } from "../../sim/postgres/grammar.ts";
import { type Instance, protocolOf } from "../../sim/system/from-scenario.ts";

beforeAll(loadGrammar);

function instance(protocol: string, property: string): Instance {
  return {
    scenario: editor,
    protocol: protocolOf(editor, protocol),
    clients: 2,
    buffers: 1,
    isolation: "read committed",
    granularity: "coarse",
    property,
  };
}

describe.each([
  ["no-lost-edit", "alice sees 'alice' on the screen, and the buffer says 'alice bob'"],
  ["cursor-stays", "alice has put the cursor at 5, and it is at 9"],
  ["undo-restores", "bob's undo gives '', and before bob's last edit the buffer said 'alice'"],
])("%s", (property, message) => {
  test("breaks after check-then-act, in the words of a user", async () => {
    const { trace } = await check(instance("edit-after-check-then-act", property), NO_BOUNDS);
    expect(trace?.verdict).toMatchObject({ kind: "violated", property, message: expect.stringContaining(message) });
  });

  test("holds after atomic-update", async () => {
    const { exploration } = await check(instance("edit-after-atomic-update", property), NO_BOUNDS);
    expect(exploration).toMatchObject({ verdict: "holds", exhaustive: true });
  });
});

test("a property that the scenario does not have is refused, with the list", async () => {
  const what = instance("edit-after-atomic-update", "no-such-property");
  await expect(check(what, NO_BOUNDS)).rejects.toMatchObject({ hint: expect.stringContaining("undo-restores") });
});
