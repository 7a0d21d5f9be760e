// Another program in the place of this process: with the descriptor under its number, or nothing has changed.
import { expect, test } from "bun:test";
import { readlinkSync } from "node:fs";
import { join } from "node:path";
import { closeDescriptor, makePipe } from "../../../src/kernel/files.ts";
import { executeInstead } from "../../../src/kernel/exec.ts";

test("what cannot be executed leaves all descriptors where they were", () => {
  const [readEnd, writeEnd] = makePipe();
  const [other, third] = makePipe();
  const look = () => [readEnd, writeEnd, other, third].map((fd) => readlinkSync(`/proc/self/fd/${fd}`));
  const before = look();
  for (const as of [other, readEnd]) expect(executeInstead("/nothing", ["x"], [], readEnd, as).errno).toBe(2);
  expect(look()).toEqual(before);
  for (const fd of [readEnd, writeEnd, other, third]) closeDescriptor(fd);
});

test("the program has our pid, the words, the environment, and the descriptor under its number", async () => {
  const script = `
    import { executeInstead } from ${JSON.stringify(join(import.meta.dir, "../../../src/kernel/exec.ts"))};
    import { openSync } from "node:fs";
    executeInstead("/bin/sh", ["sh", "-c", 'echo $$ $GIVEN "$1"; readlink /proc/self/fd/3', "sh", "a b"], ["PATH=/usr/bin:/bin", "GIVEN=yes"], openSync("/etc/passwd"), 3);
  `;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
  expect(await new Response(child.stdout).text()).toBe(`${child.pid} yes a b\n/etc/passwd\n`);
});
