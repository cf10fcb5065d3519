/**
 * A module of a user's that is not what it should be: its mistake is told as such, with its place and status 2; a pass in which nothing was
 * looked at is inconclusive; the process ends; and what was found is printed.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { guestModule, prepareForGuests } from "./guest-modules.ts";
import { PROGRAM, ROOT, temporaryFolder } from "./program.ts";

const folder = temporaryFolder();
prepareForGuests(folder);

/** Longer than any of it takes where nothing hangs. */
const HANGS_AFTER_MS = 60_000;

interface Told {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(words: readonly string[]): Told {
  const options = { cwd: ROOT, encoding: "utf8", timeout: HANGS_AFTER_MS } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...words], options);
  expect(stderr).not.toContain("of lockstep");
  return { status, stdout, stderr };
}

let modules = 0;

/** Runs a command on a module with these lines; files would be written into a folder of its own. */
function told(command: string, lines: string, ...options: readonly string[]): Told & { readonly out: string } {
  const name = `module-${modules++}`;
  const out = join(folder, `${name}-out`);
  const given = command === "matrix" ? [] : ["--out", out];
  return { ...run([command, guestModule(folder, name, lines), ...given, ...options]), out };
}

const PROPERTY = (about: string) => `export const scenario = make({ properties: [fine({ ${about} })] });`;
const PROTOCOL = (about: string) => `export const scenario = make({}, { ${about} });`;
const SCENARIO = (about: string) => `export const scenario = make({ ${about} });`;

/** The mistake, the module's lines, and what is told of it. A place is in the second line: `module-7.mjs:2:5`. */
const PLACE = String.raw`\(.*module-\d+\.mjs:2:\d+\)`;
const MISTAKES: readonly (readonly [string, string, string])[] = [
  ["throws while it is loaded", "null.x;", `cannot be loaded: TypeError: Cannot read .* ${PLACE}`],
  ["throws a string", 'throw "no";', 'cannot be loaded: "no", which is no Error'],
  ["cannot be read", "const = 3;", String.raw`cannot be loaded: SyntaxError: .*module-\d+\.mjs:2\)`],
  ["calls process.exit", "process.exit(0);", String.raw`calls process\.exit\(0\) ${PLACE}`],
  ["awaits what never comes", "await new Promise(() => {});", "nothing is left that could end that"],
  [
    "awaits what never comes, with a timer",
    "setInterval(() => {}, 1e6); await new Promise(() => {});",
    "still waits for something, after 6 s",
  ],
  ["exports nothing", "", "exports no `scenario`"],
  ["exports a number", "export const scenario = 3;", "it must be an object, and is a number"],
  ["has no protocols", SCENARIO("protocols: []"), "protocols must have a protocol in it, and is an array"],
  [
    "has protocols that are an object",
    SCENARIO("protocols: {}"),
    "protocols must be an array of protocols, and is an object",
  ],
  [
    "has a protocol that is null",
    SCENARIO("protocols: [null]"),
    String.raw`protocols\[0\] must be an object with name, .*, and is null`,
  ],
  [
    "has a protocol without a machine",
    PROTOCOL("machine: undefined"),
    String.raw`protocols\[0\]\.machine must be a machine of XState 5, and is missing`,
  ],
  [
    "has a machine of XState 4",
    PROTOCOL("machine: { withContext() {}, transition() {} }"),
    "must be a machine of XState 5, and was made by XState 4",
  ],
  [
    "has a set-up that is no function",
    SCENARIO('setup: "CREATE TABLE t ()"'),
    "setup must be a function, and is a string",
  ],
  [
    "has another default protocol",
    SCENARIO('defaults: { protocol: "q", clients: 2, buffers: 1 }'),
    'defaults.protocol is "q", which is none of its protocols: p',
  ],
  ["has no defaults", SCENARIO("defaults: undefined"), "defaults must be an object .*, and is missing"],
  [
    "has replies that are none",
    PROTOCOL('replies: [{ type: "row" }]'),
    String.raw`protocols\[0\]\.replies\[0\](\.type)? must be \{ type: "rows"`,
  ],
  [
    "has a property of no kind",
    SCENARIO("properties: [{}]"),
    String.raw`properties\[0\](\.kind)? must be an object with kind "always"`,
  ],
  [
    "has a set-up that throws",
    SCENARIO('setup() { throw new Error("no tables") }'),
    `setup of mine threw Error: no tables ${PLACE}`,
  ],
  [
    "has a set-up that answers a string",
    SCENARIO('setup: () => "CREATE TABLE t ()"'),
    "setup of mine answered a string",
  ],
  ["has a set-up that answers a promise", SCENARIO("setup: async () => []"), "setup of mine answered a Promise"],
  [
    "has a property that throws",
    PROPERTY("violation: (world) => world.rows[0]"),
    `violation of the property fine threw TypeError: .* ${PLACE}`,
  ],
  [
    "has a property that answers true",
    PROPERTY("violation: () => true"),
    "violation of the property fine answered true",
  ],
  [
    "has a property that answers nothing",
    PROPERTY("violation: () => {}"),
    "violation of the property fine answered undefined",
  ],
  [
    "has a property that answers a promise",
    PROPERTY("violation: async () => null"),
    "violation of the property fine answered a Promise",
  ],
  [
    "has a property by chance",
    PROPERTY("violation: () => String(Math.random())"),
    "the property fine said two things of one world",
  ],
  [
    "has a view that throws",
    PROTOCOL("view: ({ context }) => context.a.b"),
    `the view of p threw TypeError: .* ${PLACE}`,
  ],
  ["has a view that answers nothing", PROTOCOL("view: () => {}"), "the view of p answered undefined"],
  ["has a view by chance", PROTOCOL("view: () => ({ x: Math.random() })"), "the view of p came to two things"],
  ["has user events that throw", PROTOCOL("userEvents: () => null.x"), `userEvents of p threw TypeError: .* ${PLACE}`],
  [
    "has user events that are misspelt",
    PROTOCOL('userEvents: () => [{ type: "goo" }]'),
    'p: no state of the machine handles the user event "goo"',
  ],
  [
    "has a guard that throws on what the server replies",
    'export const scenario = make({}, {}, "SELECT v FROM t", { taking: { entry: { type: "query", params: { text: "SELECT v FROM t", values: [] } }, on: { rows: { guard: ({ event }) => event.rows[3].v, target: "over" }, failed: "over" } } });',
    String.raw`the guard of p, in the state taking on the reply rows \{.*\}, threw TypeError: .* ${PLACE}`,
  ],
];

describe("check tells a module's mistake with its place, writes nothing, and ends with status 2, where the module", () => {
  test.each(MISTAKES)("%s", (_, lines, message) => {
    const { status, stderr, stdout, out } = told("check", lines);
    expect(stderr).toMatch(new RegExp(`^error: .*${message}`, "m"));
    expect(stderr).toMatch(/^hint: {2}\S/m);
    expect([status, stdout, existsSync(out)]).toEqual([2, "", false]);
  });
});

describe.each(["matrix", "simulate"])("%s tells the same of", (command) => {
  test.each(
    MISTAKES.filter(([what]) =>
      /set-up that throws|property that throws|property that answers true|view that throws|XState 4|process.exit/.test(
        what,
      ),
    ),
  )("a module that %s", (_, lines, message) => {
    const { status, stderr } = told(command, lines);
    expect(stderr).toMatch(new RegExp(`^error: .*${message}`, "m"));
    expect(status).toBe(2);
  });
});

describe("a module that does something wrong beside its functions is told with the verdict, and status 2, where it", () => {
  test.each([
    [
      "leaves a rejection unhandled",
      'Promise.reject(new Error("boo"));',
      "a promise of .* that nobody awaits threw Error: boo",
    ],
    [
      "throws in a timer",
      'setTimeout(() => { throw new Error("late"); }, 0);',
      "outside of the functions of its scenario, threw Error: late",
    ],
    ["calls process.exit in a timer", "setTimeout(() => process.exit(0), 0);", String.raw`calls process\.exit\(0\)`],
  ])("%s", (_, lines, message) => {
    const { status, stdout, stderr } = told("check", `${lines}\nexport const scenario = make();`);
    expect(stdout).toContain("holds exhaustively");
    expect(stderr).toMatch(new RegExp(`^error: .*${message}`, "m"));
    expect(status).toBe(2);
  });
});

describe("a module does not keep the process alive", () => {
  test.each([
    ["with a timer", "setTimeout(() => {}, 1e9);"],
    ["with a server that listens", 'import { createServer } from "node:net"; createServer().listen(0);'],
  ])("%s", (_, lines) => {
    expect(told("check", `${lines}\nexport const scenario = make();`)).toMatchObject({ status: 0, stderr: "" });
  });
});

describe("with --json what a module prints goes to standard error", () => {
  test.each(["check", "matrix", "simulate"])("%s", (command) => {
    const { stdout, stderr } = told(
      command,
      'console.log("hello"); process.stdout.write("there\\n");\nexport const scenario = make();',
      "--json",
    );
    expect(typeof JSON.parse(stdout)).toBe("object");
    expect(stderr).toContain("hello\nthere\n");
  });
});

const FAILING = 'export const scenario = make({}, {}, "UPDATE t SET w = 1");';

/** What is looked at, the module's lines, and why that is nothing. */
const VACUOUS: readonly (readonly [string, string, string])[] = [
  ["no property", SCENARIO("properties: []"), "no property is claimed"],
  [
    "statements that all fail",
    FAILING,
    'no statement of alice ever succeeds (42703 column "w" of relation "t" does not exist)',
  ],
  [
    "statements that cannot be read",
    'export const scenario = make({}, {}, "UPDAT t");',
    "no statement of alice ever succeeds (42601 ",
  ],
  [
    "a table that is not there",
    'export const scenario = make({}, {}, "DELETE FROM u");',
    'no statement of alice ever succeeds (42P01 relation "u" does not exist)',
  ],
  [
    "statements that change nothing",
    'export const scenario = make({}, {}, "UPDATE t SET v = 1 WHERE id = 2");',
    "no row is ever changed",
  ],
  [
    "a first statement that fails, and a ROLLBACK",
    'const rollback = { entry: { type: "query", params: { text: "ROLLBACK", values: [] } }, on: { rows: "over", failed: "over" } };\n' +
      'const taking = { entry: { type: "query", params: { text: "SELECT w FROM t", values: [] } }, on: { rows: "over", failed: "undoing" } };\n' +
      'export const scenario = make({}, {}, "", { taking, undoing: rollback });',
    "no statement of alice ever succeeds (42703 ",
  ],
  ["a client that never wishes", PROTOCOL("userEvents: () => []"), "alice never sends a statement"],
];

describe("a pass in which nothing was looked at is vacuous, never holds", () => {
  test.each(VACUOUS)("%s", (_, lines, why) => {
    const { status, stdout } = told("check", lines);
    expect(stdout).toContain("inconclusive: vacuous: ");
    expect(stdout).toContain(why);
    expect(stdout).not.toContain("holds");
    expect(status).toBe(3);
  });

  test.each([
    ["with symmetry", ["--reductions", "symmetry,partial-order"]],
    ["depth first", ["--search", "depth-first"]],
    ["for any number of clients", ["--clients", "any"]],
    ["for one property", ["--property", "no-unexpected-error"]],
    ["at coarse granularity", ["--granularity", "coarse"]],
  ])("%s", (_, options) => {
    const { status, stdout } = told("check", FAILING, "--json", ...options);
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: "inconclusive",
      reason: expect.stringMatching(/^vacuous: no statement of (alice|a client) ever succeeds/),
      codeErrors: [expect.objectContaining({ sqlstate: "42703", statement: "UPDATE t SET w = 1" })],
    });
    expect(status).toBe(3);
  });

  test("in a cell of the matrix", () => {
    const { status, stdout } = told("matrix", FAILING);
    expect(stdout).toMatch(/p +\? vacuous +\? vacuous +\? vacuous/);
    expect(stdout).toContain("p is vacuous: no statement of a client ever succeeds");
    expect(status).toBe(3);
  });

  test("in random schedules", () => {
    const { status, stdout } = told("simulate", FAILING, "--runs", "5", "--seed", "1");
    expect(stdout).toContain("! vacuous: no statement of alice ever succeeds");
    expect(status).toBe(3);
  });

  test("but not where the scenario says that no row is to change", () => {
    const lines = 'export const scenario = make({ changesNoRow: true }, {}, "SELECT v FROM t");';
    expect(told("check", lines).status).toBe(0);
  });
});

describe("an error that no client handles", () => {
  const noFailed = (about: string) =>
    `export const scenario = make({ ${about} }, {}, "", {\n` +
    'taking: { entry: { type: "query", params: { text: "UPDATE t SET v = v + 1 RETURNING 1 / (2 - v)", values: [] } }, on: { rows: "over" } } });';

  test("is a violation of every scenario, with its trace", () => {
    const { status, stdout } = told("check", noFailed(""));
    expect(stdout).toContain("violated: no-unexpected-error");
    expect(stdout).toMatch(/(alice|bob) ended by an error that it does not handle: 22012 division by zero/);
    expect(status).toBe(1);
  });

  test("is none where its SQLSTATE is allowed", () => {
    const { status, stdout } = told("check", noFailed('allowedErrors: ["22012"]'));
    expect(stdout).toContain("does not handle, but for 22012");
    expect(status).toBe(0);
  });

  test("is found by the matrix and by random schedules as well", () => {
    expect(told("matrix", noFailed("")).stdout).toContain("✗ no-unexpected-error");
    expect(told("simulate", noFailed(""), "--runs", "50", "--seed", "1").status).toBe(1);
  });
});

test("a guard that throws on one of the protocol's own replies costs no verdict, and is told with the coverage", () => {
  const lines =
    'export const scenario = make({}, {}, "", {\n' +
    'taking: { entry: { type: "query", params: { text: "UPDATE t SET v = v + 1 RETURNING v", values: [] } }, on: { rows: { guard: ({ event }) => event.rows[0].v > 0, target: "over" }, failed: "over" } } });';
  const { status, stdout } = told("check", lines);
  expect(stdout).toContain("holds exhaustively");
  expect(stdout).toMatch(
    /coverage: on the protocol's own `replies` the guard of p, in the state taking on the reply rows .* threw TypeError/,
  );
  expect(status).toBe(0);
});

test("a user event that no state handles is told beside the verdict", () => {
  const { stdout } = told("check", PROTOCOL('userEvents: () => [{ type: "go" }, { type: "relese" }]'));
  expect(stdout).toContain('the user event "relese" is handled in no state of the machine');
});
