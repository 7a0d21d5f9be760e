// A command through a keeper does, prints and ends as it does without one.
import { describe, expect } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { binaryPath, openState, type State } from "../helpers/binary.ts";
import { openKeeper, type TestKeeper } from "../helpers/keeper.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { type Outcome, start, type StartOptions } from "../helpers/running.ts";

const claim = claimWith(...sandbox);
const shell = (text: string) => ["--", "/bin/sh", "-c", text];

/** The figures differ from run to run, and the uid from box to box. */
function comparable({ stdout, stderr, exitCode }: Outcome): unknown {
  const steady = (text: string) => text
    .replace(/"(cpu_time|wall_time|memory_peak|cgroup_memory_peak|context_switches|page_faults|user)":[0-9.e-]+/g, '"$1":0')
    .replace(/^(Time|Memory peak): .*$/gm, "$1")
    .replaceAll(/process [0-9]+/g, "process N");
  return { stdout: steady(stdout), stderr: steady(stderr), exitCode };
}

async function both(keeper: TestKeeper, state: State, args: readonly string[], options: Partial<StartOptions> = {}): Promise<readonly [Outcome, Outcome]> {
  const env = { PATH: "/usr/bin:/bin", LANG: "C.UTF-8", HOME: "/", MINI_ISOLATE_STATE_DIR: state.directory, ...options.env };
  const through = await start([keeper.client, ...args], { ...options, env }).ended;
  const alone = await start([binaryPath, ...args], { ...options, env }).ended;
  return [through, alone];
}

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly options?: Partial<StartOptions>;
  /** Carried out by the client itself. */
  readonly itself?: true;
}

const cases: readonly Case[] = [
  { name: "a program that prints", args: ["run", "--box-id", "b", "--json", ...shell("echo out; echo err >&2")] },
  { name: "a document of several hundred KB", args: ["run", "--box-id", "b", "--json", ...shell("head -c 300000 /dev/zero | tr '\\0' x")] },
  { name: "the text form", args: ["run", "--box-id", "b", ...shell("echo out; exit 3")] },
  { name: "input from a pipe", args: ["run", "--box-id", "b", "--json", "--", "/usr/bin/wc", "-c"], options: { input: "x".repeat(200_000) } },
  { name: "the streams passed through", args: ["run", "--box-id", "b", "--passthrough", ...shell("cat; echo err >&2; exit 7")], options: { input: "given\n" } },
  { name: "a time limit", args: ["run", "--box-id", "b", "--json", "--max-time", "0.2", "--", "/bin/sleep", "5"] },
  { name: "a memory limit", args: ["run", "--box-id", "b", "--json", "--max-memory", "16", "--", "/usr/bin/python3", "-c", "b'x' * 10**8"] },
  { name: "a forbidden call", args: ["run", "--box-id", "b", "--json", "--", "/usr/bin/python3", "-c", "import ctypes; ctypes.CDLL(None).unshare(0x10000000)"] },
  { name: "a temporary box", args: ["run", "--json", ...shell("echo $HOME; pwd; id -G")] },
  { name: "the environment", args: ["run", "--box-id", "b", "--json", "--full-env", "--env", "A=b", "--", "/usr/bin/env"], options: { env: { ONE: "1", TWO: "a b" } } },
  { name: "a wrong flag", args: ["run", "--box-id", "b", "--tiem", "3", "--", "/bin/true"] },
  { name: "a box that is not there", args: ["run", "--box-id", "x", "--json", "--", "/bin/true"] },
  { name: "a program that is not there", args: ["run", "--box-id", "b", "--json", "--", "/nothing"] },
  { name: "no command at all", args: [], itself: true },
  { name: "--version", args: ["--version"], itself: true },
  { name: "the plan", args: ["run", "--box-id", "b", "--explain", "--", "/bin/true"] },
  { name: "the record of a box", args: ["info", "--box-id", "b", "--json"] },
  { name: "three runs for their figures", args: ["run", "--box-id", "b", "--repeat", "3", "--silent", "--", "/bin/true"] },
  { name: "an argument that is no text", args: ["languages", "list", "--json"], itself: true },
];

describe("the same", () => {
  for (const { name, args, options, itself } of cases) {
    claim(`${name}${itself === true ? ", by the client itself" : ""}`, async () => {
      await using keeper = await openKeeper();
      await using state = openState();
      expect((await state.mini(["init", "--box-id", "b", "--processes", "8"])).exitCode).toBe(0);
      const [through, alone] = await both(keeper, state, args, options);
      expect(comparable(through)).toEqual(comparable(alone));
      expect((await keeper.status())["done"]).toBe(itself === true ? 0 : 1);
    });
  }

  claimWith(...sandbox, executable("/usr/bin/gcc"))("a source that is compiled, and found in the cache afterwards", async () => {
    await using keeper = await openKeeper();
    await using state = openState();
    const source = state.file("a.c", '#include <stdio.h>\nint main(void) { return puts("made") < 0; }\n');
    const [through, alone] = await both(keeper, state, ["execute", "--json", "--source", source]);
    expect([through, alone].map(({ stdout }) => JSON.parse(stdout))).toEqual([expect.objectContaining({ status: "Success", stdout: "made\n" }), expect.objectContaining({ status: "Success", stdout: "made\n" })]);
  });
});

describe("of the client", () => {
  claim("are the working directory, the umask and the files that it names", async () => {
    await using keeper = await openKeeper();
    await using state = openState();
    const directory = join(state.scratch, "here");
    mkdirSync(directory);
    const run = keeper.run(["run", "--silent", "--output", "result", "--stdout", "out", "--", "/bin/echo", "said"], { env: { MINI_ISOLATE_STATE_DIR: state.directory }, cwd: directory });
    expect((await run.ended).exitCode).toBe(0);
    expect(readFileSync(join(directory, "out"), "utf8")).toBe("said\n");
    const script = `umask 077; exec ${keeper.client} run --silent --output private -- /bin/true`;
    expect((await start(["/bin/sh", "-c", script], { env: { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: state.directory }, cwd: directory }).ended).exitCode).toBe(0);
    expect(["result", "private"].map((name) => (statSync(join(directory, name)).mode & 0o777).toString(8))).toEqual(["644", "600"]);
    expect((await keeper.status())["done"]).toBe(2);
  });

  claim("are the files that it wants out of the box", async () => {
    await using keeper = await openKeeper();
    await using state = openState();
    const script = `umask 077; exec ${keeper.client} run --silent --result r --copy-out out=copy -- /bin/sh -c 'echo made >out'`;
    expect((await start(["/bin/sh", "-c", script], { env: { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: state.directory }, cwd: state.scratch }).ended).exitCode).toBe(0);
    expect([readFileSync(join(state.scratch, "copy"), "utf8"), statSync(join(state.scratch, "copy")).mode & 0o777]).toEqual(["made\n", 0o600]);
    expect(JSON.parse(readFileSync(join(state.scratch, "r"), "utf8"))).toMatchObject({ files: { out: { bytes: 5, path: join(state.scratch, "copy") } } });
    expect((await keeper.status())["done"]).toBe(1);
  });

  claimWith(...sandbox, executable("/usr/bin/python3"))("is a source on its standard input: it executes the program itself", async () => {
    await using keeper = await openKeeper();
    await using state = openState();
    const env = { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: state.directory };
    for (const argv of [["-", "a b"], ["--", "-", "a b"], ["--source", "-", "--", "a b"], ["--source=-", "--", "a b"]]) {
      const { stdout } = await start([keeper.client, "execute", "--json", "--language", "python", ...argv], { env, input: "import sys\nprint(sys.argv[1:])\n" }).ended;
      expect(JSON.parse(stdout)).toMatchObject({ status: "Success", stdout: "['a b']\n" });
    }
    expect((await keeper.status())["done"]).toBe(0);
  });

  for (const [what, before] of [
    ["limits", "ulimit -c 0; "],
    ["a niceness", "nice -n 3 "],
    ["no right to more", "setpriv --no-new-privs "],
    ["a namespace of mounts", "unshare --mount "],
    ["processors", "taskset -c 0 "],
  ] as const) {
    claim(`are ${what}: with others than the keeper's it executes the program itself`, async () => {
      await using keeper = await openKeeper();
      await using state = openState();
      const env = { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: state.directory };
      const run = (words: string) => start(["/bin/sh", "-c", `${words} ${keeper.client} run --json -- /bin/echo said`], { env }).ended;
      expect(JSON.parse((await run("exec")).stdout)).toMatchObject({ status: "Success", stdout: "said\n" });
      expect((await keeper.status())["done"]).toBe(1);
      const outcome = await run(before.endsWith("; ") ? `${before}exec` : `exec ${before}`);
      expect(JSON.parse(outcome.stdout)).toMatchObject({ status: "Success", stdout: "said\n" });
      expect((await keeper.status())["done"]).toBe(1);
    });
  }

  for (const closed of ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"]) {
    claim(`are closed streams: ${closed}`, async () => {
      await using keeper = await openKeeper();
      await using state = openState();
      const env = { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: state.directory };
      const run = async (program: string) => comparable(await start(["/bin/sh", "-c", `exec ${program} run --json -- /bin/cat ${closed}`], { env }).ended);
      expect(await run(keeper.client)).toEqual(await run(binaryPath));
      expect((await keeper.status())["done"]).toBe(1);
    });
  }
});

claim("without a keeper the client executes the program", async () => {
  await using state = openState();
  const client = join(state.scratch, "client");
  expect((await state.mini(["client", "install", client, "--socket", join(state.scratch, "none")])).stdout).toContain("a client of the keeper at ");
  const { stdout, exitCode } = await start([client, "run", "--json", "--", "/bin/echo", "said"], { env: { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: state.directory } }).ended;
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ status: "Success", stdout: "said\n" })]);
  expect(existsSync(join(state.scratch, "none"))).toBeFalse();
  expect(statSync(client).size).toBeLessThan(8192);
});
