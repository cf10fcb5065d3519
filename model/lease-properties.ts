/**
 * The claims about leases. A client that has slept past its lease believes that it owns and cannot know better, so belief alone is no
 * violation: what counts is a belief whose time is not up, by the clock of the server, and what reaches the table.
 */
import type { AlwaysProperty, ClientView, World } from "./property.ts";
import type { Row } from "./protocol.ts";

/** At most one client has a lease whose time is not up. */
export const oneRunningLease: AlwaysProperty = {
  kind: "always",
  symmetric: true,
  name: "mutual-exclusion",
  sentence: "at most one client has a lease on a document whose time is not up",
  violation(world) {
    for (const client of running(world)) {
      const other = running(world).find((each) => each !== client && each.view["owns"] === client.view["owns"]);
      if (other !== undefined) {
        return `${client.name} and ${other.name} both have the lease on document ${client.view["owns"]}, and neither's time is up`;
      }
    }
    return null;
  },
};

/** Nobody's lease is taken away before its time. */
export const leaseIsRecorded: AlwaysProperty = {
  kind: "always",
  symmetric: true,
  name: "owner-is-recorded",
  sentence: "a client whose lease is not up is the one recorded in the document's row",
  violation(world) {
    for (const { name, view } of running(world)) {
      const row = documentOf(world, view["owns"]);
      if (row?.["owner"] !== name) {
        return `${name}'s lease on document ${view["owns"]} is not up, but its row names ${row?.["owner"] ?? "nobody"}`;
      }
      if (row["token"] !== view["token"]) {
        return `${name}'s lease on document ${view["owns"]} has token ${view["token"]}, and its row has token ${row["token"]}: between them it was another's`;
      }
    }
    return null;
  },
};

/** What an owner has saved is not overwritten by an earlier owner. */
export const noStaleWrite: AlwaysProperty = {
  kind: "always",
  symmetric: true,
  name: "no-stale-write",
  sentence: "what an owner has saved is never overwritten by somebody who owned before",
  violation(world) {
    for (const { name, view } of world.clients) {
      const there = documentOf(world, view["owns"])?.["saved_token"];
      if (view["saved"] === null || Number(there) >= Number(view["saved"])) continue;
      return `${name} saved with token ${view["saved"]}, and now the document is that of token ${there}: an owner whose time was up has overwritten it`;
    }
    return null;
  },
};

function running(world: World): readonly ClientView[] {
  const now = String(world.tables["clock"]?.[0]?.["now"] ?? "");
  // Both are texts of one form, the longest unit first, and so in the order of time.
  return world.clients.filter(({ view }) => view["owns"] !== null && String(view["until"]) > now);
}

function documentOf(world: World, id: unknown): Row | undefined {
  return world.tables["documents"]?.find((row) => row["id"] === id);
}
