import { describe, expect, test } from "bun:test";
import { askPrctl, reachableScheduling, readOwnAttribute, schedulingBytes, usualScheduling } from "../../../src/kernel/attributes.ts";
import { RLIMIT, unlimited } from "../../../src/kernel/constants.ts";
import { call } from "../../../src/kernel/ffi.ts";
import { hardLimit, reachableLimit } from "../../../src/kernel/process.ts";
import { claimWith, executable, root } from "../../helpers/requires.ts";

/** Runs a script that uses the sources, through another command. @returns the JSON that it prints */
function scriptThrough(through: readonly string[], body: string): unknown {
  const files = { attributes: "attributes.ts", limits: "process.ts", constants: "constants.ts" };
  const imports = Object.entries(files).map(([name, file]) => `import * as ${name} from ${JSON.stringify(`${import.meta.dir}/../../../src/kernel/${file}`)};`);
  const text = `${imports.join("")} import { writeSync } from "node:fs"; writeSync(1, JSON.stringify(${body}, (_, value) => typeof value === "bigint" ? String(value) : value));`;
  const { stdout, stderr, exitCode } = Bun.spawnSync([...through, process.execPath, "-e", text]);
  if (exitCode !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString());
}

/** A user that may not raise anything. */
const powerless = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"];

describe("the scheduling that a child can have", () => {
  const claim = claimWith(root, executable("/usr/bin/setpriv"), executable("/usr/bin/chrt"), executable("/usr/bin/nice"));
  const body = "[attributes.reachableScheduling(), attributes.readOwnAttribute('sched'), require('node:os').getPriority()]";
  const reachable = (...through: string[]) => {
    const [found, , nice] = scriptThrough(through, body) as [unknown, unknown, number];
    return [found, nice];
  };

  test("is the usual one for us", () => expect(reachableScheduling()).toEqual(usualScheduling));

  claim("is the usual one for whom the kernel lets go back to it, and asking changes nothing", () => {
    expect(reachable("nice", "-n", "9")).toEqual([usualScheduling, 9]);
    expect(reachable("chrt", "--idle", "0", "nice", "-n", "9")).toEqual([usualScheduling, 9]);
    expect(reachable("nice", "-n", "-9")).toEqual([usualScheduling, -9]);
  });

  claim("is never better than the kernel allows", () => {
    expect(reachable("nice", "-n", "9", ...powerless)).toEqual([{ policy: 0, nice: 9, clamped: false }, 9]);
    expect(reachable("chrt", "--idle", "0", ...powerless)).toEqual([{ policy: 5, nice: 0, clamped: false }, 0]);
    expect(reachable("nice", "-n", "-9", ...powerless)).toEqual([usualScheduling, -9]);
    expect(reachable("chrt", "--batch", "0", ...powerless)).toEqual([usualScheduling, 0]);
  });

  test("is the whole struct of the kernel, with the bounds of the system where there are other ones", () => {
    expect(schedulingBytes({ policy: 5, nice: -3, clamped: false }).toHex()).toBe(`3800000005000000${"00".repeat(8)}fdffffff${"00".repeat(36)}`);
    expect(schedulingBytes({ ...usualScheduling, clamped: true }).toHex()).toBe(`38000000000000006000000000000000${"00".repeat(32)}${"ff".repeat(8)}`);
  });
});

describe("the hard limit that a child can have", () => {
  const claim = claimWith(root, executable("/usr/bin/setpriv"), executable("/usr/bin/prlimit"));

  test("is what is wanted where that is not over ours", () => {
    expect([reachableLimit(RLIMIT.NICE, 0n), reachableLimit(RLIMIT.SIGPENDING, 1n)]).toEqual([0n, 1n]);
  });

  test("is ours, or what is wanted if the kernel lets us raise it; ours is as before", () => {
    const before = hardLimit(RLIMIT.NPROC);
    expect([before, unlimited]).toContain(reachableLimit(RLIMIT.NPROC, unlimited));
    expect(hardLimit(RLIMIT.NPROC)).toBe(before);
  });

  claim("is ours without the right to raise it", () => {
    const body = "[limits.reachableLimit(constants.RLIMIT.RSS, constants.unlimited), limits.reachableLimit(constants.RLIMIT.RSS, 5n), limits.hardLimit(constants.RLIMIT.RSS)]";
    expect(scriptThrough(["prlimit", "--rss=4096:8192", ...powerless], body)).toEqual(["8192", "5", "8192"]);
  });
});

describe("what else a process has", () => {
  test("is read from its own files, and null where there is none", () => {
    expect([readOwnAttribute("oom_score_adj"), readOwnAttribute("no such file")]).toEqual([expect.stringMatching(/^-?[0-9]+$/), null]);
  });

  test("is asked by prctl; an option that the kernel does not know is negative", () => {
    const slack = call("prctl", "", 30, 0, 0, 0, 0);
    expect([askPrctl(30), askPrctl(0x7000_0000)]).toEqual([slack, -22]);
  });
});
