/** Temporary directories that say whose they are, so that those of an interrupted run can be told from those of a live one. */
import { existsSync, lstatSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mountsBelow } from "./host.ts";

/** The user that tests of ordinary users become. */
export const ordinaryUid = 12345;

/** Makes a directory for a test, which removes it; our pid is in its name. @param what a word in lower case */
export function makeTestDirectory(what = "test", base = "/tmp"): string {
  return mkdtempSync(join(base, `mini-isolate-${what}-${process.pid}-`));
}

const named = /^mini-isolate-[a-z]+-([0-9]+)-[A-Za-z0-9]{6}$/;

/**
 * Removes the directories of {@link makeTestDirectory} whose process is gone, boxes in them included. Never follows a link, never
 * deletes through a mount. @returns what had to stay, since something is still mounted there
 */
export function removeLeftovers(binary: string, bases: readonly string[] = [...new Set(["/tmp", "/dev/shm", tmpdir()])]): string[] {
  const stay: string[] = [];
  for (const base of bases.filter((path) => existsSync(path))) {
    for (const name of readdirSync(base)) {
      const pid = named.exec(name)?.[1];
      const path = join(base, name);
      if (pid === undefined || existsSync(`/proc/${pid}`) || !isOurs(path)) continue;
      const state = join(path, "state");
      if (existsSync(state) && existsSync(binary)) Bun.spawnSync([binary, "cleanup", "--all"], { env: { MINI_ISOLATE_STATE_DIR: state } });
      if (mountsBelow(path).length > 0) stay.push(path);
      else {
        // Tests of files that cannot be changed set flags that keep even root from removing them.
        if (process.geteuid!() === 0 && Bun.which("chattr") !== null) Bun.spawnSync(["chattr", "-R", "-i", "-a", "--", path], { stdout: "ignore", stderr: "ignore" });
        Bun.spawnSync(["rm", "-rf", "--", path]);
      }
    }
  }
  return stay;
}

function isOurs(path: string): boolean {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  return entry?.isDirectory() === true && (entry.uid === process.geteuid!() || (process.geteuid!() === 0 && entry.uid === ordinaryUid));
}
