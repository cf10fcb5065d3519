/** Web applications that keep records: upserts, documents, versions, names that are unique, tags, and login codes. */
import type { Code } from "../../sim/process/code-process.ts";
import {
  believers,
  countOf,
  haveSucceeded,
  never,
  type PublicCase,
  rowOf,
  rowsOf,
  transaction,
} from "./public-case.ts";

const FIND = `SELECT "public"."items"."id" FROM "public"."items"
  WHERE ("public"."items"."tenantId" = $1 AND "public"."items"."externalKey" = $2 AND 1=1) LIMIT $3`;
const INSERT = `INSERT INTO "public"."items" ("tenantId", "externalKey", "hits") VALUES ($1, $2, $3)`;

const findsThenInserts: Code = async (session) => {
  await transaction(session, async () => {
    const found = await rowOf(session, FIND, [1, "k", 1]);
    if (found === null) await session.query(`${INSERT} RETURNING "public"."items"."id"`, [1, "k", 1]);
    else
      await session.query(`UPDATE "public"."items" SET "hits" = "items"."hits" + 1 WHERE "id" IN ($1)`, [
        found["id"] ?? null,
      ]);
    return true;
  });
};

const upserts: Code = async (session) => {
  await session.query(
    `${INSERT} ON CONFLICT ("tenantId", "externalKey") DO UPDATE SET "hits" = "items"."hits" + 1 WHERE 1=1 RETURNING "id"`,
    [1, "k", 1],
  );
};

/** Both find nothing and insert: an upsert that fails. Every name has its schema, as the ORM writes it. */
const upsert: PublicCase = {
  name: "an upsert does not fail",
  source: "prisma/orm#3242",
  setup: [
    `CREATE TABLE "public"."items" ("id" serial PRIMARY KEY,
      "tenantId" int NOT NULL, "externalKey" text NOT NULL, "hits" int NOT NULL)`,
    `CREATE UNIQUE INDEX "items_key" ON "public"."items" ("tenantId", "externalKey")`,
  ],
  view: {},
  claims: [never("there are two", (world) => rowsOf(world, "items").length > 1)],
  versions: {
    "finds, then inserts": {
      clients: { a: findsThenInserts, b: findsThenInserts },
      found: { breaks: "no-unexpected-error", steps: 11, states: 87 },
      isForced: true,
    },
    "ON CONFLICT": { clients: { a: upserts, b: upserts }, found: { holds: true, states: 53 } },
  },
};

function writesTheDocument(patch: Readonly<Record<string, string>>): Code {
  return async (session) => {
    const product = await rowOf(session, "SELECT metadata FROM products WHERE id = 1");
    const metadata = { ...(JSON.parse(String(product?.["metadata"])) as object), ...patch };
    await session.query("UPDATE products SET metadata = $1, updated_at = now() WHERE id = 1", [
      JSON.stringify(metadata),
    ]);
    session.believe({ saved: true });
  };
}

function addsToTheDocument(patch: Readonly<Record<string, string>>): Code {
  return async (session) => {
    await session.query("UPDATE products SET metadata = metadata || $1::jsonb WHERE id = 1", [JSON.stringify(patch)]);
    session.believe({ saved: true });
  };
}

/** A document is read, changed, and written back: who writes last takes the other's key away. */
const document: PublicCase = {
  name: "a key that was saved is kept",
  source: "saleor/saleor#17375",
  setup: [
    `CREATE TABLE products (id serial PRIMARY KEY, metadata jsonb NOT NULL,
      sku text GENERATED ALWAYS AS (metadata ->> 'sku') STORED, updated_at timestamptz NOT NULL DEFAULT now())`,
    `INSERT INTO products (metadata) VALUES ('{"sku": "M-1"}')`,
  ],
  view: { saved: false },
  claims: [
    never("a saved key is gone", (world) => {
      const text = JSON.stringify(rowsOf(world, "products")[0]?.["metadata"]);
      return believers(world, "saved") === 2 && !(text.includes("red") && text.includes("M-2"));
    }),
  ],
  versions: {
    "writes all of it": {
      clients: { a: writesTheDocument({ color: "red" }), b: writesTheDocument({ sku: "M-2" }) },
      found: { breaks: "a saved key is gone", steps: 8, states: 35 },
      isForced: true,
    },
    "adds its keys": {
      clients: { a: addsToTheDocument({ color: "red" }), b: addsToTheDocument({ sku: "M-2" }) },
      found: { holds: true, states: 19 },
    },
  },
};

const FREE = `SELECT count(*) AS n FROM (SELECT username FROM users WHERE deleted_at IS NULL) active
  WHERE lower(username) = lower($1)`;

function looksForTheName(name: string): Code {
  return async (session) => {
    if (Number((await rowOf(session, FREE, [name]))?.["n"]) > 0) return;
    await session.query("INSERT INTO users (username) VALUES ($1)", [name]);
  };
}

function insertsTheName(name: string): Code {
  return async (session) => {
    await session.query(
      `INSERT INTO users (username) VALUES ($1)
       ON CONFLICT (lower(username)) WHERE deleted_at IS NULL DO NOTHING RETURNING id`,
      [name],
    );
  };
}

/** The unique index has NULL in its second column for everybody who is there, and NULLs are distinct. */
const softDelete: PublicCase = {
  name: "a name is unique among those who are there",
  source: "go-admin-team/go-admin#863",
  setup: [
    "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, username varchar(40) NOT NULL, deleted_at timestamptz)",
    "INSERT INTO users (username, deleted_at) VALUES ('Zoe', '2024-01-01 00:00:00+00')",
  ],
  view: {},
  claims: [
    never("two of one name are there", (world) => {
      return rowsOf(world, "users").filter((row) => row["deleted_at"] === null).length > 1;
    }),
  ],
  versions: {
    "unique with the date of deletion": {
      clients: { a: looksForTheName("zoe"), b: looksForTheName("Zoe") },
      adds: ["CREATE UNIQUE INDEX names ON users (username, deleted_at)"],
      found: { breaks: "two of one name are there", steps: 10, states: 73 },
      isForced: true,
    },
    "unique where not deleted": {
      clients: { a: insertsTheName("zoe"), b: insertsTheName("Zoe") },
      adds: ["CREATE UNIQUE INDEX names ON users (lower(username)) WHERE deleted_at IS NULL"],
      found: { holds: true, states: 43 },
    },
  },
};

const BEGIN = "BEGIN ISOLATION LEVEL SERIALIZABLE";

function loginCode(id: string, tries: number): Code {
  return async (session) => {
    for (let left = tries; left > 0; left--) {
      try {
        await session.query(BEGIN);
        await session.query("SELECT device, failed FROM devices WHERE email = 'x@example.com'");
        await session.query("INSERT INTO devices VALUES ($1, 'x@example.com', 0)", [id]);
        await session.query("INSERT INTO codes VALUES ($1, $1)", [id]);
        await session.query("COMMIT");
        return;
      } catch (error) {
        if ((error as { readonly code?: string }).code !== "40001" || left === 1) throw error;
        await session.query("ROLLBACK");
      }
    }
  };
}

/** Each reads what the other writes; one fails with 40001, and its caller is shown that. */
const serializable: PublicCase = {
  name: "nobody is shown a failure to serialize",
  source: "supertokens/supertokens-core#373",
  setup: [
    "CREATE TABLE devices (device char(4) PRIMARY KEY, email varchar(256), failed int NOT NULL)",
    "CREATE INDEX devices_email ON devices (email)",
    "CREATE TABLE codes (code char(4) PRIMARY KEY, device char(4) NOT NULL REFERENCES devices ON DELETE CASCADE ON UPDATE CASCADE)",
    "INSERT INTO devices VALUES ('d0', 'x@example.com', 0)",
  ],
  view: {},
  claims: [never("a code is lost", (world) => haveSucceeded(world) && rowsOf(world, "codes").length < 2)],
  versions: {
    "tries once": {
      clients: { a: loginCode("d1", 1), b: loginCode("d2", 1) },
      found: { breaks: "no-unexpected-error", steps: 9, states: 51 },
      isForced: true,
    },
    "tries again": {
      clients: { a: loginCode("d1", 2), b: loginCode("d2", 2) },
      found: { holds: true, states: 137 },
    },
  },
};

const TAG = `WITH made AS (INSERT INTO tags (tag) VALUES ('sql') ON CONFLICT (tag) DO NOTHING RETURNING tag_id)
  SELECT tag_id FROM made UNION ALL SELECT tag_id FROM tags WHERE tag = 'sql' LIMIT 1`;

function tagger(tries: number, statement = TAG): Code {
  return async (session) => {
    for (let left = tries; left > 0; left--) {
      const tag = (await rowOf(session, statement))?.["tag_id"] ?? null;
      if (tag !== null) return session.believe({ tag: "found" });
    }
    session.believe({ tag: "none" });
  };
}

/** The INSERT meets the committed row and does nothing; the SELECT of the same statement does not see that row. */
const tags: PublicCase = {
  name: "a tag is found or made",
  source: "Stack Overflow 15939902",
  setup: [
    "CREATE TABLE tags (tag_id serial PRIMARY KEY, tag text NOT NULL UNIQUE)",
    `CREATE FUNCTION tag_of() RETURNS int LANGUAGE sql AS $$ ${TAG} $$`,
  ],
  view: { tag: "" },
  claims: [never("a tag is neither found nor made", (world) => believers(world, "tag", "none") > 0)],
  versions: {
    "one statement": {
      clients: { a: tagger(1), b: tagger(1) },
      found: { breaks: "a tag is neither found nor made", steps: 8, states: 50 },
      isForced: true,
    },
    "the statement in a function": {
      clients: { a: tagger(1, "SELECT tag_of() AS tag_id"), b: tagger(1, "SELECT tag_of() AS tag_id") },
      found: { breaks: "a tag is neither found nor made", steps: 10, states: 69 },
      isForced: true,
    },
    "the statement a second time": { clients: { a: tagger(2), b: tagger(2) }, found: { holds: true, states: 70 } },
  },
};

const READ = `SELECT "case"."title" AS "case_title", "case"."version" AS "case_version" FROM "cases" "case" WHERE "case"."id" = 1`;

function saver(title: string, comparesVersion: boolean): Code {
  return async (session) => {
    const version = (await rowOf(session, READ))?.["case_version"] ?? null;
    const save = `UPDATE "cases" SET "title" = $1, "version" = "version" + 1 WHERE "id" IN (1)`;
    const saved = comparesVersion
      ? await countOf(session, `${save} AND "version" = $2`, [title, version])
      : await countOf(session, save, [title]);
    if (saved > 0) session.believe({ saved: Number(version) + 1 });
  };
}

const savers = (comparesVersion: boolean): Readonly<Record<string, Code>> => ({
  ann: saver("by ann", comparesVersion),
  ben: saver("by ben", comparesVersion),
});

/** Both read version 1 and write: the version is 3, and an edit is gone. */
const version: PublicCase = {
  name: "a version is saved once",
  source: "typeorm/typeorm#2848",
  setup: [
    `CREATE TABLE "cases" ("id" int PRIMARY KEY, "title" character varying NOT NULL, "version" int NOT NULL DEFAULT 1)`,
    `INSERT INTO "cases" ("id", "title") VALUES (1, 'draft')`,
  ],
  view: { saved: 0 },
  claims: [never("an edit is gone", (world) => believers(world, "saved", 2) > 1)],
  versions: {
    "counts versions": {
      clients: savers(false),
      found: { breaks: "an edit is gone", steps: 8, states: 35 },
      isForced: true,
    },
    "compares versions": { clients: savers(true), found: { holds: true, states: 35 } },
  },
};

export const records: readonly PublicCase[] = [upsert, document, softDelete, serializable, tags, version];
