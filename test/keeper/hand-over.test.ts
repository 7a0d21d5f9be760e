// A keeper whose file was replaced: the program that is there now takes its place, and no client notices.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { chmodSync, copyFileSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientImage } from "../../src/keeper/client-image.ts";
import { weakenedBinary } from "../escape/weakened.ts";
import { binaryPath, plainPath } from "../helpers/binary.ts";
import { openKeeper, shell, type TestKeeper } from "../helpers/keeper.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { type Running, start } from "../helpers/running.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);
const env = { PATH: plainPath };

/** A keeper that was started from a file of its own. */
class Replaceable implements AsyncDisposable {
  readonly directory = makeTestDirectory("hand-over");
  readonly program = join(this.directory, "mini-isolate");
  keeper!: TestKeeper;

  static async open(...flags: readonly string[]): Promise<Replaceable> {
    const made = new Replaceable();
    made.replaceBy(binaryPath);
    made.keeper = await openKeeper(flags, { program: made.program });
    return made;
  }

  /** As a package manager does it: the new file comes under the old name at once. */
  replaceBy(file: string): void {
    copyFileSync(file, `${this.program}.new`);
    this.#rename(0o755);
  }

  replaceByText(text: string, mode: number): void {
    writeFileSync(`${this.program}.new`, text);
    this.#rename(mode);
  }

  #rename(mode: number): void {
    chmodSync(`${this.program}.new`, mode);
    renameSync(`${this.program}.new`, this.program);
  }

  async version(): Promise<string> {
    return String((await this.keeper.status())["version"]);
  }

  async untilVersion(part: string): Promise<void> {
    await until(`a keeper of version ${part}`, async () => (await this.version().catch(() => "")).includes(part), 20_000);
  }

  /** Runs `echo 0`, `echo 1` and so on by a client, one after the other, until `directory/stop` is there. */
  loop(client: string): Running {
    const script = `i=0; while [ ! -e ${this.directory}/stop ]; do ${client} run --silent --passthrough -- /bin/echo $i || echo "failed: $?"; i=$((i+1)); done`;
    return start(["/bin/sh", "-c", script], { env: { ...env, MINI_ISOLATE_STATE_DIR: join(this.directory, "state") }, timeoutMs: 100_000 });
  }

  /** @returns how many commands the loop has carried out, each of which has printed what it should */
  async endOf(loop: Running): Promise<number> {
    writeFileSync(join(this.directory, "stop"), "");
    const { stdout, stderr } = await loop.ended;
    const lines = stdout.trimEnd().split("\n");
    expect([lines, stderr]).toEqual([lines.map((_, index) => String(index)), ""]);
    return lines.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.keeper[Symbol.asyncDispose]();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

describe("a keeper whose file was replaced", () => {
  // Begun first, as its end takes a while.
  let unstartable: Replaceable;
  beforeAll(async () => {
    await weakenedBinary();
    unstartable = await Replaceable.open();
    unstartable.replaceByText("no program", 0o644);
  }, 60_000);
  afterAll(async () => await unstartable[Symbol.asyncDispose]());

  claim("by what cannot be executed goes on for a while", async () => {
    await unstartable.keeper.answers();
  });

  claim("hands over when it has nothing to do, and not before: the same process with the same socket", async () => {
    await using held = await Replaceable.open("--jobs", "3", "--idle", "600");
    const { keeper } = held;
    const before = await keeper.status();
    const run = keeper.run(["run", "--json", ...shell("sleep 2.5; echo done")]);
    await keeper.reports({ running: 1 });
    held.replaceBy(await weakenedBinary());
    expect(JSON.parse((await run.ended).stdout)).toMatchObject({ status: "Success", stdout: "done\n" });
    await held.untilVersion("weakened");
    const after = await keeper.status();
    expect(after).toMatchObject({ pid: before["pid"], jobs: 3, done: 0, running: 0 });
    expect(after["started_at"]).not.toBe(before["started_at"]);
    await keeper.answers();
    await keeper.reports({ done: 1 });
    // It removes the name of the socket at its end, as the first one would have.
    keeper.running.kill("SIGTERM");
    expect((await keeper.running.ended).exitCode).toBe(0);
    expect(existsSync(keeper.socket)).toBeFalse();
  }, { timeout: 60_000 });

  claim("twice while hundreds of commands come one after the other: each is carried out by a keeper", async () => {
    await using held = await Replaceable.open();
    // A client that has nothing to execute where no keeper answers.
    const client = join(held.directory, "client");
    writeFileSync(client, clientImage(held.keeper.socket, "/nothing"), { mode: 0o755 });
    const loop = held.loop(client);
    await loop.prints("\n20\n", 20_000);
    held.replaceBy(await weakenedBinary());
    await held.untilVersion("weakened");
    held.replaceBy(binaryPath);
    await until("the first version again", async () => !(await held.version().catch(() => "weakened")).includes("weakened"), 20_000);
    await loop.prints("\n200\n", 60_000);
    expect(await held.endOf(loop)).toBeGreaterThan(200);
  }, { timeout: 120_000 });

  claim("by a version that does not want to be a keeper ends, and clients do without", async () => {
    await using held = await Replaceable.open();
    const loop = held.loop(held.keeper.client);
    await loop.prints("\n20\n", 20_000);
    held.replaceByText(`#!/bin/sh\n[ "$1" != keeper ] || exit 64\nexec ${binaryPath} "$@"\n`, 0o755);
    expect((await held.keeper.running.ended).exitCode).toBe(64);
    const count = loop.stdoutSoFar().split("\n").length;
    await loop.prints(`\n${count + 5}\n`, 20_000);
    await held.endOf(loop);
  }, { timeout: 60_000 });

  claim("and that a service manager has started ends, and the manager starts the new one with the client that waits", async () => {
    const directory = makeTestDirectory("hand-over");
    const [socket, program, client] = [join(directory, "socket"), join(directory, "mini-isolate"), join(directory, "client")];
    copyFileSync(binaryPath, program);
    writeFileSync(client, clientImage(socket, "/nothing"), { mode: 0o755 });
    // What systemd does for a unit with a socket.
    const manager = `
import os, select, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1] + '.new'); s.listen(8); os.rename(sys.argv[1] + '.new', sys.argv[1])
for turn in range(2):
    select.select([s], [], [])
    pid = os.fork()
    if pid == 0:
        os.dup2(s.fileno(), 3); os.set_inheritable(3, True)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='mini-isolate.socket')
        os.execv(sys.argv[2], [sys.argv[2], 'keeper', *sys.argv[3 + turn].split()])
    print(turn, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
`;
    const settings = { env: { ...env, MINI_ISOLATE_STATE_DIR: join(directory, "state") }, timeoutMs: 60_000 };
    const running = start(["/usr/bin/python3", "-c", manager, socket, program, "--idle 600", "--idle 0.2"], settings);
    try {
      await until("the socket", () => existsSync(socket));
      const echo = async (word: string) => expect(await start([client, "run", "--silent", "--passthrough", "--", "/bin/echo", word], settings).ended).toMatchObject({ exitCode: 0, stdout: `${word}\n` });
      await echo("first");
      copyFileSync(await weakenedBinary(), `${program}.new`);
      chmodSync(`${program}.new`, 0o755);
      renameSync(`${program}.new`, program);
      await running.prints("0 0\n", 20_000);
      expect(existsSync(socket)).toBeTrue();
      await echo("second");
      expect(await running.ended).toMatchObject({ exitCode: 0, stdout: "0 0\n1 0\n" });
    } finally {
      running.kill("SIGTERM");
      await start([binaryPath, "cleanup", "--all"], settings).ended;
      rmSync(directory, { recursive: true, force: true });
    }
  }, { timeout: 60_000 });

  claim("by what cannot be executed ends in the end: its clients then say what is wrong with the file", async () => {
    expect((await unstartable.keeper.running.ended).exitCode).toBe(0);
    expect(existsSync(unstartable.keeper.socket)).toBeFalse();
    const { exitCode, stderr } = await unstartable.keeper.run(["--version"]).ended;
    expect([exitCode, stderr]).toEqual([69, expect.stringContaining(`cannot execute ${unstartable.program}`)]);
  }, { timeout: 60_000 });
});
