import { describe, expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { escapeControls, writeAll } from "../../../src/cli/write.ts";

const source = (name: string) => JSON.stringify(join(import.meta.dir, "../../../src", name));

describe("writing", () => {
  test("goes on until everything is out, also into a full pipe that does not block", async () => {
    const bytes = 4 * 1024 * 1024;
    const script = `
      const { setNonBlocking } = await import(${source("kernel/files.ts")});
      const { writeAll } = await import(${source("cli/write.ts")});
      setNonBlocking(1);
      writeAll(1, "x".repeat(${bytes}));`;
    // Through a shell: Bun would give its child a socket, a pipe takes less at a time.
    const child = Bun.spawn(["/bin/sh", "-c", `"$0" -e "$1" | cat`, process.execPath, script], { stdout: "pipe", stderr: "inherit" });
    expect((await new Response(child.stdout).text()).length).toBe(bytes);
    expect(await child.exited).toBe(0);
  });

  test("tells when it cannot", () => {
    const full = openSync("/dev/full", "w");
    expect(() => writeAll(full, "x")).toThrow("ENOSPC");
    closeSync(full);
  });
});

describe("text for a terminal", () => {
  test.each([
    ["plain\ttext\n", "plain\ttext\n"],
    ["\x1b[2J", "\\x1b[2J"],
    ["\r\b\0\x7f", "\\x0d\\x08\\x00\\x7f"],
    ["\x9b2J", "\\u009b2J"],
    ["é漢🙂", "é漢🙂"],
  ])("%j", (text, shown) => {
    expect(escapeControls(text)).toBe(shown);
  });
});

test("the logger writes warnings to stderr and nothing to stdout, equal ones each time", () => {
  const script = `const { log } = await import(${source("cli/log.ts")}); for (let n = 0; n < 10; n++) log.warn("careful \\x1b[31m"); log.info("note"); log.error(new Error("bad"));`;
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", script]);
  expect(stdout.toString()).toBe("");
  expect(stderr.toString()).toBe(`${"mini-isolate: warning: careful \\x1b[31m\n".repeat(10)}mini-isolate: note\nmini-isolate: error: bad\n`);
});
