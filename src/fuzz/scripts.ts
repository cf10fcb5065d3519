/** What a session does: a few transactions and statements of their own; and the whole case. */
import fc from "fast-check";
import type { FuzzCase, Statement } from "./case.ts";
import type { Features } from "./features.ts";
import {
  type Fragment,
  labelled,
  labelledWord,
  oneOf,
  type Sql,
  sql,
  withLiterals,
  withParameters,
  word,
} from "./fragments.ts";
import { advisoryCalls, savepoints, tableLocks } from "./locking.ts";
import { selects } from "./reading.ts";
import { createTables, rowsOf, type Shape, shapes, tablesOf } from "./schema.ts";
import { writes } from "./writing.ts";

const PICKS_MAX = 60;

/** Random cases with these features. */
export function cases(features: Features): fc.Arbitrary<FuzzCase> {
  const byShape = new Map<string, fc.Arbitrary<FuzzCase>>();
  return shapes(features).chain((shape) => {
    const key = JSON.stringify(shape);
    const known = byShape.get(key) ?? casesOf(shape, features);
    byShape.set(key, known);
    return known;
  });
}

function casesOf(shape: Shape, features: Features): fc.Arbitrary<FuzzCase> {
  const session = scripts(shape, features);
  const several = fc.oneof(
    { weight: 4, arbitrary: fc.array(session, { minLength: 2, maxLength: 2, size: "max" }) },
    { weight: 4, arbitrary: fc.array(session, { minLength: 3, maxLength: 3, size: "max" }) },
    { weight: 1, arbitrary: fc.array(session, { minLength: 4, maxLength: 4, size: "max" }) },
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
      picks: picks.map((pick) => pick % sessions.length),
    }));
}

/** The statements of one session. */
function scripts(shape: Shape, features: Features): fc.Arbitrary<readonly Statement[]> {
  const anywhere = statements(shape, features);
  const inside = oneOf(
    [12, anywhere],
    [features.has("lock-table") ? 1 : 0, tableLocks(shape)],
    [features.has("savepoints") ? 3 : 0, savepoints],
  );
  const transaction = fc
    .record({
      begin: begins(features),
      body: fc.array(inside, { minLength: 1, maxLength: 4, size: "max" }),
      end: oneOf([4, labelledWord("", "COMMIT")], [1, labelledWord("", "ROLLBACK")]),
    })
    .map(({ begin, body, end }) => [begin, ...body, end]);
  const alone = anywhere.map((one) => [{ ...one, labels: ["autocommit", ...one.labels] }]);
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

function statements(shape: Shape, features: Features): Sql {
  const write = writes(shape, features);
  const select = selects(shape, features);
  return oneOf(
    [8, write],
    [6, select],
    [features.has("advisory") ? 1 : 0, advisoryCalls],
    [features.has("messages") ? 1 : 0, labelled("messages", sql`${write}; ${select}`)],
  );
}

function begins(features: Features): Sql {
  const repeatable = features.has("repeatable-read") ? 1 : 0;
  const serializable = features.has("serializable") ? 1 : 0;
  const readOnly = features.has("read-only") ? oneOf([8, word("")], [1, labelledWord("", " READ ONLY")]) : word("");
  const level = oneOf(
    [6, labelledWord("", "BEGIN")],
    [3 * repeatable, labelledWord("", "BEGIN ISOLATION LEVEL REPEATABLE READ")],
    [4 * serializable, labelledWord("", "BEGIN ISOLATION LEVEL SERIALIZABLE")],
  );
  return sql`${level}${readOnly}`;
}
