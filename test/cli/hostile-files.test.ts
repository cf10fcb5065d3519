/** Files and names from somebody else: what is written where, what a name may be, and what reaches the terminal. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Trace } from "../../sim/trace/trace.ts";
import { lockstep, lockstepWith, temporaryFolder } from "./program.ts";

const folder = temporaryFolder();
const honest = join(folder, "race-001-check-then-act-2-clients-coarse.json");

beforeAll(() => {
  lockstep("check", "race-001", "--out", folder);
});

/** The characters of what was printed that steer a terminal, without our own colours. */
function steering(printed: string): readonly string[] {
  const colour = new RegExp(`${String.fromCodePoint(27)}\\[\\d+m`, "g");
  return printed.replaceAll(colour, "").match(/(?![\n\t])[\p{Cc}\u202e]/gu) ?? [];
}

/** The honest trace with a text of it exchanged wherever it stands. */
function exchanged(name: string, from: string, to: string): string {
  const path = join(folder, `${name}.json`);
  const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
  writeFileSync(
    path,
    readFileSync(honest, "utf8").replaceAll(inJson(from), () => inJson(to)),
  );
  return path;
}

describe("a file is written in the place of nothing, or of an ordinary file", () => {
  test.each([
    ["a link to a file", "link", "a link"],
    ["a link to nothing", "dangling", "a link"],
    ["a folder", "folder", "a folder"],
  ])("%s stays as it is, status 2", (_, name, said) => {
    const path = join(folder, name);
    const target = join(folder, `${name}-target`);
    if (name === "folder") mkdirSync(path);
    else symlinkSync(target, path);
    if (name === "link") writeFileSync(target, "kept");
    const { status, stderr } = lockstep("show", honest, "--out", path);
    expect(status).toBe(2);
    expect(stderr).toContain(`${path} is ${said}, which is not written to`);
    if (name !== "folder") expect(readlinkSync(path)).toBe(target);
    if (name === "link") expect(readFileSync(target, "utf8")).toBe("kept");
    expect(readdirSync(folder).filter((each) => each.includes("partial"))).toEqual([]);
  });

  test.runIf(process.platform === "linux").each(["/dev/full", "/dev/null"])("%s stays a device", (device) => {
    const { status, stderr } = lockstep("show", honest, "--out", device);
    expect(status).toBe(2);
    expect(stderr).toContain(`${device} is a device`);
    expect(lstatSync(device).isCharacterDevice()).toBe(true);
  });

  test("a link with the name of a trace does not lead a check elsewhere", () => {
    const out = join(folder, "planted");
    const target = join(folder, "planted-target");
    mkdirSync(out);
    writeFileSync(target, "kept");
    symlinkSync(target, join(out, "race-001-check-then-act-2-clients-coarse.json"));
    expect(lockstep("check", "race-001", "--out", out).status).not.toBe(0);
    expect(readFileSync(target, "utf8")).toBe("kept");
  });

  test("a path that is a URL is not told", () => {
    const { status, stderr } = lockstep("replay", "postgres://app:hunter2@127.0.0.1/shop");
    expect(status).toBe(2);
    expect(stderr).toContain("a URL cannot be read");
    expect(stderr).not.toContain("hunter2");
  });
});

const BAD_NAMES = [
  "../../x",
  "a/b",
  "a\\b",
  "..",
  "<script>",
  "\u001b[31mred",
  "a\nb",
  "\u202eabc",
  ".hidden",
  "-flag",
  "",
  "x".repeat(101),
];

describe("a name that would leave its folder or steer a terminal is refused where it is read, status 2", () => {
  test.each(BAD_NAMES)("a trace's scenario %j", (name) => {
    const { status, stdout, stderr } = lockstep("show", exchanged("named", "race-001", name));
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("parameters.scenario: found");
    expect(steering(stderr)).toEqual([]);
  });

  test.each(["protocol", "client", "property"])("a trace's %s", (what) => {
    const trace = JSON.parse(readFileSync(honest, "utf8")) as Trace;
    const of = { protocol: trace.parameters.protocol, client: "alice", property: "mutual-exclusion" }[what] ?? "";
    expect(lockstep("replay", exchanged("named", of, "../x")).status).toBe(2);
  });

  test.each(BAD_NAMES)("a module's scenario %j", (name) => {
    const path = join(folder, "mine.mjs");
    const scenario = { name, sentence: "", protocols: [], properties: [], defaults: {} };
    writeFileSync(path, `export const scenario = { ...${JSON.stringify(scenario)}, setup: () => [] };`);
    const { status, stderr } = lockstep("check", path, "--out", join(folder, "mine"));
    expect(status).toBe(2);
    expect(steering(stderr)).toEqual([]);
  });
});

describe("what is printed cannot steer a terminal", () => {
  const STEERS = "\u001b]0;title\u0007\u001b[2J\u009b31m\u202e";

  test.each([["show"], ["replay"], ["replay", "--json"]])(
    "SQL, rows and messages of a trace, by %s %s",
    (command, ...options) => {
      for (const from of ["alice and bob both own", "UPDATE buffers SET", '"alice"', "locked_by"]) {
        const { stdout, stderr } = lockstepWith(
          { FORCE_COLOR: "1" },
          command,
          exchanged("steering", from, STEERS + from),
          ...options,
        );
        expect(steering(`${stdout}${stderr}`)).toEqual([]);
      }
    },
  );

  test("arguments that are wrong", () => {
    const { status, stderr } = lockstep("check", `${STEERS}x`);
    expect(status).toBe(2);
    expect(steering(stderr)).toEqual([]);
  });
});
