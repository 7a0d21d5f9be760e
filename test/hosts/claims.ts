/** What has to hold in every situation: the verdicts, and that `enforced` is the truth. */
import { describe, expect } from "bun:test";
import { cgroupVersion } from "./cgroup-version.ts";
import { claimWith } from "../helpers/requires.ts";
import { patience } from "../helpers/slowness.ts";
import { openScene, processLimit, type Scene } from "./scene.ts";
import type { Situation } from "./situation.ts";

/** The fields of `enforced` that depend on the host. */
export function enforcedIn({ expected: { groups, network, filesystem } }: Situation, version = cgroupVersion()) {
  const [memory, cpu_time, processes] = groups[version] ? Array<string>(3).fill(`cgroup-${version}`) : ["sampling", "sampling", "rlimit"];
  return { memory, cpu_time, processes, network, filesystem };
}

/** Registers the claims of one situation. */
export function claimsOf(situation: Situation): void {
  const claim = claimWith(...situation.needs);
  const inScene = (title: string, body: (scene: Scene) => Promise<void>) =>
    claim(title, async () => {
      await using scene = await openScene(situation);
      await body(scene);
      await scene.expectNothingLeft();
    });
  const enforced = enforcedIn(situation);
  const counted = situation.expected.groups[cgroupVersion()] === true;

  describe(situation.name, () => {
    inScene("a program runs, and the result says by what each limit is enforced", async (scene) => {
      const { result, exitCode } = await scene.run([], "exit-with", "0");
      expect([result.error_message, result.status, result.stdout, exitCode]).toEqual([null, "Success", "started\n", 0]);
      expect(result.enforced).toMatchObject({ ...enforced, syscalls: "seccomp" });
      expect(result.memory_peak).not.toBe(0);
    });

    inScene("the program's own exit code is a RuntimeError", async (scene) => {
      const { result, exitCode } = await scene.run([], "exit-with", "7");
      expect([result.status, result.exit_code, exitCode]).toEqual(["RuntimeError", 7, 1]);
    });

    inScene("the limits of CPU time and of time on the clock hold", async (scene) => {
      const busy = await scene.run(["--max-cpu", "0.3", "--max-time", "20"], "spin");
      expect([busy.result.status, busy.exitCode]).toEqual(["TimeLimit", 2]);
      expect(busy.result.cpu_time).toBeGreaterThanOrEqual(0.3);
      const idle = await scene.run(["--max-time", "0.3"], "sleep-for", "60");
      expect([idle.result.status, idle.result.error_message, idle.exitCode]).toEqual(["TimeLimit", expect.stringContaining("wall"), 2]);
    });

    inScene("too many processes are refused, and a fork bomb ends", async (scene) => {
      const refused = await scene.run([], "fork-children", "20");
      const passed = Number(/^started\nrefused after ([0-9]+): EAGAIN\n$/.exec(refused.result.stdout)?.[1] ?? Number.NaN);
      // A limit that counts everything of the caller's is met early when something of it has begun since the start of the run.
      if (counted || situation.expected.user === "own" || enforced.network === "namespace") expect(passed).toBe(processLimit - 1);
      else expect([0, 1, 2, 3, 4, 5, 6, 7]).toContain(passed);
      expect(refused.result.status).toBe(counted ? "ProcessLimit" : "RuntimeError");
      const bomb = await scene.run(["--max-time", "2"], "fork-bomb");
      // What a process was in the kernel is freed a little after its end, so a group may be full before the time is over.
      expect(["TimeLimit", "ProcessLimit", "MemoryLimit"]).toContain(bomb.result.status);
    });

    inScene("memory over the limit is a MemoryLimit, mapped or in a memory file", async (scene) => {
      // What comes and goes between two samples is missed, so the memory stays for a second.
      const memfd = await scene.run(["--max-memory", "64", "--max-time", "20"], "fill-memfd", "300", "1");
      expect([memfd.result.status, memfd.exitCode]).toEqual(["MemoryLimit", 3]);
      const mapped = await scene.run(["--max-memory", "64", "--max-time", "20"], "touch-memory", "300");
      // While sampling, RLIMIT_DATA refuses a single mapping that is far too large: the program hears of it and decides itself.
      expect([mapped.result.status, mapped.exitCode]).toEqual(counted ? ["MemoryLimit", 3] : ["RuntimeError", 1]);
    });

    inScene("files of the host cannot be read where the result says so", async (scene) => {
      const secret = scene.file("secret", "of the host\n");
      const { result } = await scene.run([], "open-path", "read", scene.inside(secret));
      if (enforced.filesystem === "none") expect(result.stdout).toBe("OK\n");
      else expect(result.stdout).toMatch(/^(ENOENT|EACCES)\n$/);
    });

    inScene("the host's network cannot be reached where the result says so", async (scene) => {
      using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
      for (const flags of [[], ["--network", "loopback"]]) {
        const { result } = await scene.run(flags, "connect-to", "127.0.0.1", String(listener.port));
        if (result.enforced.network !== "none") expect([flags, result.stdout]).not.toEqual([flags, "OK\n"]);
        expect([flags, result.status]).toEqual([flags, "Success"]);
      }
    });

    inScene("a daemon of the program ends with the run", async (scene) => {
      const { result } = await scene.run([], "double-fork-sleeper");
      expect([result.status, result.error_message]).toEqual(["Success", null]);
    });

    inScene("doctor finds the same, and a memory limit that holds", async (scene) => {
      const { stdout, exitCode } = await scene.mini(["doctor", "--json"]);
      const { exit, checks } = JSON.parse(stdout) as { exit: number; checks: { id: string; state: string; found: string }[] };
      const check = (id: string) => checks.find((each) => each.id === id)!;
      expect(exitCode).toBe(exit);
      for (const [field, by] of Object.entries(enforced) as [string, string][]) expect([field, check(`run.${field.replace("_", "-")}`).found]).toEqual([field, by === "none" ? "not enforced" : by]);
      expect(check("run.start").state).toBe("pass");
      // Where memory is only sampled, an emulated machine may look too late.
      if (counted || patience(1) === 1) expect(check("run.memory-limit").state).toBe("pass");
      expect(check("run.user").state === "pass").toBe(situation.expected.user === "own");
    });

    inScene("--strict runs the program only where nothing is missing", async (scene) => {
      const { exitCode, stdout, stderr } = await scene.start(["--strict"], "exit-with", "0");
      const all = counted && enforced.network === "namespace" && /^(pivot_root|chroot)$/.test(enforced.filesystem) && situation.expected.user === "own";
      expect([exitCode, stdout.includes("started"), stderr.includes("hint: ")]).toEqual(all ? [0, true, false] : [5, false, true]);
    });
  });
}
