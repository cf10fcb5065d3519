/** A set-up of which several parts are not modelled is refused once, with each part and its place. */
import { beforeAll, expect, it } from "vitest";
import { createServer, loadGrammar } from "../../../../sim/postgres/index.ts";
import { UsageError } from "../../../../sim/usage-error.ts";

beforeAll(loadGrammar);

/** What is refused, each with its line. */
function refused(...setup: readonly string[]): readonly string[] {
  try {
    createServer({ sessions: 1, setup, granularity: "coarse", isolation: "read committed" });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return [...error.message.matchAll(/^(.+)\n(line \d+)/gm)].map(([, what, line]) => `${what}: ${line}`);
  }
  return [];
}

it("tells each part of it, with the line of its own text", () => {
  const schema = `create type mood as enum ('a');
create table t (id int, at time,
  key uuid default gen_random_uuid());
create table u (id int);`;
  expect(refused(schema, "insert into u values (1);\ncreate view v as select 1")).toEqual([
    "CREATE TYPE is not modelled: line 1",
    "the type time is not modelled: line 2",
    "the function gen_random_uuid is not modelled: line 3",
    "CREATE VIEW is not modelled: line 2",
  ]);
});

it("tells what needs a refused part only where it is refused for itself", () => {
  expect(refused("create type mood as enum ('a'); create table t (m mood, at time)")).toEqual([
    "CREATE TYPE is not modelled: line 1",
    "the type time is not modelled: line 1",
  ]);
});

it("of one part says what it says of a statement", () => {
  expect(refused("create table t (id int); create view v as select 1")).toEqual([
    "CREATE VIEW is not modelled: line 1",
  ]);
});
