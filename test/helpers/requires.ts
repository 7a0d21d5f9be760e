/** What a test needs of the host, with the reason why it cannot run where something is missing. */
import { test, type TestOptions } from "bun:test";
import { accessSync, constants, readFileSync, statfsSync } from "node:fs";
import { landlockVersion } from "../../src/kernel/landlock.ts";
import { testedUid, testedWithin } from "./as-user.ts";
import { mountTable } from "./host.ts";

/** One thing that a test needs; `missing` is null when it is there, else what is missing in words. */
export interface Requirement {
  readonly missing: string | null;
}

function usable(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** We are the host's root. */
export const root: Requirement = { missing: process.getuid?.() === 0 ? null : "root" };

/** Each of these controllers is mounted as cgroup v1, writable for us. */
export function cgroupV1(...controllers: readonly string[]): Requirement {
  const mounts = mountTable().filter((mount) => mount.type === "cgroup");
  const missing = controllers.filter((name) => !mounts.some((mount) => mount.superOptions.includes(name) && usable(mount.point, constants.W_OK)));
  return { missing: missing.length === 0 ? null : `cgroup v1 with ${missing.join(", ")}` };
}

/** Version 2 is mounted, writable for us, with these controllers. */
export function cgroupV2(...controllers: readonly string[]): Requirement {
  const mount = mountTable().find(({ type, point }) => type === "cgroup2" && usable(point, constants.W_OK));
  if (mount === undefined) return { missing: "cgroup v2" };
  const there = readFileSync(`${mount.point}/cgroup.controllers`, "latin1").trim().split(" ");
  const missing = controllers.filter((name) => !there.includes(name));
  return { missing: missing.length === 0 ? null : `cgroup v2 with ${missing.join(", ")}` };
}

/** An executable at this path; where boxes look, so a copy in a home directory does not do. */
export function executable(path: string): Requirement {
  return { missing: usable(path, constants.X_OK) ? null : path };
}

const v1 = cgroupV1("memory", "cpu", "cpuacct", "pids", "freezer");

/** Control groups of either version that bound and count what a run may use. */
export const cgroup: Requirement = v1.missing === null ? v1 : { missing: cgroupV2("memory", "cpu", "pids").missing === null ? null : `cgroup v2 with memory, cpu, pids, or ${v1.missing}` };

/** What `enforced` says of memory, processes and CPU time on this host. */
export const cgroupMechanism = v1.missing === null ? "cgroup-v1" : "cgroup-v2";

/** What every run as root with exact verdicts needs, and the compiler of the fixture programs. */
export const sandbox: readonly Requirement[] = [root, cgroup, executable("/usr/bin/gcc")];

/** The commands of the tests are root's (as-user.ts): they can prepare a host, and have what only root has. */
export const commandsOfRoot: Requirement = { missing: testedUid === null ? null : "commands of root's, without MINI_ISOLATE_TEST_AS" };

/** A control group bounds and counts what the commands of the tests start. */
export const groupOfCommands: Requirement = { missing: testedUid === null || testedWithin.length > 0 ? null : "a control group of the tested user's, by MINI_ISOLATE_TEST_WITHIN" };

/** A program may not even try to signal its init: it is another user, or Landlock keeps its signals in. Init is deaf to them in any case. */
export const keptSignals: Requirement = { missing: testedUid === null || landlockVersion() >= 6 ? null : "a user of the program's own, or Landlock of Linux 6.12" };

const TMPFS_MAGIC = 0x0102_1994;

/** The directories of tests are not in memory: what is written there has page cache. */
export const disk: Requirement = { missing: statfsSync("/tmp").type === TMPFS_MAGIC ? "/tmp on a disk" : null };

/** Tests that take long and hardly ever find what others do not: CI runs them. */
export const slow: Requirement = { missing: Bun.env["MINI_ISOLATE_SLOW"] === "1" ? null : "MINI_ISOLATE_SLOW=1" };

/** CI sets this: a missing requirement is then a failure, never a silent gap. */
const mustHaveAll = Bun.env["MINI_ISOLATE_REQUIRE"] === "1";

/** The signature of {@link claimWith}'s answer. */
export type Claim = (title: string, body: () => void | Promise<unknown>, options?: TestOptions) => void;

/**
 * A `test` for claims that need these things. Where one is missing the test is skipped with the reason in its title,
 * or fails when MINI_ISOLATE_REQUIRE=1.
 */
export function claimWith(...needs: readonly Requirement[]): Claim {
  const missing = needs.flatMap((need) => need.missing ?? []);
  if (missing.length === 0) return (title, body, options) => void test(title, async () => void (await body()), options);
  const reason = `needs ${missing.join(" and ")}`;
  if (!mustHaveAll) return (title, body) => test.skip(`${title} (skipped: ${reason})`, async () => void (await body()));
  return (title) =>
    test(title, () => {
      throw new Error(reason);
    });
}
