/** Statements that are wrong on purpose, most of them twice: which error is told, and before or behind which wait. */
import { type Generation, someTable } from "./generation.ts";
import { keyLiteral } from "./worlds.ts";

/** A statement with one mistake or two. */
export function mistake(generation: Generation): string {
  const { draw, tables } = generation;
  const table = someTable(generation);
  const { name } = table;
  const column = draw.pick(table.columns).name;
  const wrong = (): string => draw.pick(["nowhere", "elsewhere", `${name}.x`, "x", "s.x", "nothing.y"]);
  const bad = (): string =>
    draw.pick([
      wrong(),
      wrong(),
      `no_such(${column})`,
      `${column} + 'q'::text`,
      "1 / 0",
      "'x'::int",
      `max(${column})`,
      "(SELECT id, 1)",
    ]);
  const maybe = (good: string): string => (draw.often(0.6) ? bad() : good);
  const key = keyLiteral(table.columns[0]?.type ?? "int4", 1);
  return draw.one(
    [4, () => `SELECT ${bad()} FROM ${name}`],
    [
      2,
      () =>
        `SELECT ${maybe("*")} FROM ${draw.pick([name, "nowhere"])} WHERE ${maybe(`id = ${key}`)} ORDER BY ${maybe("1")}`,
    ],
    [
      4,
      () =>
        `UPDATE ${name} SET ${draw.pick([column, "x"])} = ${maybe("DEFAULT")}${draw.maybe(0.5, () => ` WHERE ${maybe("true")}`)}${draw.maybe(0.5, () => ` RETURNING ${maybe("*")}`)}`,
    ],
    [2, () => `DELETE FROM ${name} WHERE ${maybe("true")}${draw.maybe(0.5, () => ` RETURNING ${maybe("*")}`)}`],
    [
      3,
      () =>
        `INSERT INTO ${name} (id${draw.maybe(0.4, () => `, ${draw.pick(["x", "id", "v"])}`)}) VALUES (${maybe(key)}${draw.maybe(0.5, () => `, ${bad()}`)})${draw.maybe(0.3, () => ` RETURNING ${bad()}`)}`,
    ],
    [
      2,
      () =>
        `SELECT * FROM ${name} WHERE ${name}.${draw.pick(["x", column])} IN (SELECT ${maybe("s.id")} FROM ${draw.pick(tables).name} s)`,
    ],
    [1, () => `SELECT * FROM ${name} JOIN ${draw.pick(tables).name} j ON ${maybe("true")} WHERE ${maybe("true")}`],
    [1, () => `SELECT id FROM ${name} a, ${name} b WHERE ${maybe("a.id = b.id")}`],
    [1, () => `SELECT ${column}, count(*) FROM ${name}${draw.maybe(0.5, () => ` GROUP BY ${maybe("id")}`)}`],
    [1, () => `INSERT INTO ${name} VALUES (${key}, 1, 2, 3, 4, 5, 6, 7, 8)`],
    [
      1,
      () =>
        `SELECT DISTINCT ${column} FROM ${name} FOR ${draw.pick(["UPDATE", "SHARE"])}${draw.maybe(0.4, () => " OF nowhere")}`,
    ],
    [1, () => `SELECT * FROM ${name} LEFT JOIN ${draw.pick(tables).name} j ON j.id = ${name}.id FOR UPDATE`],
    [1, () => `LOCK TABLE ${draw.pick([name, "nowhere"])}`],
    [1, () => draw.pick(["SELEC 1", `SELECT FROM WHERE`, "SELECT 1 +", `UPDATE ${name}`, "COMMIT PREPARED"])],
    [1, () => `SELECT lower(${draw.pick(["1", column])}, 2), abs('a')`],
    [0.5, () => "EXECUTE nobody"],
    [0.5, () => `INSERT INTO ${name} (id) VALUES (${key}) ON CONFLICT (${draw.pick(["v", "x"])}) DO NOTHING`],
  );
}
