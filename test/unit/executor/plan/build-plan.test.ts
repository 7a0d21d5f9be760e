import { describe, expect, test } from "bun:test";
import { waitingWrites } from "../../../../src/executor/plan/waiting-writes.ts";
import { buildInitPlan, buildPlan } from "../../../../src/executor/plan/build-plan.ts";
import { CLONE, PR } from "../../../../src/kernel/constants.ts";
import type { Step } from "../../../../src/model/plan.ts";
import { bare, confined, does, everySpec, expectOrder, lines, lined, places, redirected, steps, unusual } from "./steps.ts";
import { someSpec } from "../samples.ts";

const joins = does(/^join /);
const rlimits = does(/^set RLIMIT_/);
const groups = does("drop supplementary groups");
const gid = does(/^become gid /);
const uid = does(/^become uid /);
const bounding = does(/ from the bounding set$/);
const noNewPrivileges = does("set no_new_privs");
const filter = does("install the seccomp filter");
const redirections = does(/^open std(in|out|err) file /);

describe("the order of a launch", () => {
  test("is this", () => {
    expect(lines(someSpec).join("\n")).toMatchInlineSnapshot(`
      "die with the supervisor
      start a session
      clear the umask
      set the scheduling
      set the I/O priority
      set the timer slack
      set the personality
      allow huge pages
      open /cg/memory/run/tasks
      open /cg/pids/run/tasks
      unshare namespaces
      make all mounts private
      mount the new root
      create the new root
      create /box
      bind /state/0/box on /box
      restrict /box
      create /proc
      mount proc on /proc
      bind /proc/cpuinfo on itself
      bind /proc/meminfo on itself
      bind /proc/stat on itself
      create /tmp
      mount tmpfs on /tmp
      create /dev
      mount /dev
      create /dev/null
      create /dev/zero
      create /dev/full
      create /dev/random
      create /dev/urandom
      link /dev/fd
      link /dev/stdin
      link /dev/stdout
      link /dev/stderr
      create /dev/shm
      mount /dev/shm
      create /etc
      create /etc/passwd
      write /etc/passwd
      close /etc/passwd
      create /etc/group
      write /etc/group
      close /etc/group
      create /etc/hosts
      write /etc/hosts
      close /etc/hosts
      create /etc/nsswitch.conf
      write /etc/nsswitch.conf
      close /etc/nsswitch.conf
      create /etc/protocols
      write /etc/protocols
      close /etc/protocols
      create /etc/services
      write /etc/services
      close /etc/services
      create /etc/timezone
      write /etc/timezone
      close /etc/timezone
      create /etc/localtime
      write /etc/localtime
      close /etc/localtime
      create /etc/fonts
      create /etc/fonts/fonts.conf
      write /etc/fonts/fonts.conf
      close /etc/fonts/fonts.conf
      create /etc/ssl
      create /etc/ssl/openssl.cnf
      close /etc/ssl/openssl.cnf
      create /usr
      bind /usr on /usr
      restrict /usr
      link /bin
      create /etc/alternatives
      bind /etc/alternatives on /etc/alternatives
      restrict /etc/alternatives
      create /etc/ld.so.cache
      close /etc/ld.so.cache
      bind /etc/ld.so.cache on /etc/ld.so.cache
      restrict /etc/ld.so.cache
      make /dev read-only
      hide the machine in /proc
      make the new root read-only
      enter the new root
      pivot to the new root
      detach the old root
      change the root to the box's
      enter the box's root
      set the host name
      set the umask
      enter /box
      be inside the box
      set RLIMIT_FSIZE
      set RLIMIT_STACK
      set RLIMIT_CORE
      set RLIMIT_NOFILE
      set RLIMIT_MEMLOCK
      set RLIMIT_CPU
      set RLIMIT_NPROC
      set RLIMIT_DATA
      set RLIMIT_AS
      set RLIMIT_RSS
      set RLIMIT_LOCKS
      set RLIMIT_SIGPENDING
      set RLIMIT_MSGQUEUE
      set RLIMIT_NICE
      set RLIMIT_RTPRIO
      set RLIMIT_RTTIME
      join /cg/memory/run/tasks
      join /cg/pids/run/tasks
      unshare the cgroup namespace
      close descriptors above 2 on execve
      drop capability 0 from the bounding set
      drop capability 1 from the bounding set
      drop supplementary groups
      become gid 60001
      become uid 60000
      clear ambient capabilities
      drop all capabilities
      die with the supervisor
      be undumpable
      set no_new_privs
      verify that the uid is 60000
      verify that the saved uid is 60000
      verify that the gid is 60001
      verify that the saved gid is 60001
      verify that there are no supplementary groups
      verify that there are no capabilities (1 of 3)
      verify that there are no capabilities (2 of 3)
      verify that there are no capabilities (3 of 3)
      verify that it is undumpable
      verify that no_new_privs is set
      install the seccomp filter
      read the launcher's own usage
      report it
      read the clock
      report that the program starts"
    `);
  });

  test("of a redirected run ends with this", () => {
    const all = lines(redirected);
    expect(all.slice(all.findIndex((line) => line.startsWith("become uid"))).join("\n")).toMatchInlineSnapshot(`
      "become uid 60000
      clear ambient capabilities
      drop all capabilities
      die with the supervisor
      be undumpable
      set no_new_privs
      open stdin file in in the box
      put stdin in place
      open stdout file out in the box
      put stdout in place
      open stderr file err in the box
      put stderr in place
      verify that the uid is 60000
      verify that the saved uid is 60000
      verify that the gid is 60001
      verify that the saved gid is 60001
      verify that there are no supplementary groups
      verify that there are no capabilities (1 of 3)
      verify that there are no capabilities (2 of 3)
      verify that there are no capabilities (3 of 3)
      verify that it is undumpable
      verify that no_new_privs is set
      install the seccomp filter
      read the launcher's own usage
      report it
      read the clock
      report that the program starts"
    `);
  });

  test("without namespaces is this", () => {
    expect(lines(bare).join("\n")).toMatchInlineSnapshot(`
      "die with the supervisor
      start a session
      clear the umask
      set the scheduling
      set the I/O priority
      set the timer slack
      set the personality
      allow huge pages
      set the umask
      enter /state/0/box
      be inside the box
      set RLIMIT_FSIZE
      set RLIMIT_STACK
      set RLIMIT_CORE
      set RLIMIT_NOFILE
      set RLIMIT_MEMLOCK
      set RLIMIT_CPU
      set RLIMIT_NPROC
      set RLIMIT_DATA
      set RLIMIT_AS
      set RLIMIT_RSS
      set RLIMIT_LOCKS
      set RLIMIT_SIGPENDING
      set RLIMIT_MSGQUEUE
      set RLIMIT_NICE
      set RLIMIT_RTPRIO
      set RLIMIT_RTTIME
      close descriptors above 2 on execve
      clear ambient capabilities
      drop all capabilities
      die with the supervisor
      be undumpable
      set no_new_privs
      verify that there are no capabilities (1 of 3)
      verify that there are no capabilities (2 of 3)
      verify that there are no capabilities (3 of 3)
      verify that it is undumpable
      verify that no_new_privs is set
      install the seccomp filter
      read the launcher's own usage
      report it
      read the clock
      report that the program starts"
    `);
  });

  test("begins, for a caller with everything unusual, with what takes it back", () => {
    const all = lines(unusual);
    expect(all.slice(0, all.indexOf("unshare namespaces")).join("\n")).toMatchInlineSnapshot(`
      "die with the supervisor
      start a session
      clear the umask
      set the scheduling
      set the I/O priority
      set the timer slack
      set the personality
      allow huge pages
      open /proc/self/oom_score_adj
      be the first to end when the host runs out of memory
      close /proc/self/oom_score_adj
      open /proc/self/coredump_filter
      reset the core dump filter
      close /proc/self/coredump_filter
      reset the memory policy
      reset the merging of equal pages
      reset what broken memory does
      reset the right to memory for I/O
      reset speculation by store bypass
      reset speculation by indirect branches
      reset speculation by data in the first cache
      reset the securebits
      open /cg/memory/run/tasks
      open /cg/pids/run/tasks"
    `);
  });

  test("puts what the caller hands on before what can no longer be written to or allowed", () => {
    const attributes = does(/^(set the (scheduling|I\/O priority|timer slack|personality)|allow huge pages|reset .*|be the first .*)$/);
    for (const later of [does("unshare namespaces"), joins, bounding, uid]) expectOrder(unusual, attributes, later);
    // A real-time class has no slack, so the class goes first.
    expectOrder(unusual, does("set the scheduling"), does("set the timer slack"));
  });

  test("puts the control groups after the rlimits and before the identity", () => {
    expectOrder(someSpec, rlimits, joins);
    expectOrder(someSpec, joins, bounding);
    expectOrder(someSpec, joins, uid);
  });

  test("unshares the cgroup namespace once it is in its groups, so that they are its root", () => {
    const unshares = (step: Step) => step.call === "unshare" && step.args[0] === CLONE.NEWCGROUP;
    expectOrder(someSpec, joins, unshares);
  });

  test("opens the files of the control groups while the host can still be seen", () => {
    expectOrder(someSpec, does(/^open \/cg\//), does(/^unshare namespaces/));
  });

  test("gives up the bounding set first, then groups, then gid, then uid", () => {
    expectOrder(someSpec, bounding, groups);
    expectOrder(someSpec, groups, gid);
    expectOrder(someSpec, gid, uid);
  });

  test("drops every capability that the kernel knows, 0 included", () => {
    const dropped = steps({ ...someSpec, lastCapability: 40 }).filter((step) => step.args[0] === PR.CAPBSET_DROP).map((step) => step.args[1]);
    expect(dropped).toEqual(Array.from({ length: 41 }, (_, capability) => capability));
  });

  test("asks to die with the supervisor again once the uid has changed, which forgets it", () => {
    const last = places(someSpec, (step) => step.args[0] === PR.SET_PDEATHSIG).at(-1)!;
    expect(last).toBeGreaterThan(Math.max(...places(someSpec, uid)));
  });

  test("opens redirections with the rights of the program and within its root", () => {
    expectOrder(redirected, uid, redirections);
    expectOrder(redirected, does("drop all capabilities"), redirections);
    expectOrder(redirected, does("be inside the box"), redirections);
  });

  test.each([...everySpec])("ends with a look at what the kernel says, and seccomp, and after them only the report: %s", (_, spec) => {
    const all = steps(spec);
    const looks = places(spec, does(/^verify that /));
    expect(all.slice(-5).map((step) => step.call)).toEqual(["seccomp", "getrusage", spec.listener || spec.terminal !== null ? "sendmsg" : "write", "clock_gettime", "write"]);
    expect(looks).toEqual(looks.map((_, index) => all.length - 5 - looks.length + index));
    expectOrder(spec, noNewPrivileges, does(/^verify that /));
    expect(places(spec, filter)).toEqual([all.length - 5]);
  });

  test.each([lined, confined, { ...confined, redirections: redirected.redirections }])("keeps to the rules after no_new_privs, and before files are opened that the program chose", (spec) => {
    expectOrder(spec, noNewPrivileges, does("keep to the Landlock rules"));
    expectOrder(spec, does(/ up for Landlock$/), rlimits);
    if (spec.redirections[0] !== null) expectOrder(spec, does("keep to the Landlock rules"), redirections);
  });

  test("hands the listener of the filter over with the first report, and has none where there can be none", () => {
    expect(steps(someSpec).filter(({ opens }) => opens === "listener").map(({ call, args }) => [call, args])).toEqual([["seccomp", [1, 8, { program: waitingWrites(someSpec.filter, true) }]]]);
    expect(steps({ ...someSpec, waitingWrites: false }).find(({ opens }) => opens === "listener")!.args).toEqual([1, 8, { program: someSpec.filter }]);
    expect(steps(someSpec).find(does("report it"))!.args).toEqual([{ fd: "status" }, { message: { room: "usage", bytes: 144, passes: "listener" } }, 0]);
    const without = steps({ ...someSpec, listener: false });
    expect(without.find(filter)!.args).toEqual([1, 0, { program: waitingWrites("0600000000000080060000000000ff7f", false) }]);
    expect(without.filter(({ opens, call }) => opens === "listener" || call === "sendmsg")).toEqual([]);
    expect(lines({ ...someSpec, listener: false })).toEqual(lines(someSpec));
  });

  test("leaves the host's tree before anything of the program's choice is looked up", () => {
    expectOrder({ ...someSpec, chdir: "/box/sub" }, does("detach the old root"), does("enter /box/sub"));
    expectOrder(someSpec, does("enter /box"), does("be inside the box"));
  });
});

describe("every plan", () => {
  test.each([...everySpec])("uses only descriptors that were opened before or handed over: %s", (_, spec) => {
    const known = new Set(["status"]);
    for (const { args, opens } of steps(spec)) {
      for (const arg of args) if (typeof arg === "object" && "fd" in arg) expect(known).toContain(arg.fd);
      if (opens !== undefined) known.add(opens);
    }
  });

  test.each([...everySpec])("takes the program as it was given: %s", (_, spec) => {
    expect(buildPlan(spec).program).toBe(spec.program);
  });

  test("is data: the same specification gives the same plan", () => {
    expect(JSON.stringify(buildPlan(someSpec))).toBe(JSON.stringify(buildPlan(structuredClone(someSpec))));
  });
});

describe("the plan of init", () => {
  const plan = buildInitPlan(5);

  test("has no program: init stays", () => {
    expect(plan.program).toBeNull();
  });

  test("is this", () => {
    expect(plan.steps.map((step) => step.does)).toEqual(["die with the supervisor", "see the supervisor alive", "hold SIGCHLD back", "close all descriptors"]);
  });

  test("looks at the leash, and fails when it has hung up", () => {
    const look = plan.steps[1]!;
    expect(look.args[0]).toEqual({ hex: "0500000000000000" });
    expect(look.expects).toEqual({ room: null, bytes: "00" });
  });
});
