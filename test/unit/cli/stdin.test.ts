import { describe, expect, test } from "bun:test";
import { join } from "node:path";

const source = JSON.stringify(join(import.meta.dir, "../../../src/cli/stdin.ts"));
const script = `const { openStdin } = await import(${source}); require("fs").writeSync(2, JSON.stringify(await openStdin(undefined)));`;

function stdinOf(redirection: string): unknown {
  const { stderr } = Bun.spawnSync(["/bin/sh", "-c", `exec "$0" -e "$1" ${redirection}`, process.execPath, script]);
  return JSON.parse(stderr.toString());
}

describe("standard input without --input", () => {
  test("is our own when it is a file, a pipe or a device that is no terminal", () => {
    expect(stdinOf("</etc/passwd")).toEqual({ kind: "descriptor", fd: 0 });
    expect(stdinOf("</dev/null")).toEqual({ kind: "descriptor", fd: 0 });
  });

  test("is empty when it is a terminal", () => {
    // script(1) gives its command a terminal.
    const command = `"${process.execPath}" -e "$SCRIPT"`;
    const { stdout } = Bun.spawnSync(["script", "-qec", command, "/dev/null"], { env: { PATH: "/usr/bin:/bin", SCRIPT: script } });
    expect(JSON.parse(stdout.toString())).toEqual({ kind: "empty" });
  });
});
