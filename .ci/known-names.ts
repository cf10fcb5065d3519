/**
 * `npm run known-names`: writes down what PostgreSQL knows by name, as the embedded server's catalogs have it.
 *
 *     pg_proc, pg_operator, pg_cast, pg_type, pg_settings, pg_class   ->   sim/postgres/known/*.ts
 *
 * The simulated server asks these tables before it says that something does not exist: what PostgreSQL knows and the
 * server does not model is refused. A test compares the files with the server's catalogs.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { startPostgres } from "../src/postgres/embedded.ts";

/** Types of the server's inside: a function that takes or gives one cannot be called in SQL. */
const INTERNAL = `array['internal', 'cstring', 'trigger', 'event_trigger']::regtype[]`;

/** One row a name: `abs int2|int4|…`. A type with `?` behind it may be left out, one with `*` in front is variadic. */
const FUNCTIONS = `
  select proname::text || ' ' || string_agg(case prokind when 'a' then '@' when 'w' then '%' else '' end || parameters, '|'
      order by parameters collate "C")
  from (
    select proname, prokind, coalesce((
      select string_agg(
        case when provariadic <> 0 and n = pronargs then '*' else '' end || typname::text
          || case when n > pronargs - pronargdefaults then '?' else '' end, ',' order by n)
      from unnest(proargtypes::oid[]) with ordinality as argument (type, n) join pg_type on pg_type.oid = type), '') as parameters
    from pg_proc
    where prokind in ('f', 'a', 'w') and pronamespace = 'pg_catalog'::regnamespace
      and not proargtypes::oid[] && (${INTERNAL})::oid[] and prorettype <> all ((${INTERNAL})::oid[])
  ) as signature
  group by proname
  order by proname collate "C"`;

/** One row a name: `+ int4,int4|,int4|…`; the left side is empty for a prefix operator. */
const OPERATORS = `
  select oprname::text || ' ' || string_agg(coalesce(l.typname, '') || ',' || r.typname, '|' order by l.typname collate "C", r.typname collate "C")
  from pg_operator left join pg_type l on l.oid = oprleft join pg_type r on r.oid = oprright
  group by oprname
  order by oprname collate "C"`;

/** One row a type: `int4 N`, with `!` where it is preferred in its category. */
const TYPES = `
  select typname::text || ' ' || typcategory::text || case when typispreferred then '!' else '' end
  from pg_type
  where typnamespace = 'pg_catalog'::regnamespace and typtype <> 'c'
    and (typelem = 0 or typname in ('name', 'point', 'lseg', 'box', 'line'))
  order by typname collate "C"`;

/** One row a source: \x, with the context in front: implicit, assignment, explicit. */
const CASTS = `
  select s.typname::text || ' ' || string_agg(castcontext::text || ':' || t.typname, '|' order by t.typname collate "C")
  from pg_cast join pg_type s on s.oid = castsource join pg_type t on t.oid = casttarget
  where s.oid <> t.oid
  group by s.typname
  order by s.typname collate "C"`;

const SETTINGS = `select lower(name) from pg_settings where name not like '%.%' order by lower(name) collate "C"`;

const RELATIONS = `
  select relname from pg_class
  where relkind in ('r', 'v') and relnamespace = 'pg_catalog'::regnamespace
  order by relname collate "C"`;

interface File {
  readonly name: string;
  readonly header: string;
  /** The constant and the query whose rows it holds. */
  readonly tables: readonly (readonly [string, string])[];
}

const FILES: readonly File[] = [
  {
    name: "operators.ts",
    header: " * The operators that PostgreSQL knows: `name left,right|left,right;`. Source: pg_operator.",
    tables: [["OPERATORS", OPERATORS]],
  },
  {
    name: "type-catalog.ts",
    header:
      " * The types that PostgreSQL knows, with their categories: `int4 N;`, `text S!;` where it is preferred.\n" +
      " * The casts: `int4 i:int8|a:int2;`, implicit, on assignment or explicit. Sources: pg_type, pg_cast.",
    tables: [
      ["TYPES", TYPES],
      ["CASTS", CASTS],
    ],
  },
  {
    name: "settings-and-catalogs.ts",
    header: " * The settings and the system catalogs that PostgreSQL knows. Sources: pg_settings, pg_class.",
    tables: [
      ["SETTINGS", SETTINGS],
      ["CATALOGS", RELATIONS],
    ],
  },
];

/** A file may have 500 lines; the functions are too many for one. */
const FUNCTION_FILES = ["a", "j", "r"] as const;

const FUNCTIONS_HEADER =
  " * Functions that PostgreSQL knows: `name type,type?|*type;`. A type with `?` may be left out, one with `*` is\n" +
  " * variadic; `@` stands before an aggregate, `%` before a window function. Source: pg_proc.";

const WIDTH = 118;

/** Entries in lines of at most WIDTH columns; one that is longer is broken behind a `|`. */
function wrapped(entries: readonly string[]): string {
  const pieces = entries.flatMap((entry) =>
    `${entry};`.split(/(?<=[a-z0-9]\|)/).map((piece, at) => (at === 0 ? ` ${piece}` : piece)),
  );
  const lines: string[] = [];
  let line = "";
  for (const piece of pieces) {
    if (line !== "" && (line + piece).length > WIDTH) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? piece.trimStart() : piece;
  }
  return [...lines, line].join("\n");
}

function constant(name: string, entries: readonly string[]): string {
  return `export const ${name} = \`\n${wrapped(entries)}\n\`;\n`;
}

function fileText(header: string, constants: readonly string[]): string {
  return `/**\n${header}\n * Written by \`npm run known-names\`.\n */\n${constants.join("\n")}`;
}

/** The files by name, as the server's catalogs say. */
export async function knownNames(databaseUrl: string): Promise<ReadonlyMap<string, string>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const rows = async (query: string): Promise<readonly string[]> =>
      (await client.query<string[]>({ text: query, rowMode: "array" })).rows.map(([text = ""]) => text);
    const files = new Map<string, string>();
    const functions = await rows(FUNCTIONS);
    for (const [at, from] of FUNCTION_FILES.entries()) {
      const to = FUNCTION_FILES[at + 1];
      const inFile = functions.filter((entry) => (at === 0 || entry >= from) && (to === undefined || entry < to));
      const title = `FUNCTIONS_FROM_${from.toUpperCase()}`;
      files.set(`functions-from-${from}.ts`, fileText(FUNCTIONS_HEADER, [constant(title, inFile)]));
    }
    for (const { name, header, tables } of FILES) {
      const constants: string[] = [];
      for (const [title, query] of tables) constants.push(constant(title, await rows(query)));
      files.set(name, fileText(header, constants));
    }
    return files;
  } finally {
    await client.end();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const server = await startPostgres();
  try {
    for (const [name, text] of await knownNames(server.url)) writeFileSync(join("sim/postgres/known", name), text);
  } finally {
    await server.stop();
  }
}
