// Hosts on which nothing can run, as the runtime itself does not start: no verdict, and never the exit code of one.
import { expect } from "bun:test";
import { exitCodes } from "../../src/model/errors.ts";
import { executable, claimWith, root } from "../helpers/requires.ts";
import { openScene } from "./scene.ts";
import { fullIsolation, never, type Situation } from "./situation.ts";
import { perform } from "./situations/script.ts";

const claim = claimWith(root, executable("/usr/bin/unshare"), executable("/usr/bin/gcc"));
const expected = { groups: never, ...fullIsolation };

const unusable: readonly Situation[] = [
  { name: "no /proc", about: "", expected, needs: [], through: ({ base }) => perform({ commands: [`mkdir -p ${base}/empty`, `mount --bind ${base}/empty /proc`] }) },
  { name: "an engine that answers EPERM to calls that it does not know", about: "", expected, needs: [], through: async ({ tool }) => [await tool("refuse-calls"), "old-engine"] },
];

for (const situation of unusable) {
  claim(`${situation.name}: nothing is printed on standard output, and the exit code is none that speaks of a program`, async () => {
    await using scene = await openScene(situation);
    const { stdout, exitCode } = await scene.mini(["run", "--", "/bin/echo", "ran"]);
    expect(stdout).toBe("");
    expect([0, exitCodes.programFailed, exitCodes.timeLimit, exitCodes.memoryLimit, exitCodes.securityViolation]).not.toContain(exitCode);
  });
}
