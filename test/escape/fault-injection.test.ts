// Every system call of the launch sequence made to fail once. A fault of ours is never a verdict about the program: it is an
// InternalError or an error that names what failed; the program has not run, and nothing of the box stays.
import { patience } from "../helpers/slowness.ts";
import { describe, expect } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionResult } from "../../src/index.ts";
import { purposeOf } from "../../src/executor/plan/means.ts";
import type { GivenUp } from "../../src/executor/plan/spec.ts";
import type { LaunchPlan } from "../../src/model/plan.ts";
import { openState } from "../helpers/binary.ts";
import { cgroupMechanism, claimWith, executable, sandbox } from "../helpers/requires.ts";
import { type Fault, ofTheLauncherAlone, openScene, uid } from "./fault-scene.ts";
import { broken, left, perform, telltale, withPlanBox } from "./plan-box.ts";
import { type Injected, stracePath, traced, withFault } from "./strace.ts";

const claim = claimWith(...sandbox);
const claimTraced = claimWith(...sandbox, executable(stracePath));

/** With version 2 there is one group for everything. */
const memoryGroup = cgroupMechanism === "cgroup-v1"
  ? { made: /cgroup.*memory.*mini-isolate-/, bounded: /mini-isolate-.*memory\.limit_in_bytes/, removed: /memory.*mini-isolate-/, othersHave: cgroupMechanism }
  : { made: /cgroup.*mini-isolate-/, bounded: /mini-isolate-.*memory\.max/, removed: /mini-isolate-/, othersHave: "sampling" };

const groupRemoved = /mini-isolate-.*AT_REMOVEDIR/;

const timeout = { timeout: patience(60_000) };

describe("the launcher", () => {
  claim("control: an unchanged plan runs the program", () => withPlanBox(async (box) => {
    expect(await perform(box, (plan) => plan)).toMatchObject({ status: "Success", message: null });
    expect(existsSync(join(box.workdir, "ran"))).toBeTrue();
  }));

  claim("whichever step fails, the result is an InternalError that names it, and the program is not started", () => withPlanBox(async (box) => {
    let steps = 1;
    const wrong: unknown[] = [];
    for (let failing = 0; failing < steps; failing++) {
      const before = left();
      let does = "";
      const { status, message, observed } = await perform(box, (plan) => {
        steps = plan.steps.length;
        does = plan.steps[failing]!.does;
        return { ...plan, steps: plan.steps.map((step, index) => (index === failing ? broken(step) : step)) };
      });
      const seen = { does, status, message, exitCode: observed.exitCode, ran: existsSync(join(box.workdir, "ran")), left: left() };
      const wanted = { does, status: "InternalError", message: `cannot ${does}: EBADF (bad file descriptor)`, exitCode: null, ran: false, left: before };
      if (!Bun.deepEquals(seen, wanted)) wrong.push({ seen, wanted });
    }
    expect(wrong).toEqual([]);
    expect(steps).toBeGreaterThan(100);
  }), timeout);

  claim("a step that succeeds but does not give what it must give is a failure of that step", () => withPlanBox(async (box) => {
    const elsewhere = (plan: LaunchPlan): LaunchPlan => ({
      ...plan, steps: plan.steps.map((step) => (step.expects?.room === "cwd" ? { ...step, expects: { ...step.expects, bytes: "28" } } : step)),
    });
    const { status, message } = await perform(box, elsewhere);
    expect([status, message]).toEqual(["InternalError", "cannot be inside the box: EPERM (operation not permitted)"]);
    expect(existsSync(join(box.workdir, "ran"))).toBeFalse();
  }));

  claimTraced("a real refusal by the kernel of any call that only the launcher makes is an InternalError with exit code 5", async () => {
    await using scene = await openScene();
    const { plan } = JSON.parse((await scene.state.mini(["run", "--box-id", "0", "--explain", "--", ...telltale])).stdout) as { plan: LaunchPlan };
    const faults = await ofTheLauncherAlone(scene, plan);
    expect(faults.length).toBeGreaterThan(40);
    const wrong: unknown[] = [];
    for (const { call, when, does } of faults) {
      // What a run goes on without is said, and an error with --strict; see the next claim.
      if (purposeOf(does) !== null) continue;
      const { failed, exitCode, stdout } = await withFault(scene.state, ["run", "--json", "--box-id", "0", "--", ...telltale], { call, error: "EPERM", when }, { all: true });
      const { status, error_message } = JSON.parse(stdout) as ExecutionResult;
      const seen = { call, when, failures: failed.length, exitCode, status, error_message, ran: scene.ran() };
      const wanted = { call, when, failures: 1, exitCode: 5, status: "InternalError", error_message: `cannot ${does}: EPERM (operation not permitted)`, ran: false };
      if (!Bun.deepEquals(seen, wanted)) wrong.push({ seen, wanted });
    }
    expect(wrong).toEqual([]);
    await scene.expectUsable();
  }, timeout);

  claimTraced("a real refusal of what a run can go on without is an error with --strict, unless it means nothing", async () => {
    await using scene = await openScene();
    const { plan } = JSON.parse((await scene.state.mini(["run", "--box-id", "0", "--explain", "--", ...telltale])).stdout) as { plan: LaunchPlan };
    const faults = (await ofTheLauncherAlone(scene, plan)).filter(({ does }) => !moot.includes(purposeOf(does)));
    expect(faults.length).toBeGreaterThan(3);
    for (const { call, when, does } of faults) {
      const { exitCode, stdout, stderr } = await withFault(scene.state, ["run", "--json", "--strict", "--box-id", "0", "--", ...telltale], { call, error: "EPERM", when }, { all: true });
      expectError({ exitCode, stdout });
      expect([does, stderr.includes(`cannot ${does}: EPERM`), scene.ran()]).toEqual([does, true, false]);
    }
    await scene.expectUsable();
  }, timeout);

  claimTraced("init that cannot go on takes the launcher with it, and that is no verdict", async () => {
    await using scene = await openScene();
    const { failed, exitCode, stdout, stderr } = await withFault(scene.state, ["run", "--json", "--box-id", "0", "--", ...telltale], { call: "close_range", error: "EPERM", when: 1 }, { all: true });
    expect(failed.length).toBeGreaterThan(0);
    expect([exitCode, scene.ran()]).toEqual([5, false]);
    if (stdout !== "") expect((JSON.parse(stdout) as ExecutionResult).status).toBe("InternalError");
    expect(stderr).not.toContain("internal error");
    await scene.expectUsable();
  }, timeout);
});

/** Null: a run never goes on without it. The rest: other means do as well, or no_new_privs does. */
const moot: readonly (GivenUp | null)[] = [null, "pivot_root", "device nodes", "bounding set", "noexec", "socket memory"];
const vfork = /CLONE_VFORK/;
const faults: readonly Fault[] = [
  { claim: "no lock on the box", call: "flock", which: /LOCK_NB/, error: "ENOLCK", says: /cannot lock .*locks\/0: ENOLCK/ },
  { claim: "no cgroup for the memory limit, with --strict", call: "mkdirat", which: memoryGroup.made, error: "EPERM", says: /cannot create cgroup .*EPERM/, flags: ["--strict"] },
  { claim: "no setting of the memory limit, with --strict", call: "openat", which: memoryGroup.bounded, error: "EACCES", says: /cgroup .*EACCES/, flags: ["--strict"] },
  { claim: "no pipe for the output", call: "pipe2", which: 1, error: "EMFILE", says: /pipe.*EMFILE/ },
  { claim: "no pipe for the errors", call: "pipe2", which: 2, error: "EMFILE", says: /pipe.*EMFILE/ },
  { claim: "no status channel", call: "socketpair", which: /SOCK_CLOEXEC/, error: "ENFILE", says: /socketpair.*ENFILE/ },
  { claim: "no report of the launcher", call: "recvmsg", which: 1, error: "ENOMEM", says: /recvmsg.*report.*ENOMEM/, program: "runs" },
  { claim: "no leash", call: "pipe2", which: 3, error: "ENFILE", says: /pipe.*ENFILE/ },
  { claim: "no memory file for the launcher", call: "memfd_create", which: /"launcher"/, error: "ENOMEM", says: /launcher.*ENOMEM/ },
  { claim: "no memory file for init", call: "memfd_create", which: /"init"/, error: "ENOMEM", says: /init.*ENOMEM/ },
  { claim: "no pid namespace, with --strict", call: "unshare", which: /CLONE_NEWPID/, error: "EPERM", says: /cannot make a pid namespace: EPERM/, flags: ["--strict"] },
  { claim: "a pid namespace that there would be no way back from, with --strict", call: "setns", which: /CLONE_NEWPID/, error: "EPERM", says: /cannot make a pid namespace: EPERM/, flags: ["--strict"] },
  { claim: "no process for init", call: "clone3", which: vfork, error: "EAGAIN", says: /EAGAIN/ },
  { claim: "no process for the launcher", call: "clone3", which: vfork, nth: 2, error: "EAGAIN", says: /EAGAIN/ },
  { claim: "no way back from the pid namespace", call: "setns", which: /CLONE_NEWPID/, nth: 2, error: "EPERM", says: /pid namespace.*EPERM/, program: "runs" },
  { claim: "no descriptor for init", call: "pidfd_open", which: 1, error: "EMFILE", says: /pidfd.*EMFILE/, program: "runs" },
  { claim: "no descriptor for the launcher", call: "pidfd_open", which: 2, error: "EMFILE", says: /pidfd.*EMFILE/, program: "runs" },
  { claim: "no waiting for the launcher", call: "ppoll", which: 1, error: "ENOMEM", says: /ppoll.*ENOMEM/, program: "runs" },
  { claim: "no waiting for the program", call: "ppoll", which: 2, error: "ENOMEM", says: /ppoll.*ENOMEM/, program: "runs" },
  { claim: "no word of how the program ended", call: "wait4", which: /WNOHANG/, error: "ECHILD", says: /wait4.*ECHILD/, program: "ending" },
  { claim: "no removal of the first cgroup", call: "unlinkat", which: groupRemoved, error: "EPERM", says: /cannot remove cgroup \S+: EPERM/, program: "ended" },
  { claim: "no removal of the memory cgroup", call: "unlinkat", which: new RegExp(`${memoryGroup.removed.source}.*AT_REMOVEDIR`), error: "EPERM", says: new RegExp(`cannot remove cgroup \\S*${memoryGroup.removed.source}\\S*: EPERM`), program: "ended" },
  { claim: "no file for the time of the use", call: "openat", which: /last-used/, error: "ENOSPC", says: /cannot write down the time in \S+last-used: ENOSPC/, program: "ended" },
  { claim: "no time of the use on the disk", call: "utimensat", which: 1, error: "EIO", says: /cannot write down the time in \S+last-used: EIO/, program: "ended" },
];

/** There is no result: the document is about the error. */
function expectError({ exitCode, stdout }: Pick<Injected, "exitCode" | "stdout">): void {
  expect([exitCode, JSON.parse(stdout)]).toEqual([5, expect.objectContaining({ status: "InternalError", exit_code: null, error: expect.objectContaining({ exit_code: 5 }) })]);
}

/** The program ended before the fault, so its result is there, and stands. */
function expectDelivered({ exitCode, stdout, stderr }: Injected, printed = ""): void {
  const { status, stdout: said } = JSON.parse(stdout) as ExecutionResult;
  expect([status, said, exitCode]).toEqual(["Success", printed, 0]);
  expect(stderr).toContain("mini-isolate: warning: ");
}

describe("the supervisor", () => {
  for (const { claim: without, flags = [], ...fault } of faults) {
    const outcome = fault.program === "ended" ? "a warning that says so beside the result" : "an error that says so";
    claimTraced(`${without}: ${outcome}, and nothing left after the next use of the box`, async () => {
      await using scene = await openScene();
      const seen = await scene.fail(["run", "--json", "--box-id", "0", ...flags, "--"], fault);
      if (fault.program === "ended") expectDelivered(seen);
      else expectError(seen);
      expect(seen.stderr).toMatch(fault.says);
      // Foreseen, so it needs no stack.
      expect(seen.stderr).not.toMatch(/internal error|\n +at /);
      if (fault.program === undefined) expect(scene.ran()).toBeFalse();
      // The last one to look at the box is the one that has to remove what was left.
      await scene.expectUsable();
    }, timeout);
  }

  claimTraced("no removal of a cgroup of the compile step: a warning beside the result, and nothing left after the next use of the box", async () => {
    await using scene = await openScene();
    const source = scene.state.file("x.c", '#include <stdio.h>\nint main(void) { return puts("ran") < 0; }\n');
    const args = ["execute", "--no-cache", "--json", "--box-id", "0", "--source", source];
    const first = (await traced(scene.state, args, ["unlinkat"])).findIndex(({ line }) => groupRemoved.test(line));
    const seen = await withFault(scene.state, args, { call: "unlinkat", error: "EPERM", when: first + 1 });
    expect(seen.failed).toEqual([expect.stringMatching(/mini-isolate-/)]);
    expectDelivered(seen, "ran\n");
    expect(seen.stderr).toMatch(/warning: cannot remove cgroup \S+c: EPERM/);
    await scene.expectUsable();
  }, timeout);

  claimTraced("no cgroup for the memory limit, without --strict: the result says that it is not a cgroup that enforces it", async () => {
    await using scene = await openScene();
    const seen = await scene.fail(["run", "--json", "--box-id", "0", "--"], { call: "mkdirat", which: memoryGroup.made, error: "EPERM" });
    const { status, enforced } = JSON.parse(seen.stdout) as ExecutionResult;
    expect([status, enforced.memory, enforced.cpu_time]).toEqual(["Success", "sampling", memoryGroup.othersHave]);
    await scene.expectUsable();
  }, timeout);

  claimTraced("a cgroup that is busy for a moment is removed all the same", async () => {
    await using scene = await openScene();
    const seen = await scene.fail(["run", "--json", "--box-id", "0", "--"], { call: "unlinkat", which: groupRemoved, error: "EBUSY" });
    expect((JSON.parse(seen.stdout) as ExecutionResult).status).toBe("Success");
    await scene.expectUsable();
  }, timeout);

  claimTraced("an init that cannot write its record leaves no box, no lock and no directory", async () => {
    await using state = openState();
    const seen = await withFault(state, ["init", "--box-id", "7", "--uid", uid], { call: "renameat2", error: "EIO", when: 1 });
    expect([seen.failed.length, seen.exitCode, seen.stdout]).toEqual([1, 5, ""]);
    expect(seen.stderr).toMatch(/cannot write .*instances\.json: EIO/);
    expect([existsSync(join(state.directory, "7")), existsSync(join(state.directory, "locks/7"))]).toEqual([false, false]);
    expect((await state.mini(["init", "--box-id", "7", "--uid", uid])).exitCode).toBe(0);
  }, timeout);
});
