// Root that may not make namespaces, as in a container with default rights: boxes have uids of their own, and Landlock keeps programs in them.
import { describe, expect } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { landlockVersion } from "../../src/kernel/landlock.ts";
import { openState } from "../helpers/binary.ts";
import { processesOf } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, commandsOfRoot, executable, root } from "../helpers/requires.ts";
import { patience } from "../helpers/slowness.ts";
import { until } from "../helpers/until.ts";

const needs = [root, executable("/usr/bin/gcc"), executable("/usr/bin/unshare"), executable("/usr/bin/setpriv")];
const claim = claimWith(...needs, commandsOfRoot);
const withLandlock = claimWith(...needs, commandsOfRoot, { missing: landlockVersion() >= 3 ? null : "Landlock of Linux 6.2" });

const rights = "-all,+chown,+dac_override,+fowner,+kill,+setgid,+setuid,+setpcap,+sys_chroot,+mknod";
/** In a mount namespace of its own, in which no control group can be had. */
const contained = {
  through: ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", 'umount -l /sys/fs/cgroup; exec "$@"', "sh", "/usr/bin/setpriv", "--bounding-set", rights, "--inh-caps", "-all"],
};
const shell = (script: string) => ["run", "--processes", "20", "--", "/bin/sh", "-c", script];

describe("Landlock", () => {
  withLandlock("is what the result names, and a warning says what it is in place of", async () => {
    await using state = openState();
    const { result, stderr } = await state.json(shell("id -u"), contained);
    expect([result.enforced.filesystem, result.enforced.network, result.stdout.trim()]).toEqual(["landlock", "seccomp", String(result.enforced.user)]);
    expect(result.enforced.user).not.toBe(0);
    expect(stderr).toMatch(/No namespaces here: Landlock keeps .* user of its own .*--cap-add SYS_ADMIN/);
  });

  for (const [what, script] of [
    ["the host's accounts", "cat /etc/passwd"],
    ["the homes of users", "ls /home"],
    ["the root directory", "ls /"],
    ["other processes", "cat /proc/1/cmdline"],
    ["what others leave in /tmp", "ls /tmp"],
  ] as const) {
    withLandlock(`keeps the program from ${what}`, async () => {
      await using state = openState();
      const { result } = await state.json(shell(script), contained);
      expect([result.status, result.stdout, result.stderr.includes("Permission denied")]).toEqual(["RuntimeError", "", true]);
    });
  }

  withLandlock("keeps it from writing anywhere but in its directory", async () => {
    await using state = openState();
    const place = mkdtempSync("/tmp/mini-isolate-open-");
    try {
      Bun.spawnSync(["chmod", "777", place]);
      const { result } = await state.json(shell(`echo x > ${place}/x; echo x > /dev/shm/mini-isolate-x`), contained);
      expect(result.stderr.match(/Permission denied/g)).toHaveLength(2);
      expect([existsSync(`${place}/x`), existsSync("/dev/shm/mini-isolate-x")]).toEqual([false, false]);
    } finally {
      rmSync(place, { recursive: true });
    }
  });

  withLandlock("leaves it everything in its directory, the system's programs, and the usual devices", async () => {
    await using state = openState();
    const script = "mkdir a b && echo x > a/f && mv a/f b/g && : > b/g && ln b/g h && rm -r a b h && echo x > /dev/null && head -c 2 /dev/urandom | wc -c && cat";
    const { result } = await state.json(shell(script), { ...contained, input: "typed\n" });
    expect([result.error_message, result.stderr, result.stdout]).toEqual([null, "", "2\ntyped\n"]);
  });

  withLandlock("does not keep compilers from their work", async () => {
    await using state = openState();
    Bun.spawnSync(["chmod", "755", `${state.scratch}/..`]);
    const source = state.file("hello.c", '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n');
    const { result } = await state.json(["execute", "--source", source], { ...contained, timeoutMs: 30_000 });
    expect([result.error_message, result.stdout]).toEqual([null, "hello\n"]);
  }, { timeout: 40_000 });
});

claim("processes that fork and end all the time, each in a session of its own, end with the run", async () => {
  await using state = openState();
  await boxWith(state, ["fork-and-leave"], { init: ["--processes", "30"] });
  for (let run = 0; run < 3; run++) {
    const { result } = await state.json(["run", "--max-time", String(patience(5)), "--", "./fork-and-leave"], contained);
    expect([result.status, result.stdout]).toEqual(["Success", "left\n"]);
    await until("no process of the box is left", () => processesOf(state.uids).length === 0);
  }
});

claim("--strict is an error that names what is missing", async () => {
  await using state = openState();
  const { exitCode, stdout, stderr } = await state.mini(["run", "--strict", "--", "/bin/true"], { through: contained.through.slice(6) });
  expect([exitCode, stdout]).toEqual([5, ""]);
  expect(stderr).toMatch(/cannot enforce every limit: no namespaces here.*\nhint: root has no CAP_SYS_ADMIN here/);
});
