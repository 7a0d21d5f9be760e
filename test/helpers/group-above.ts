/** A control group with limits of its own that mini-isolate is started in: limits above those of its boxes. */
import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { detectCgroups } from "../../src/cgroup/detect.ts";
import { cgroupMechanism, executable } from "./requires.ts";
import { until } from "./until.ts";

export interface Limits {
  readonly memoryBytes?: number;
  readonly processes?: number;
}

export interface GroupAbove extends AsyncDisposable {
  /** Words in front of a command that start it in the group. */
  readonly through: readonly string[];
}

/** Marks a group of version 2 as given away, which systemd does for `Delegate=yes`. */
export const needed = executable("/usr/bin/python3");
const mark = 'import os, sys; os.setxattr(sys.argv[1], b"trusted.delegate", b"1")';

let made = 0;

/** Makes the group, as root; it can be entered once, as mini-isolate divides it. */
export function groupAbove({ memoryBytes, processes }: Limits): GroupAbove {
  const name = `mini-above-${process.pid}-${++made}`;
  const wanted = [
    ...(memoryBytes === undefined ? [] : [["memory", cgroupMechanism === "cgroup-v1" ? "memory.limit_in_bytes" : "memory.max", memoryBytes] as const]),
    ...(processes === undefined ? [] : [["pids", "pids.max", processes] as const]),
  ];
  const { v1, v2 } = detectCgroups();
  const directories = new Set(wanted.map(([controller]) => join(cgroupMechanism === "cgroup-v1" ? v1.get(controller)! : v2!.top, name)));
  for (const directory of directories) {
    mkdirSync(directory);
    if (cgroupMechanism === "cgroup-v2") Bun.spawnSync(["/usr/bin/python3", "-c", mark, directory]);
  }
  for (const [controller, file, value] of wanted) writeFileSync(join([...directories].find((path) => cgroupMechanism === "cgroup-v2" || path.startsWith(v1.get(controller)!))!, file), String(value));
  const enter = [...directories].map((directory) => `echo 0 >${directory}/cgroup.procs`);
  return {
    through: ["/bin/sh", "-ec", [...enter, 'exec "$@"'].join("\n"), "sh"],
    [Symbol.asyncDispose]: async () => {
      await until("the group above is empty", () => {
        for (const directory of directories) if (!removeTree(directory)) return false;
        return true;
      });
    },
  };
}

function removeTree(directory: string): boolean {
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) if (entry.isDirectory()) removeTree(join(directory, entry.name));
    rmdirSync(directory);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
