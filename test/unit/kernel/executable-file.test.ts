// In processes of their own, as what was refused is remembered.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryDirectory } from "../../helpers/temporary.ts";

const source = JSON.stringify(join(import.meta.dir, "../../../src/kernel/executable-file.ts"));

/** @param refuse what is called before a copy of /bin/true is made executable */
function copyOfTrue(directory: string, refuse: string): unknown {
  const script = `
    const { executableFile, keepExecutablesIn, refuseMemoryFiles } = await import(${source});
    const { readFileSync, readlinkSync, readdirSync } = await import("node:fs");
    keepExecutablesIn(${JSON.stringify(directory)});
    const news = [${refuse}];
    const fd = executableFile("copy", readFileSync("/bin/true"));
    const { exitCode } = Bun.spawnSync(["/proc/" + process.pid + "/fd/" + fd]);
    console.log(JSON.stringify({ news, where: readlinkSync("/proc/self/fd/" + fd), names: readdirSync(${JSON.stringify(directory)}), exitCode }));
  `;
  const { stdout, stderr, exitCode } = Bun.spawnSync([process.execPath, "-e", script], { stdin: "ignore" });
  if (exitCode !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString());
}

test("an executable file of ours is in memory", () => {
  using directory = temporaryDirectory();
  expect(copyOfTrue(directory.path, "")).toEqual({ news: [], where: expect.stringContaining("memfd:copy"), names: [], exitCode: 0 });
});

test("where memory files could be made and not executed it is in our directory, without a name; that is news once", () => {
  using directory = temporaryDirectory();
  const seen = copyOfTrue(directory.path, "refuseMemoryFiles(), refuseMemoryFiles()");
  expect(seen).toEqual({ news: [true, false], where: expect.stringContaining(`${directory.path}/`), names: [], exitCode: 0 });
});
