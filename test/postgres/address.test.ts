/** The URL of a server of the user's: what may be said of it, and that a password is not. */
import { describe, expect, test } from "vitest";
import { UsageError } from "../../sim/usage-error.ts";
import { placeText, readAddress } from "../../src/postgres/address.ts";
import { openServer } from "../../src/postgres/server.ts";

const PASSWORD = "hunter2";

describe("a URL that can be read is told by user, host, port and database", () => {
  test.each([
    ["postgres://app:hunter2@127.0.0.1:1/shop", "app@127.0.0.1:1/shop"],
    ["postgresql://app:hunter2@127.0.0.1:1/shop", "app@127.0.0.1:1/shop"],
    ["postgres://app@127.0.0.1:1/shop?password=hunter2", "app@127.0.0.1:1/shop"],
    ["postgres://127.0.0.1:1/shop?user=app&password=hunter2", "app@127.0.0.1:1/shop"],
    ["postgres://app:a@hunter2@127.0.0.1:1/shop", "app@127.0.0.1:1/shop"],
    ["postgres://app:%68unter2@127.0.0.1:1/shop", "app@127.0.0.1:1/shop"],
    ["postgres://app:hunter2@127.0.0.1:1/shop?application_name=x&schema=public", "app@127.0.0.1:1/shop"],
    ["postgres://app:hunter2@/shop?host=/tmp/none", "app@/tmp/none:5432/shop"],
  ])("%s", async (url, told) => {
    expect(placeText(readAddress(url).place)).toBe(told);
    const error = await openServer({ databaseUrl: url }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "database-not-reachable" });
    expect(`${(error as UsageError).message} ${(error as UsageError).hint}`).not.toContain(PASSWORD);
  });
});

describe("a URL in which a part of the password may have been taken for another is refused, and none of it told", () => {
  test.each([
    "postgres://app:a/hunter2@127.0.0.1/shop",
    "postgres://app:1/hunter2@127.0.0.1/shop",
    "postgres://app:1#hunter2@127.0.0.1/shop",
    "postgres://app:1?hunter2@127.0.0.1/shop",
    "postgres://app:1?a=hunter2@127.0.0.1/shop",
    "postgres://app:hunter2 x@127.0.0.1/shop",
    "host=127.0.0.1 user=app password=hunter2",
    "https://app:hunter2@127.0.0.1/shop",
    "app:hunter2@127.0.0.1/shop",
    "hunter2",
  ])("%s", (url) => {
    let error: unknown = null;
    try {
      readAddress(url);
    } catch (reason) {
      error = reason;
    }
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ code: "database-url-not-readable" });
    const { message, hint, stack } = error as UsageError;
    for (const text of [message, hint, stack ?? ""]) {
      expect(text).not.toContain(PASSWORD);
      expect(text).not.toContain("127.0.0.1");
    }
  });
});
