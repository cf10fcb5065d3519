/** Sections of databases with old versions: whose each is and who sees it can be told from them, or there are none. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadGrammar } from "../../../../sim/postgres/index.ts";
import type { Sections } from "../../../../sim/postgres/server.ts";
import { playAll } from "../play.ts";

/** Client i of these names has session i. */
const NAMES = ["alice", "bob", "carol"];

/** What a client sees in its snapshot: nobody's row, or somebody's. */
type Seen = readonly [client: string, owner: string | null];

/** One client after the other looks at the only row, which has another owner each time and none in the end; carol writes. */
function sectionsOf(...seen: readonly Seen[]): Sections | null {
  const session = (client: string): string => `s${NAMES.indexOf(client)}`;
  const { server, database } = playAll(
    "CREATE TABLE t (id int PRIMARY KEY, owner text); INSERT INTO t VALUES (1, 'nobody')",
    [
      ...seen.flatMap(([client, owner]) => [
        `${session("carol")}> update t set owner = ${owner === null ? "null" : `'${owner}'`}`,
        `${session(client)}> begin isolation level repeatable read`,
        `${session(client)}> select owner from t where id = 1`,
      ]),
      `${session("carol")}> update t set owner = null`,
    ].join("\n"),
    { granularity: "fine" },
  );
  return server.sections(NAMES)(database, null);
}

/** What each client is in it: its private part and the gaps that it fills. */
function clientsOf(sections: Sections | null): readonly string[] | undefined {
  return sections?.own.map((own, client) => `${own} fills${sections.gaps[client]}`);
}

beforeAll(loadGrammar);

describe("old versions side by side", () => {
  it("that differ tell by themselves whose each is and who sees it", () => {
    const bobs = sectionsOf(["bob", null], ["alice", "bob"]);
    const alices = sectionsOf(["alice", null], ["bob", "alice"]);
    const itsOwn = sectionsOf(["bob", null], ["alice", "alice"]);
    expect(alices?.shared).toBe(bobs?.shared);
    expect(itsOwn?.shared).toBe(bobs?.shared);
    const [alice = "", bob = "", carol = ""] = clientsOf(bobs) ?? [];
    expect(clientsOf(alices)).toEqual([bob, alice, carol]);
    expect(clientsOf(itsOwn)?.toSorted()).not.toEqual([alice, bob, carol].toSorted());
  });

  it("that are alike but for two names each would leave open who sees whose", () => {
    expect(sectionsOf(["alice", "bob"], ["bob", "alice"])).toBeNull();
    expect(sectionsOf(["alice", "alice"], ["bob", "bob"])).toBeNull();
  });
});
