import { describe, expect, test } from "vitest";
import { databaseError } from "../../src/buffers/errors.ts";
import { type BufferErrorKind, type SessionResult, selectForUpdate } from "../../src/buffers/index.ts";
import { driverError } from "./replies.ts";
import { ScriptedSession } from "./scripted-session.ts";

const kinds: readonly (readonly [string, BufferErrorKind])[] = [
  ["40001", "contended"],
  ["40P01", "contended"],
  ["55P03", "contended"],
  ["57014", "contended"],
  ["08006", "database-unavailable"],
  ["53300", "database-unavailable"],
  ["57P01", "database-unavailable"],
  ["42P01", "schema-missing"],
  ["22P02", "unexpected"],
  ["57000", "unexpected"],
];

test.each(kinds)("SQLSTATE %s is %s", (sqlstate, kind) => {
  const cause = driverError(sqlstate, "text of the server");
  const error = databaseError(cause);
  expect([error.kind, error.cause]).toEqual([kind, cause]);
  expect(error.message).toContain("text of the server");
});

test("an error without SQLSTATE means that no server answered", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  expect([databaseError(refused).kind, databaseError(new Error("Connection terminated unexpectedly")).kind]).toEqual([
    "database-unavailable",
    "database-unavailable",
  ]);
});

describe("select-for-update, when ROLLBACK fails as well,", () => {
  async function afterFailures(rollback: string): Promise<unknown> {
    const session = new ScriptedSession();
    const attempt = selectForUpdate.acquire(session, 1, "alice").catch((error: unknown) => error);
    const done: SessionResult = { rows: [], rowCount: null };
    await session.answer(Promise.resolve(done));
    await session.answer(Promise.reject(driverError("40001", "could not serialize access")));
    expect(session.asked?.text).toBe("ROLLBACK");
    await session.answer(Promise.reject(driverError(rollback, "no rollback")));
    return attempt;
  }

  test("says that the transaction is left open", async () => {
    expect(await afterFailures("57014")).toMatchObject({ kind: "transaction-left-open" });
  });

  test("says that the database is not available where the connection has gone", async () => {
    expect(await afterFailures("57P01")).toMatchObject({ kind: "database-unavailable" });
  });
});
