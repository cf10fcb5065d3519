/**
 * Public bug reports: each version of each says what it said when it was looked at. One report cannot be asked: the job that is
 * committed between a look and a LISTEN (PaulGilmartin/django-pgpubsub#82), since LISTEN and NOTIFY are refused.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { publicCases } from "./all-cases.ts";
import { exploreCase, foundIn } from "./public-case.ts";

beforeAll(loadGrammar);

describe.each(publicCases)("$name ($source)", (reported) => {
  test.each(Object.entries(reported.versions))("%s", async (_, version) => {
    expect(foundIn(await exploreCase(reported, version))).toEqual(version.found);
  });
});
