// --passthrough: the program gets our streams, our signals, and we end as it did.
import { describe, expect } from "bun:test";
import { chmodSync, copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { binaryPath, openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith, program } from "../helpers/programs.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);
const through = (...command: readonly string[]) => ["run", "--passthrough", "--", ...command];

describe("exit codes", () => {
  for (const code of [0, 1, 5, 42, 64, 127, 255]) {
    claim(`exit code ${code} of the program is ours`, async () => {
      await using state = openState();
      await boxWith(state, ["exit-with"]);
      const outcome = await state.mini(through("./exit-with", String(code)));
      expect([outcome.exitCode, outcome.stdout, outcome.stderr]).toEqual([code, "started\n", ""]);
    });
  }
  for (const signal of [1, 2, 6, 9, 11, 15, 34, 64]) {
    claim(`death by signal ${signal} is exit code ${128 + signal}`, async () => {
      await using state = openState();
      await boxWith(state, ["kill-self"]);
      const outcome = await state.mini(through("./kill-self", String(signal)));
      expect([outcome.exitCode, outcome.stdout]).toEqual([128 + signal, "started\n"]);
    });
  }
  claim("a program that cannot be executed is 127, with the reason on standard error", async () => {
    await using state = openState();
    await boxWith(state, []);
    const outcome = await state.mini(through("./absent"));
    expect([outcome.exitCode, outcome.stdout]).toEqual([127, ""]);
    expect(outcome.stderr).toContain("ENOENT");
  });
  claim("a limit ends the program by SIGKILL: 137", async () => {
    await using state = openState();
    await boxWith(state, ["sleep-for"]);
    const outcome = await state.mini(["run", "--passthrough", "--max-time", "0.3", "--", "./sleep-for", "60"]);
    expect([outcome.exitCode, outcome.stdout]).toEqual([137, "started\n"]);
    await expectNothingLeft(state);
  });
});

describe("streams", () => {
  claim("bytes pass unchanged in both directions, more than any pipe holds", async () => {
    await using state = openState();
    await boxWith(state, []);
    const input = Buffer.alloc(3_000_000, "0123456789abcde\n");
    const outcome = await state.mini(through("/usr/bin/cat"), { input });
    expect([outcome.exitCode, outcome.stdout.length, outcome.stdout === input.toString()]).toEqual([0, input.length, true]);
  });
  claim("standard error stays apart from standard output", async () => {
    await using state = openState();
    await boxWith(state, []);
    const outcome = await state.mini(through("/bin/sh", "-c", "echo out; echo err >&2"));
    expect([outcome.stdout, outcome.stderr]).toEqual(["out\n", "err\n"]);
  });
  claim("a pipe stays a pipe, and a file that the program may write to stays a file; another comes through a pipe", async () => {
    await using state = openState();
    await boxWith(state, []);
    const piped = { through: ["/bin/sh", "-c", '"$@" | cat', "sh"] };
    expect((await state.mini(through("/usr/bin/readlink", "/proc/self/fd/1"), piped)).stdout).toMatch(/^pipe:\[[0-9]+\]\n$/);
    const target = state.file("target", "");
    chmodSync(target, 0o666);
    const filed = { through: ["/bin/sh", "-c", `"$@" >${target}`, "sh"] };
    expect((await state.mini(through("/usr/bin/stat", "-L", "-c", "%F", "/proc/self/fd/1"), filed)).stdout).toBe("");
    expect(readFileSync(target, "utf8")).toMatch(/^regular( empty)? file\n$/);
    chmodSync(target, 0o644);
    await state.mini(through("/usr/bin/stat", "-L", "-c", "%F", "/proc/self/fd/1"), filed);
    expect(readFileSync(target, "utf8")).toBe("fifo\n");
  });
});

describe("signals", () => {
  for (const name of ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "WINCH"] as const) {
    claim(`SIG${name} reaches the program, and its answer is ours`, async () => {
      await using state = openState();
      await boxWith(state, ["catch-term"]);
      const running = state.start(through("./catch-term"));
      await running.prints("ready\n");
      running.kill(`SIG${name}`);
      const outcome = await running.ended;
      expect([outcome.stdout, outcome.exitCode]).toEqual([`ready\n${name}\n`, 5]);
    });
  }
  claim("a program that does not catch SIGTERM dies of it: 143", async () => {
    await using state = openState();
    await boxWith(state, ["sleep-for"]);
    const running = state.start(through("./sleep-for", "60"));
    await running.prints("started\n");
    running.kill("SIGTERM");
    expect((await running.ended).exitCode).toBe(143);
    await expectNothingLeft(state);
  });
});

describe("terminal", () => {
  const onTerminal = claimWith(...sandbox, executable("/usr/bin/script"));
  const inScript = (state: State, command: string) => ({
    through: ["/bin/sh", "-c", `printf 'typed\\n' | /usr/bin/script -qec '${binaryPath} run --passthrough -- ${command}' /dev/null`, "sh"], cwd: state.scratch,
  });

  onTerminal("all three streams of the program are the terminal", async () => {
    await using state = openState();
    await boxWith(state, []);
    const outcome = await state.mini([], inScript(state, '/bin/sh -c "test -t 0 && test -t 1 && test -t 2"'));
    expect([outcome.exitCode, outcome.stdout.replace("typed\r\n", "")]).toEqual([0, ""]);
  });
  onTerminal("the program reads what is typed", async () => {
    await using state = openState();
    await boxWith(state, []);
    const outcome = await state.mini([], inScript(state, '/bin/sh -c "read line; echo got \\$line"'));
    expect(outcome.stdout).toContain("got typed\r\n");
  });
});

describe("as pid 1 of a container", () => {
  const inContainer = claimWith(...sandbox, executable("/usr/bin/unshare"));
  const container = ["/usr/bin/unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];

  inContainer("the program runs, and its exit code is ours", async () => {
    await using state = openState();
    await boxWith(state, ["exit-with"]);
    const outcome = await state.mini(through("./exit-with", "7"), { through: container });
    expect([outcome.exitCode, outcome.stdout]).toEqual([7, "started\n"]);
  });

  inContainer("an orphan that it inherits is reaped while the program runs", async () => {
    await using state = openState();
    await boxWith(state, ["sleep-for"]);
    // A name of its own, of at most 15 characters: what the kernel keeps.
    const name = `orphan-${process.pid}`;
    const orphan = join(state.scratch, name);
    copyFileSync(await program("sleep-for"), orphan);
    const shell = `chmod 755 ${orphan}; (${orphan} 1 >/dev/null &); exec "$@"`;
    const running = state.start(through("./sleep-for", "60"), { through: [...container, "/bin/sh", "-c", shell, "sh"] });
    const orphans = () => readdirSync("/proc").filter((pid) => /^[0-9]+$/.test(pid) && nameOf(pid) === name);
    await until("the orphan is there", () => orphans().length === 1);
    await running.prints("started\n");
    await until("the orphan has ended and was reaped", () => orphans().length === 0);
    // unshare(1) itself ignores SIGTERM; its end kills the whole container.
    running.kill("SIGKILL");
    await running.ended;
    expect((await state.mini(["cleanup", "--box-id", "0"])).exitCode).toBe(0);
    await expectNothingLeft(state);
  });

  inContainer("SIGTERM to pid 1 reaches the program", async () => {
    await using state = openState();
    await boxWith(state, ["catch-term"]);
    const running = state.start(through("./catch-term"), { through: container });
    await running.prints("ready\n");
    const [first] = readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, "utf8").trim().split(" ");
    process.kill(Number(first), "SIGTERM");
    const outcome = await running.ended;
    expect([outcome.stdout, outcome.exitCode]).toEqual(["ready\nTERM\n", 5]);
    await expectNothingLeft(state);
  });
});

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    // It ended between seeing and reading it.
    return "";
  }
}
