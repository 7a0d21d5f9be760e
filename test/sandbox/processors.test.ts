// Which processors a program may use: --cpus with a list, and with a core that no other box has.
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { openState, type State } from "../helpers/binary.ts";
import { cgroupMechanism, cgroupV1, claimWith, commandsOfRoot, executable, groupOfCommands, sandbox } from "../helpers/requires.ts";
import { physicalCores } from "../../src/state/cores.ts";

const claim = claimWith(...sandbox, groupOfCommands);
const claimWithCpuset = claimWith(...sandbox, groupOfCommands, cgroupV1("cpuset"));
const claimWithTwoCores = claimWith(...sandbox, groupOfCommands, { missing: physicalCores().length < 2 ? "two processor cores" : null });

/** At the top of version 2, which is not ours, no group pins: systemd takes cpuset away from there. */
const pinned = cgroupMechanism === "cgroup-v1" ? "cgroup-v1" : "affinity";

const withoutCgroups = { through: ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", 'umount -a -t cgroup,cgroup2 && exec "$@"', "sh"] };
const listOf = (text: string) => /^Cpus_allowed_list:\t(.*)$/m.exec(text)?.[1];
const showStatus = ["/usr/bin/cat", "/proc/self/status"];

async function allowed(state: State, flags: readonly string[], options = {}): Promise<readonly [list: string | undefined, by: string | undefined]> {
  const { result } = await state.json(["run", ...flags, "--", ...showStatus], options);
  expect(result.status).toBe("Success");
  return [listOf(result.stdout), result.enforced.cpus];
}

claimWithCpuset("--cpus pins the program to these processors, by a control group where there is one", async () => {
  await using state = openState();
  expect(await allowed(state, ["--cpus", "0"])).toEqual(["0", "cgroup-v1"]);
  expect(await allowed(state, [])).toEqual([listOf(readFileSync("/proc/self/status", "utf8")), undefined]);
});

claimWith(...sandbox, commandsOfRoot, executable("/usr/bin/unshare"))("without control groups the launcher pins the program, and nothing is missing that would be warned of", async () => {
  await using state = openState();
  expect(await allowed(state, ["--cpus", "0"], withoutCgroups)).toEqual(["0", "affinity"]);
  expect((await state.mini(["run", "--cpus", "0", "--", "/bin/true"], withoutCgroups)).stderr).toBe("");
});

claimWith(...sandbox, groupOfCommands, cgroupV1("cpuset"), executable("/usr/bin/taskset"))("where a control group pins it, the program cannot choose other processors", async () => {
  await using state = openState();
  const { result } = await state.json(["run", "--processes", "4", "--cpus", "0", "--", "/bin/sh", "-c", "taskset -p ffffffff $$ >/dev/null 2>&1; taskset -cp $$"]);
  expect(result.stdout).toMatch(/: 0\n$/);
});

claim("processors that the caller may not use are an error before anything runs", async () => {
  await using state = openState();
  const { exitCode, stderr } = await state.mini(["run", "--cpus", "0,4000", "--", "/bin/true"]);
  expect([exitCode, stderr]).toEqual([64, expect.stringMatching(/cannot use processor 4000: this process may use [0-9]/)]);
});

const hold = ["run", "--processes", "4", "--cpus", "auto", "--passthrough", "--", "/bin/sh", "-c", "grep Cpus_allowed_list /proc/self/status; exec sleep 60"];

claimWithTwoCores("--cpus auto gives two runs at the same time two cores", async () => {
  await using state = openState();
  const first = state.start(hold);
  await first.prints("\n");
  const [list, by] = await allowed(state, ["--cpus", "auto"]);
  first.kill("SIGTERM");
  await first.ended;
  expect([list, by]).toEqual([expect.stringMatching(/^[0-9]+$/), pinned]);
  expect(first.stdoutSoFar()).not.toContain(`\t${list}\n`);
});

claim("when no core is free, a run shares one, says so and warns; a core is free again when its run was killed", async () => {
  await using state = openState();
  const holders = physicalCores().map(() => state.start(hold));
  for (const holder of holders) await holder.prints("\n");
  const { result, stderr } = await state.json(["run", "--cpus", "auto", "--", "/bin/true"]);
  for (const holder of holders) holder.kill("SIGKILL");
  for (const holder of holders) await holder.ended;
  expect([result.status, result.enforced.cpus]).toEqual(["Success", `${pinned}, shared`]);
  expect(stderr).toMatch(/another box ran on core [0-9]+ at the same time/);
  expect((await allowed(state, ["--cpus", "auto"]))[1]).toBe(pinned);
});

claim("a box that was made with --cpus auto gets a core in each run, for the compiler and the program", async () => {
  await using state = openState();
  expect((await state.mini(["init", "--box-id", "own", "--cpus", "auto"])).exitCode).toBe(0);
  const source = state.file("cores.c", '#include <stdio.h>\n#include <string.h>\nint main(void) { char line[4096]; FILE *f = fopen("/proc/self/status", "r"); while (fgets(line, sizeof line, f)) if (!strncmp(line, "Cpus_allowed_list", 17)) fputs(line, stdout); return 0; }\n');
  const { result } = await state.json(["execute", "--box-id", "own", "--source", source, "--no-cache"]);
  expect([result.status, result.enforced.cpus, result.compile?.enforced.cpus]).toEqual(["Success", pinned, pinned]);
  expect(listOf(result.stdout)).toMatch(/^[0-9]+$/);
});

claim("an ordinary user has claims in the state directory", async () => {
  await using state = openState({ uid: 12_345 });
  const { result } = await state.json(["run", "--cpus", "auto", "--", ...showStatus]);
  expect([result.status, result.enforced.cpus]).toEqual(["Success", "affinity"]);
  expect(listOf(result.stdout)).toMatch(/^[0-9]+$/);
});
