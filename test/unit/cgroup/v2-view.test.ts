// In a mount namespace whose tree of version 2 is read-only, as engines show it to a container.
import { describe, expect } from "bun:test";
import { join } from "node:path";
import { cgroupV2, claimWith, executable, root } from "../../helpers/requires.ts";

const claim = claimWith(root, cgroupV2(), executable("/usr/bin/unshare"));
const source = (name: string) => JSON.stringify(join(import.meta.dir, "../../../src", name));
const group = `mini-isolate-test-${process.pid}-view`;

/** Tries to make a group through the mount, and makes one through the view. */
const inside = `
  const { mkdirSync, rmdirSync, existsSync, readFileSync } = await import("node:fs");
  const { detectCgroups } = await import(${source("cgroup/detect.ts")});
  const { writableView, lastingName, pathOf } = await import(${source("cgroup/v2-view.ts")});
  const { top, readOnly } = detectCgroups().v2;
  const mounts = () => readFileSync("/proc/self/mountinfo", "utf8");
  const before = mounts();
  let refusal = null;
  try { mkdirSync(top + "/${group}"); } catch ({ code }) { refusal = code; }
  const view = writableView(top);
  mkdirSync(view + "/${group}");
  const name = lastingName(view + "/${group}");
  const seen = existsSync(top + "/${group}");
  rmdirSync(pathOf(name));
  console.log(JSON.stringify({ readOnly, refusal, name, seen, left: existsSync(view + "/${group}"), hidden: mounts() === before }));
`;

function seenIn(namespaces: readonly string[]): unknown {
  const point = "$(grep ' cgroup2 ' /proc/self/mounts | head -n 1 | cut -d' ' -f2)";
  const { stdout, stderr, exitCode } = Bun.spawnSync(
    ["/usr/bin/unshare", "--mount", ...namespaces, "/bin/sh", "-ec", `mount -o remount,bind,ro ${point}\nexec "$@"`, "sh", process.execPath, "-e", inside],
    { stdin: "ignore" },
  );
  if (exitCode !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString());
}

describe("where version 2 is mounted read-only, a view of our own", () => {
  for (const [where, namespaces] of [["on the host", []], ["in a cgroup namespace", ["--cgroup"]]] as const) {
    claim(`${where} can be written to, shows the same groups, and is mounted nowhere`, () => {
      expect(seenIn(namespaces)).toEqual({ readOnly: true, refusal: "EROFS", name: `cgroup2:/${group}`, seen: true, left: false, hidden: true });
    });
  }
});
