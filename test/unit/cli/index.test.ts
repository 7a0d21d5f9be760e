import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { start, type Outcome } from "../../helpers/running.ts";

const main = join(import.meta.dir, "../../../src/main.ts");
const stateDir = "/tmp/mini-isolate-test-no-such-directory";

/** The command line, run from source. */
function mini(...args: string[]): Promise<Outcome> {
  return start([process.execPath, main, ...args], { env: { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: stateDir } }).ended;
}

describe("the command line", () => {
  test("without a command shows help on stderr", async () => {
    const { stdout, stderr, exitCode } = await mini();
    expect(stdout).toBe("");
    expect(stderr).toStartWith("mini-isolate: no command given\n\nmini-isolate runs untrusted programs");
    expect(exitCode).toBe(64);
  });

  test.each([[["--help"]], [["-h"]], [["help"]]])("%j shows help on stdout", async (argv) => {
    const { stdout, stderr, exitCode } = await mini(...argv);
    expect(stderr).toBe("");
    expect(stdout).toContain("Usage: mini-isolate COMMAND [FLAGS] ...\n");
    expect(exitCode).toBe(0);
  });

  test.each([[["run", "--help"]], [["run", "-h"]], [["help", "run"]], [["run", "--json", "--help", "--nonsense"]]])("%j shows the help of run", async (argv) => {
    const { stdout, stderr, exitCode } = await mini(...argv);
    expect(stderr).toBe("");
    expect(stdout).toContain("Usage: mini-isolate run [FLAGS] [--] PROGRAM [ARGS...]\n");
    expect(exitCode).toBe(0);
  });

  test("--version is one line", async () => {
    const { stdout, exitCode } = await mini("--version");
    expect(stdout).toBe("mini-isolate 0.1.0 (development)\n");
    expect(exitCode).toBe(0);
  });

  test.each([
    [["rnu", "prog"], "mini-isolate: unknown command 'rnu'\nhint: did you mean run?\n"],
    [["help", "lst"], "mini-isolate: unknown command 'lst'\nhint: did you mean list?\n"],
    [["help", "run", "init"], "mini-isolate: unexpected argument 'init' for help\nhint: mini-isolate help COMMAND\n"],
    [["constructor"], "mini-isolate: unknown command 'constructor'\nhint: the commands are init run execute batch judge serve worker list info cleanup languages keeper client isolate doctor seccomp completions man\n"],
    [["--json", "run", "prog"], "mini-isolate: unknown flag --json\nhint: the command comes first: mini-isolate COMMAND [flags]\n"],
    [["init", "--mme", "1"], "mini-isolate: unknown flag --mme for init\nhint: did you mean --memory?\n"],
    [["init", "--mem", "1x"], "mini-isolate: cannot use '1x' as --mem: its unit must be one of B K KB KiB M MB MiB G GB GiB\nhint: --mem takes 1 to 67108864 MB, or unlimited\n"],
    [["init", "--mem", "\x1b[31m"], "mini-isolate: cannot use '\\x1b[31m' as --mem: it is not a plain decimal number\nhint: --mem takes 1 to 67108864 MB, or unlimited\n"],
  ])("%j is a usage error without any effect", async (argv, message) => {
    const { stdout, stderr, exitCode } = await mini(...argv);
    expect(stdout).toBe("");
    expect(stderr).toBe(message);
    expect(exitCode).toBe(64);
    expect(existsSync(stateDir)).toBe(false);
  });

  test("arguments that are not UTF-8 are refused instead of being changed", async () => {
    // A shell, since our own arguments are text; printf makes the byte.
    const script = `exec "$0" "$1" run "$(printf '\\377')"`;
    const { stderr, exitCode } = await start(["/bin/sh", "-c", script, process.execPath, main], { env: { PATH: "/usr/bin:/bin" } }).ended;
    expect(stderr).toBe("mini-isolate: cannot use arguments that are not UTF-8\n");
    expect(exitCode).toBe(64);
  });

  test("a replacement character that the caller wrote is an argument like any other", async () => {
    expect((await mini("\ufffd")).stderr).toStartWith("mini-isolate: unknown command '\ufffd'\n");
  });

  test("standard output that cannot be written is a failure", async () => {
    const { stderr, exitCode } = await start(["/bin/sh", "-c", `exec "$0" "$1" --help >/dev/full`, process.execPath, main], { env: { PATH: "/usr/bin:/bin" } }).ended;
    expect(stderr).toBe("mini-isolate: cannot write to standard output: ENOSPC (no space left on device)\nhint: the disk is full: make room, or remove boxes that are no longer needed (mini-isolate list, mini-isolate cleanup)\n");
    expect(exitCode).toBe(5);
  });
});
