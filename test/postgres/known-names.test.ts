/** The tables of what PostgreSQL knows by name are those of the server that the tests run on. */
import { readFileSync } from "node:fs";
import { expect, inject, it } from "vitest";
import { knownNames } from "../../.ci/known-names.ts";

it("sim/postgres/known says what the server's catalogs say", async () => {
  for (const [name, text] of await knownNames(inject("databaseUrl"))) {
    expect(readFileSync(new URL(`../../sim/postgres/known/${name}`, import.meta.url), "utf8"), name).toBe(text);
  }
});
