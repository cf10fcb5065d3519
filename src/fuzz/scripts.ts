/** What a session does: a few transactions and statements of their own; and the whole case. */
import fc from "fast-check";
import { type FuzzCase, type Statement, TIMED } from "./case.ts";
import { failing } from "./failing.ts";
import type { Features } from "./features.ts";
import type { Foci, Focus } from "./focus.ts";
import {
  type Fragment,
  labelled,
  labelledWord,
  literally,
  oneOf,
  type Sql,
  sql,
  withLiterals,
  withParameters,
  word,
} from "./fragments.ts";
import { advisoryCalls, savepoints, tableLocks, wholeTable } from "./locking.ts";
import { oneRow, selects, sharedRow } from "./reading.ts";
import { createTables, rowsOf, type Shape, shapes, tablesOf } from "./schema.ts";
import { writes } from "./writing.ts";

const PICKS_MAX = 60;
/** Enough for four sessions to begin and to send two statements. */
const TURNS = 12;

/** Random cases with these features, about one of these matters. */
export function cases(features: Features, matters: Foci): fc.Arbitrary<FuzzCase> {
  const known = new Map<string, fc.Arbitrary<FuzzCase>>();
  const focused = matters.map(([weight, focus]) => ({ weight, arbitrary: fc.constant(focus) }));
  return fc.oneof(...focused).chain((focus) => {
    const within = focus.within(features);
    return shapes(within).chain((drawn) => {
      const shape = focus.checked ? { ...drawn, checked: true } : drawn;
      const key = `${focus.name} ${JSON.stringify(shape)}`;
      const arbitrary = known.get(key) ?? casesOf(shape, { features: within, focus });
      known.set(key, arbitrary);
      return arbitrary;
    });
  });
}

interface Kind {
  readonly features: Features;
  readonly focus: Focus;
}

function casesOf(shape: Shape, kind: Kind): fc.Arbitrary<FuzzCase> {
  const session = scripts(shape, kind);
  const several = fc.oneof(
    { weight: kind.focus.crowded ? 0 : 4, arbitrary: fc.array(session, { minLength: 2, maxLength: 2, size: "max" }) },
    { weight: 4, arbitrary: fc.array(session, { minLength: 3, maxLength: 3, size: "max" }) },
    { weight: 2, arbitrary: fc.array(session, { minLength: 4, maxLength: 4, size: "max" }) },
  );
  return fc
    .record({
      rows: rowsOf(shape),
      sessions: several,
      picks: fc.array(fc.nat({ max: 11 }), { minLength: PICKS_MAX, maxLength: PICKS_MAX, size: "max" }),
    })
    .map(({ rows, sessions, picks }) => ({
      setup: [...createTables(shape), ...rows],
      tables: tablesOf(shape),
      sessions,
      picks: picks.map((pick, at) => (kind.focus.crowded && at < TURNS ? at : pick) % sessions.length),
    }));
}

/** The statements of one session. */
function scripts(shape: Shape, { features, focus }: Kind): fc.Arbitrary<readonly Statement[]> {
  const anywhere = statements(shape, { features, focus });
  const inside = oneOf(
    [60, anywhere],
    [features.has("lock-table") ? focus.tables : 0, tableLocks(shape)],
    [features.has("lock-table") ? focus.wholeTable : 0, wholeTable],
    [features.has("savepoints") ? focus.savepoints : 0, savepoints],
    [features.has("settings") ? 1 : 0, settings],
  );
  const transaction = fc
    .record({
      begin: begins(features, focus),
      timer: features.has("timeouts") ? timers : fc.constant([]),
      body: fc.array(inside, { minLength: 1, maxLength: 4, size: "max" }),
      end: oneOf([4, labelledWord("", "COMMIT")], [1, labelledWord("", "ROLLBACK")]),
    })
    .map(({ begin, timer, body, end }) => [begin, ...timer, ...body, end]);
  const outside = oneOf(
    [60, anywhere],
    [features.has("lock-table") ? 1 : 0, tableLocks(shape)],
    [features.has("savepoints") ? 1 : 0, savepoints],
  );
  const alone = outside.map((one) => [{ ...one, labels: ["autocommit", ...one.labels] }]);
  const block = fc.oneof({ weight: 5, arbitrary: transaction }, { weight: 2, arbitrary: alone });
  return fc
    .array(block, { minLength: 1, maxLength: 2, size: "max" })
    .chain((blocks) => fc.tuple(...blocks.flat().map((fragment) => sent(fragment, features))));
}

/** A fragment as it is sent: with literals, or with parameters. */
function sent({ text, labels }: Fragment, features: Features): fc.Arbitrary<Statement> {
  const literal: Statement = { query: { text: withLiterals(text), values: [] }, labels };
  const { text: numbered, values } = withParameters(text);
  if (!features.has("parameters") || values.length === 0) return fc.constant(literal);
  const parametric: Statement = { query: { text: numbered, values }, labels: ["parameters", ...labels] };
  return fc.constantFrom(literal, literal, literal, parametric);
}

function statements(shape: Shape, { features, focus }: Kind): Sql {
  const write = writes(shape, features);
  const select = selects(shape, features);
  return oneOf(
    [focus.writes, write],
    [focus.selects, select],
    [focus.line, oneRow(features)],
    [focus.sharing, sharedRow],
    [focus.failing, failing(features)],
    [shape.identity ? 1 : 0, labelled("lastval", word("SELECT lastval()"))],
    [features.has("advisory") ? focus.advisory : 0, advisoryCalls],
    [features.has("messages") ? 1 : 0, labelled("messages", literally(sql`${write}; ${select}`))],
  );
}

function begins(features: Features, focus: Focus): Sql {
  const readOnly = features.has("read-only")
    ? oneOf(
        [25, word("")],
        [1, labelledWord("", " READ ONLY")],
        [focus.serializable > 3 ? 3 : 0, labelledWord("", " READ ONLY")],
        [features.has("deferrable") && focus.serializable > 3 ? 1 : 0, labelledWord("", " READ ONLY DEFERRABLE")],
      )
    : word("");
  const level = oneOf(
    [focus.committed, labelledWord("", "BEGIN")],
    [features.has("repeatable-read") ? focus.repeatable : 0, labelledWord("", "BEGIN ISOLATION LEVEL REPEATABLE READ")],
    [features.has("serializable") ? focus.serializable : 0, labelledWord("", "BEGIN ISOLATION LEVEL SERIALIZABLE")],
  );
  return sql`${level}${readOnly}`;
}

/** Settings of a transaction that are refused after its first query. */
const settings: Sql = labelled(
  "settings",
  word(
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET TRANSACTION READ WRITE",
    "SET TRANSACTION READ ONLY",
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
  ),
);

/** Behind BEGIN, so that no ROLLBACK TO takes it back: who counts on the time-out waits for it. */
const timers: fc.Arbitrary<readonly Fragment[]> = fc.oneof(
  { weight: 40, arbitrary: fc.constant<readonly Fragment[]>([]) },
  { weight: 2, arbitrary: fc.constant([{ text: "SET LOCAL lock_timeout = 10", labels: [TIMED, "lock_timeout"] }]) },
  {
    weight: 1,
    arbitrary: fc.constant([{ text: "SET LOCAL statement_timeout = 200", labels: [TIMED, "statement_timeout"] }]),
  },
);
