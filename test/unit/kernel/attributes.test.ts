import { describe, expect, test } from "bun:test";
import { askPrctl, ownFileBegins, reachableScheduling, schedulingBytes, usualScheduling } from "../../../src/kernel/attributes.ts";
import { readFileSync } from "node:fs";
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
  const body = "[attributes.reachableScheduling(), require('node:os').getPriority()]";
  const reachable = (...through: string[]) => scriptThrough(through, body);

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
    expect([reachableLimit(RLIMIT.NICE, 0), reachableLimit(RLIMIT.SIGPENDING, 1)]).toEqual([0, 1]);
  });

  test("is ours, or what is wanted if the kernel lets us raise it; ours is as before", () => {
    const before = hardLimit(RLIMIT.NPROC);
    expect([before === unlimited ? Infinity : Number(before), Infinity]).toContain(reachableLimit(RLIMIT.NPROC, Infinity));
    expect(hardLimit(RLIMIT.NPROC)).toBe(before);
  });

  claim("is ours without the right to raise it", () => {
    const through = (limit: string) => ["prlimit", `--rss=${limit}`, ...powerless];
    const body = (...wanted: readonly string[]) => `[${wanted.map((amount) => `limits.reachableLimit(constants.RLIMIT.RSS, ${amount})`).join()}, limits.hardLimit(constants.RLIMIT.RSS)]`;
    expect(scriptThrough(through("4096:8192"), body("Infinity", "8193", "8192", "5"))).toEqual([8192, 8192, 8192, 5, "8192"]);
    expect(scriptThrough(through("5:12884901889"), body("Infinity", "12884901888", "2 ** 40"))).toEqual([12884901889, 12884901888, 12884901889, "12884901889"]);
    // No number holds it exactly, and one that is too large would be refused.
    expect(scriptThrough(through("5:9223372036854775807"), body("Infinity"))).toEqual([Number.MAX_SAFE_INTEGER, "9223372036854775807"]);
  });
});

describe("what else a process has", () => {
  test("is read from its own files: a text that begins as asked, another one, none", () => {
    const name = readFileSync("/proc/self/comm", "utf8");
    expect([name, name.slice(0, 2), `${name}x`, "?"].map((text) => ownFileBegins("/proc/self/comm", text.slice(0, 8)))).toEqual([true, true, name.length > 7, false]);
    expect(ownFileBegins("/proc/self/no-such-file", "x")).toBeNull();
  });

  test("is asked by prctl; an option that the kernel does not know is negative", () => {
    const slack = call("prctl", "", 30, 0, 0, 0, 0);
    expect([askPrctl(30), askPrctl(0x7000_0000)]).toEqual([slack, -22]);
  });
});
