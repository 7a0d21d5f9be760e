/** The control group that an engine makes for a container, on hosts with version 2. */
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { basename, join } from "node:path";
import { until } from "../helpers/until.ts";
import { cgroupVersion } from "./cgroup-version.ts";

/** @param base the directory of a scene, which the name is made from @returns null with version 1, where containers here stay in our group */
export function engineGroup(base: string): string | null {
  return cgroupVersion() === "v2" ? join("/sys/fs/cgroup", basename(base).replace("mini-isolate", "engine")) : null;
}

/** Removes it with all that the container made below it. */
export async function removeEngineGroup(base: string): Promise<void> {
  const group = engineGroup(base);
  if (group === null || !existsSync(group)) return;
  await until(`${group} can be removed`, () => {
    try {
      removeBelow(group);
      return true;
    } catch {
      // Its last process has not quite ended.
      return false;
    }
  });
}

/** Groups below go first. */
export function removeBelow(group: string): void {
  for (const entry of readdirSync(group, { withFileTypes: true })) if (entry.isDirectory()) removeBelow(join(group, entry.name));
  rmdirSync(group);
}
