/**
 * Random machines and scripts that send random SQL: what reductions are held against, where no protocol of the catalogue was written to be reduced.
 *
 *     state 0 ── ask 0: SELECT … ──> (waits) ── rows: 2, no row: 0, failed: 1 ──>        each state has some requests, each
 *     state 2 ── next: UPDATE … ───> …                                                   a statement or a local step
 *
 * All clients of a system run the same machine, under their own names: `$1` is the client's name. A client remembers the first
 * value of the last row that it was given, which may be a name, its own or another's; and a state may be one of those in which it
 * believes that it owns something.
 */
import fc from "fast-check";
import type { Property, World } from "../../../model/property.ts";
import type { Cell, Query, Reply } from "../../../model/protocol.ts";
import { createServer } from "../../../sim/postgres/index.ts";
import { type Node, type Process, request } from "../../../sim/process/process.ts";
import type { SystemParts } from "../../../sim/system/build.ts";
import { Interner } from "../../../sim/system/interner.ts";
import type { Granularity } from "../../../sim/system/system.ts";
import { scriptedProcess } from "./scripted-process.ts";

const SETUP = [
  "CREATE TABLE t (id integer PRIMARY KEY, owner text, n integer NOT NULL)",
  "INSERT INTO t VALUES (1, NULL, 0), (2, NULL, 0)",
  "CREATE TABLE u (who text NOT NULL, slot integer UNIQUE)",
];

/** On one row or two; and what transactions are made of. */
const STATEMENTS = [
  "BEGIN",
  "BEGIN",
  "BEGIN",
  "BEGIN ISOLATION LEVEL REPEATABLE READ",
  "BEGIN ISOLATION LEVEL SERIALIZABLE",
  "COMMIT",
  "COMMIT",
  "ROLLBACK",
  "SELECT owner FROM t WHERE id = 1",
  "SELECT owner, n FROM t WHERE id = 1 FOR UPDATE",
  "SELECT owner FROM t WHERE id = 2 FOR SHARE",
  "SELECT owner FROM t WHERE owner IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED",
  "SELECT id FROM t WHERE id = 2 FOR UPDATE NOWAIT",
  "UPDATE t SET owner = $1 WHERE id = 1 AND owner IS NULL RETURNING owner",
  "UPDATE t SET owner = $1 WHERE id = 1",
  "UPDATE t SET owner = $1 WHERE id = 2",
  "UPDATE t SET owner = NULL WHERE owner = $1",
  "UPDATE t SET n = 1 - n WHERE id = 1",
  "UPDATE t SET n = 1 WHERE id = 2 AND EXISTS (SELECT FROM t WHERE id = 1 AND owner = $1)",
  "INSERT INTO u VALUES ($1, 1)",
  "INSERT INTO u VALUES ($1, 1) ON CONFLICT DO NOTHING RETURNING who",
  "DELETE FROM u WHERE who = $1",
  "SELECT who FROM u",
  "SELECT pg_advisory_xact_lock(1)",
  "SELECT pg_try_advisory_lock(2)",
  "SELECT pg_advisory_unlock(2)",
  "SET lock_timeout = '1s'",
  "SELECT nothing FROM t",
] as const;

/** On a row whose key is a parameter: `$2` is the row that the client has wished for. */
const KEYED_STATEMENTS = [
  "BEGIN",
  "BEGIN",
  "BEGIN ISOLATION LEVEL REPEATABLE READ",
  "COMMIT",
  "COMMIT",
  "ROLLBACK",
  "SELECT owner FROM t WHERE id = $2",
  "SELECT id, owner FROM t WHERE id = $2 FOR UPDATE",
  "SELECT id FROM t WHERE owner IS NULL LIMIT 1 FOR UPDATE SKIP LOCKED",
  "UPDATE t SET owner = $1 WHERE id = $2 AND owner IS NULL RETURNING id",
  "UPDATE t SET owner = $1 WHERE id = $2",
  "UPDATE t SET owner = NULL WHERE owner = $1",
  "UPDATE t SET owner = $1 WHERE id <> $2 AND NOT EXISTS (SELECT 1 FROM u WHERE slot = $2)",
  "INSERT INTO t VALUES ($2, $1) ON CONFLICT DO NOTHING",
  "INSERT INTO u VALUES ($1, $2)",
  "INSERT INTO u SELECT $1::text, id FROM t WHERE id = $2",
  "INSERT INTO u VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING slot",
  "DELETE FROM u WHERE slot = $2",
  "DELETE FROM u WHERE who = $1",
  "SELECT slot FROM u",
] as const;

/** What a client may do in a state; `text` is null for a local step, and `to` is where rows, no row and a failure lead. */
interface Edge {
  readonly text: string | null;
  readonly to: readonly [number, number, number];
}

export interface Transducer {
  /** By state. One edge is taken by the client of itself (`next`), two are wishes. */
  readonly edges: readonly (readonly Edge[])[];
  /** By state: whether the client believes that it owns. */
  readonly owns: readonly boolean[];
  readonly remembers: boolean;
}

const STATES = 4;

const transducersOf = (statements: readonly string[]): fc.Arbitrary<Transducer> =>
  fc.record({
    edges: fc.array(
      fc.array(
        fc.record({
          text: fc.option(fc.constantFrom(...statements), { freq: 8 }),
          to: fc.tuple(fc.nat(STATES - 1), fc.nat(STATES - 1), fc.nat(STATES - 1)),
        }),
        { minLength: 1, maxLength: 2 },
      ),
      { minLength: STATES, maxLength: STATES },
    ),
    owns: fc.array(fc.boolean(), { minLength: STATES, maxLength: STATES }),
    remembers: fc.boolean(),
  });

export const transducers = transducersOf(STATEMENTS);

/** Its clients wish for one of two interchangeable rows, again after each time that they come to state 0. */
export const keyedTransducers = transducersOf(KEYED_STATEMENTS);

interface Local {
  readonly state: number;
  /** The edge whose reply is awaited, or null. */
  readonly waits: number | null;
  readonly remembered: Cell;
  /** The key of the row that it has wished for, or null. */
  readonly key: number | null;
}

function process({ edges, owns, remembers }: Transducer, client: string, keys: readonly number[]): Process {
  const locals = new Interner<Local>((local) => JSON.stringify(local));
  const initial = locals.intern({ state: 0, waits: null, remembered: null, key: null });
  return {
    initial,
    requests: (node: Node) => {
      const local = locals.value(node);
      if (local.waits !== null) return [];
      if (local.key === null && keys.length > 0)
        return keys.map((key) => request(`wish ${key}`, null, locals.intern({ ...local, key })));
      const offered = edges[local.state] ?? [];
      return offered.map(({ text, to }, at) =>
        request(
          offered.length === 1 ? "next" : `ask ${at}`,
          text === null ? null : queryOf(text, client, local.key),
          locals.intern(text === null ? { ...local, state: to[0] } : { ...local, waits: at }),
        ),
      );
    },
    advance: (node: Node, reply: Reply) => {
      const { state, waits, remembered, key } = locals.value(node);
      const to = edges[state]?.[waits ?? 0]?.to ?? [0, 0, 0];
      const place = reply.kind === "failed" ? 2 : (reply.rowCount ?? 0) > 0 ? 0 : 1;
      const given = reply.kind === "rows" ? (reply.rows[0]?.[0] ?? null) : null;
      const next = { state: to[place], waits: null, remembered: remembers ? given : remembered };
      return locals.intern({ ...next, key: next.state === 0 ? null : key });
    },
    view: (node: Node) => {
      const { state, remembered } = locals.value(node);
      return { owns: owns[state] === true, remembered };
    },
    text: (node: Node) => JSON.stringify(locals.value(node)),
    describe: (node: Node) => `in ${locals.value(node).state}`,
  };
}

/** `$1` is the client's name, `$2` the key. A statement with one parameter only has it as `$1`. */
function queryOf(text: string, client: string, key: number | null): Query {
  const named = text.includes("$1");
  if (!text.includes("$2")) return { text, values: named ? [client] : [] };
  return named ? { text, values: [client, key] } : { text: text.replaceAll("$2", "$1"), values: [key] };
}

const owners = ({ clients }: World) => clients.filter(({ view }) => view["owns"] === true);

/** Each breaks for some machines; `witnesses` are looked for besides. */
export const CLAIMS: readonly Property[] = [
  claim("one owner", (world) => owners(world).length > 1),
  claim("nobody is deceived", ({ clients }) =>
    clients.some(({ name, view }) => ![null, name].includes(asText(view["remembered"]))),
  ),
  claim("no circle", ({ clients }) =>
    clients.some(({ name, waitsFor }) =>
      waitsFor.some((other) => clients.find((each) => each.name === other)?.waitsFor.includes(name)),
    ),
  ),
  claim("an owner is recorded", (world) =>
    owners(world).some(({ name }) => !(world.tables["t"] ?? []).some((row) => row["owner"] === name)),
  ),
  claim("both rows are not one's", ({ tables }) => {
    const [one, two] = tables["t"] ?? [];
    return one?.["owner"] !== null && one?.["owner"] === two?.["owner"];
  }),
  claim("n stays 0", ({ tables }) => (tables["t"] ?? []).some((row) => row["n"] !== 0)),
  claim("nothing breaks", () => false),
];

const WITNESSES: readonly Property[] = [
  {
    kind: "sometimes",
    name: "somebody waits",
    sentence: "it comes to that",
    holds: ({ clients }) => clients.some(({ waitsFor }) => waitsFor.length > 0),
  },
  {
    kind: "sometimes",
    name: "somebody owns",
    sentence: "it comes to that",
    holds: (world) => owners(world).length > 0,
  },
];

function claim(name: string, breaks: (world: World) => boolean): Property {
  return {
    kind: "always",
    name,
    sentence: `${name}, always`,
    violation: (world) => (breaks(world) ? `not so: ${name}` : null),
  };
}

function asText(cell: Cell | undefined): string | null {
  return typeof cell === "string" && NAMES.includes(cell) ? cell : null;
}

const NAMES = ["alice", "bob", "carol", "dave", "erin"];

export interface About {
  readonly clients: number;
  readonly granularity: Granularity;
  /** The only claim that is looked at, with the witnesses; null for no property at all. */
  readonly claimed: Property | null;
}

/** So many clients that run the same machine. */
export function partsOfTransducer(transducer: Transducer, about: About): SystemParts {
  return partsOf((client) => process(transducer, client, []), about);
}

/** So many clients that run the same machine on two interchangeable rows, which are there or still to be inserted. */
export function partsOfKeyed(transducer: Transducer, about: About & { readonly inserted: boolean }): SystemParts {
  const setup = [
    "CREATE TABLE t (id integer PRIMARY KEY, owner text)",
    ...(about.inserted ? ["INSERT INTO t VALUES (1, NULL), (2, NULL)"] : []),
    "CREATE TABLE u (who text NOT NULL, slot integer UNIQUE)",
  ];
  return { ...partsOf((client) => process(transducer, client, KEYS), about, setup), keys: KEYS };
}

const KEYS = [1, 2];

/** Statements one after the other, once or again and again. */
export interface Script {
  readonly texts: readonly string[];
  readonly cyclic: boolean;
}

export const scripts: fc.Arbitrary<Script> = fc.record({
  texts: fc.array(fc.constantFrom(...STATEMENTS), { minLength: 2, maxLength: 6 }),
  cyclic: fc.boolean(),
});

/** So many clients that run the same script. */
export function partsOfScript({ texts, cyclic }: Script, about: About): SystemParts {
  return partsOf((client) => scriptedProcess(texts, cyclic, client), about);
}

function partsOf(
  processOf: (client: string) => Process,
  { clients, granularity, claimed }: About,
  setup: readonly string[] = SETUP,
): SystemParts {
  const names = NAMES.slice(0, clients);
  return {
    server: createServer({ sessions: clients, setup, granularity, isolation: "read committed" }),
    clients: names,
    processes: names.map(processOf),
    properties: claimed === null ? [] : [claimed, ...WITNESSES],
    granularity,
  };
}
