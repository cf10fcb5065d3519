/** Calls, operators, aggregates and casts made of values of all types, by a seeded generator. */
import { chanceOf } from "../../sim/explore/chance.ts";

const VALUES: readonly string[] = [
  "2::int2",
  "-7",
  "5000000000::int8",
  "2.55",
  "-1.5::float8",
  "'ab '",
  "'x'::text",
  "'xy'::varchar",
  "'ab'::char(4)",
  "true",
  "date '2024-02-29'",
  "timestamp '2024-02-29 10:20:30.5'",
  "timestamptz '2024-02-29 10:20:30+00'",
  "interval '1 day 2 hours'",
  "uuid '00000000-0000-0000-0000-000000000001'",
  `jsonb '{"a": [1, 2]}'`,
  "array[1,2]",
  "array['a','b']",
  "null",
  "null::int",
  "money '1.50'",
];

/** Functions that are modelled in part, some that are not modelled, and one that is none. */
const FUNCTIONS = (
  "abs mod round trunc floor ceil sign lower upper length char_length btrim ltrim rtrim repeat replace strpos substring substr " +
  "octet_length left lpad rpad concat concat_ws array_length cardinality array_append array_prepend array_remove array_position " +
  "to_jsonb jsonb_build_object jsonb_build_array pg_typeof hashtext unnest date md5 age isfinite jsonb_typeof reverse split_part " +
  "power sqrt div gcd to_char array_to_string array_cat justify_days text int4 name point nosuch"
).split(" ");
const OF_FIELDS = ["date_part", "date_trunc", "extract"];
const FIELDS = ["year", "mins", "dow", "week", "epoch", "foo", "timezone", "day", "ms", "centuries", "isoyear"];
const OPERATORS = "+ - * / % = <> < <= > >= || @> <@ && -> ->> #> ? ?| & | # << >> ^ ~ ~~ ~~* @@ ## <-> -|- =@".split(
  " ",
);
const AGGREGATES =
  "sum avg min max count array_agg string_agg bool_and bool_or every jsonb_agg bit_or stddev json_agg any_value".split(
    " ",
  );
const TYPES = (
  "int2 int4 int8 numeric float8 text varchar char(3) bool date timestamp timestamptz interval uuid jsonb int[] text[] money " +
  "bytea name time json inet nosuch"
).split(" ");

/** So many statements of the seed. */
export function expressionsOf(seed: number, count: number): readonly string[] {
  const chance = chanceOf(seed);
  const draw = (below: number): number => chance.draw(0, below - 1);
  const pick = (list: readonly string[]): string => list[draw(list.length)] ?? "";
  const value = (): string => pick(VALUES);
  const values = (): string => Array.from({ length: draw(3) + 1 }, value).join(", ");
  const kinds: readonly (() => string)[] = [
    () => `select ${pick(FUNCTIONS)}(${values()})`,
    () => `select ${value()} ${pick(OPERATORS)} ${value()}`,
    () => `select ${pick(["-", "+", "~", "@", "|/", "not"])} ${value()}`,
    () => `select (${value()})::${pick(TYPES)}`,
    () => field(pick(OF_FIELDS), pick(FIELDS), value()),
    () => {
      const words = pick(["", "", "distinct "]);
      const more = pick(["", "", "", ", ','"]);
      return `select ${pick(AGGREGATES)}(${words}x${more}) from (values (${value()}), (null)) v(x)`;
    },
  ];
  return Array.from({ length: count }, () => kinds[draw(kinds.length)]?.() ?? "");
}

function field(name: string, word: string, value: string): string {
  return name === "extract" ? `select extract(${word} from ${value})` : `select ${name}('${word}', ${value})`;
}
