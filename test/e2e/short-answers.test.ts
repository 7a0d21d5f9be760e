// `--version` and help, which are answered without the rest of the command line.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commands, type CommandName } from "../../src/cli/flags.ts";
import { helpPages, renderHelp as render } from "../../src/cli/help.ts";
import { binaryPath, openState, plainPath } from "../helpers/binary.ts";
import { start } from "../helpers/running.ts";

/** As root without variables. */
const renderHelp = (name: string | null, width = 80) => render(name, width, "/tmp/mini-isolate");
const names = Object.keys(commands) as CommandName[];
const env = { PATH: plainPath };
const mini = (...args: string[]) => start([binaryPath, ...args], { env }).ended;
const shell = (script: string) => start(["/bin/sh", "-c", script, "sh", binaryPath], { env }).ended;

describe("the help of the binary is what the registry of flags says", () => {
  test.each([null, ...names])("%s", async (name) => {
    const text = await renderHelp(name);
    const ways = name === null ? [["--help"], ["-h"], ["help"]] : name === "isolate" ? [["help", name]] : [[name, "--help"], [name, "-h"], ["help", name]];
    for (const args of ways) expect(await mini(...args)).toMatchObject({ stdout: text, stderr: "", exitCode: 0 });
  });

  test.each(Object.keys(helpPages()).filter((name) => name !== "" && !(names as string[]).includes(name)))("help %s", async (name) => {
    expect(await mini("help", ...name.split(" "))).toMatchObject({ stdout: renderHelp(name), stderr: "", exitCode: 0 });
    if (name.includes(" ")) expect(await mini(...name.split(" "), "--help")).toMatchObject({ stdout: renderHelp(name), stderr: "", exitCode: 0 });
  });

  test("is as wide as COLUMNS, and names the state directory that is in force", async () => {
    const wide = await start([binaryPath, "run", "--help"], { env: { ...env, COLUMNS: "120", MINI_ISOLATE_STATE_DIR: "/srv/x" } }).ended;
    expect(wide.stdout).toBe(render("run", 120, "/srv/x"));
  });

  test("of a program is not ours", async () => {
    expect((await mini("languages", "nothing", "--help")).stdout).toBe(renderHelp("languages"));
  });

  test("also where it is asked for among other flags", async () => {
    expect(await mini("run", "--json", "--help")).toMatchObject({ stdout: await renderHelp("run"), exitCode: 0 });
  });
});

test.each([["help", "--help"], ["help", "nothing"], ["nothing", "--help"], ["run", "--version"], ["constructor", "--help"], ["help", "__proto__"], ["result", "--help"], ["help", "languages nothing"]])(
  "%s %s is a usage error, and nothing is on standard output",
  async (first, second) => {
    const { stdout, stderr, exitCode } = await mini(first, second);
    expect([stdout, exitCode]).toEqual(["", 64]);
    expect(stderr).toStartWith("mini-isolate: ");
  },
);

test.each(["--version", "--help", "run --help"])("%s that cannot be written is a failure, and says why", async (args) => {
  for (const [to, why] of [[">/dev/full", "ENOSPC"], [">&-", "EBADF"]] as const) {
    const { stderr, exitCode } = await shell(`"$1" ${args} ${to}`);
    expect([exitCode, stderr.split("\n")[0]]).toEqual([5, expect.stringContaining(`cannot write to standard output: ${why}`)]);
  }
});

test("they follow what is in a file already, and are whole when a pipe is read slowly", async () => {
  await using state = openState();
  const file = join(state.scratch, "out");
  await shell(`(echo first; "$1" --version; "$1" list --help; "$1" --version) > ${file}; "$1" list --help >> ${file}`);
  const [list, version] = [await renderHelp("list"), (await shell('"$1" --version')).stdout];
  expect(readFileSync(file, "utf8")).toBe(`first\n${version}${list}${version}${list}`);
  expect((await shell('"$1" execute --help | (sleep 0.2; cat)')).stdout).toBe(await renderHelp("execute"));
});
