// `doctor`: the document, the exit code, and checks turned by really making the situation.
import { describe, expect } from "bun:test";
import { landlockVersion } from "../../src/kernel/landlock.ts";
import { chmodSync, copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { binaryPath, openState, type MiniOptions, type State } from "../helpers/binary.ts";
import { cgroupDirectories } from "../helpers/host.ts";
import { cgroupV1, claimWith, executable, root } from "../helpers/requires.ts";
import { ordinaryUid } from "../helpers/test-directory.ts";
import { until } from "../helpers/until.ts";

interface Report {
  readonly ok: boolean;
  readonly exit: number;
  readonly summary: Readonly<Record<string, number>>;
  readonly checks: readonly { readonly id: string; readonly group: string; readonly state: string; readonly found: string; readonly means: string; readonly mend: string | null }[];
}

const claim = claimWith(root);
const onFullHost = claimWith(root, cgroupV1("memory", "cpu", "cpuacct", "pids"));
const inNamespace = claimWith(root, executable("/usr/bin/unshare"));
const asUser = claimWith(root, executable("/usr/bin/setpriv"));

async function examined(state: State, options?: MiniOptions) {
  const { result, exitCode, stderr } = await state.json<Report>(["doctor"], options);
  const check = (id: string) => result.checks.find((each) => each.id === id) ?? null;
  return { report: result, exitCode, stderr, check, stateOf: (id: string) => check(id)?.state };
}

/** A command of the shell before the binary, in the same process. */
const after = (command: string): readonly string[] => ["/bin/sh", "-c", `${command} && exec "$0" "$@"`];
const inMountNamespace = (command: string): readonly string[] => ["/usr/bin/unshare", "--mount", ...after(command)];

function expectConsistent({ ok, exit, summary, checks }: Report, exitCode: number): void {
  const counted = (state: string) => checks.filter((check) => check.state === state).length;
  expect(summary).toEqual({ pass: counted("pass"), warn: counted("warn"), fail: counted("fail"), skipped: counted("skipped") });
  expect(exit).toBe(summary["fail"]! > 0 ? 2 : summary["warn"]! > 0 ? 1 : 0);
  expect([exitCode, ok]).toEqual([exit, exit === 0]);
}

describe("the document", () => {
  claim("is one, counts what it shows, and decides the exit code", async () => {
    await using state = openState();
    const { report, exitCode, stderr } = await examined(state);
    expectConsistent(report, exitCode);
    expect(stderr).toBe("");
    expect(report.checks.length).toBeGreaterThan(80);
    for (const { id, group } of report.checks) expect(id.startsWith(`${group}.`)).toBe(true);
  });

  claim("and the text form say the same, and nothing is left of either", async () => {
    await using state = openState();
    const { report } = await examined(state);
    const { stdout, exitCode } = await state.mini(["doctor"]);
    expect(exitCode).toBe(report.exit);
    for (const { state: found } of report.checks) expect(stdout).toContain(`\n  ${found}`);
    expect(stdout.match(/^ {2}(pass|warn|fail|skipped) /gm)).toHaveLength(report.checks.length);
    // Another test may examine the host at the same time.
    await until("no group of a doctor is there", () => cgroupDirectories().every((path) => !path.includes("-doctor-")));
    expect(readdirSync(state.directory).filter((name) => !name.startsWith(".") && !["locks", "uids"].includes(name))).toEqual([]);
  });
});

onFullHost("nothing fails where a run of root has everything", async () => {
  await using state = openState();
  const { report } = await examined(state);
  expect(report.checks.filter((check) => check.state === "fail")).toEqual([]);
  expect(report.checks.filter(({ id, state: found }) => id.startsWith("run.") && found !== "pass")).toEqual([]);
});

describe("a situation that is really made", () => {
  claim("a low limit of the caller fails the limit and the run, with what raises it", async () => {
    await using state = openState();
    const { report, exitCode, check } = await examined(state, { through: after("ulimit -n 512") });
    expectConsistent(report, exitCode);
    expect(check("caller.limit-open-files")).toMatchObject({ state: "fail", found: "512, and a box asks for 1024" });
    expect(check("caller.limit-open-files")!.mend).toContain("LimitNOFILE=1024");
    expect(check("run.start")).toMatchObject({ state: "fail" });
    expect(check("run.memory")).toMatchObject({ state: "skipped", mend: null });
  });

  inNamespace("a state directory on a noexec file system is named, and the programs of root's boxes run there", async () => {
    await using state = openState();
    mkdirSync(state.directory);
    const { check } = await examined(state, { through: inMountNamespace(`mount -t tmpfs -o noexec,mode=700 none ${state.directory}`) });
    expect(check("state.exec")).toMatchObject({ state: "pass", found: `${state.directory} is mounted noexec, and the box is not` });
    expect(check("run.start")).toMatchObject({ state: "pass" });
  });

  inNamespace("a host without control groups fails what only groups can enforce", async () => {
    await using state = openState();
    const { report, exitCode, stateOf } = await examined(state, { through: inMountNamespace("umount -R /sys/fs/cgroup") });
    expectConsistent(report, exitCode);
    expect(exitCode).toBe(2);
    expect([stateOf("cgroup.version"), stateOf("run.memory"), stateOf("run.cpu-time"), stateOf("run.processes")]).toEqual(["fail", "fail", "warn", "warn"]);
  });

  inNamespace("root with the rights that containers have by default: no namespaces, and a memory limit that holds", async () => {
    await using state = openState();
    const rights = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap";
    const through = [...inMountNamespace("umount -R /sys/fs/cgroup"), "setpriv", "--bounding-set", rights, "--inh-caps", "-all"];
    const { report, exitCode, check, stateOf } = await examined(state, { through });
    expectConsistent(report, exitCode);
    expect([stateOf("confinement.capabilities"), stateOf("namespaces.pid"), stateOf("run.filesystem"), stateOf("run.user")]).toEqual(["fail", "fail", landlockVersion() > 0 ? "warn" : "fail", "pass"]);
    expect(check("confinement.capabilities")!.found).toContain("CAP_SYS_ADMIN");
    expect(check("run.memory-limit")).toMatchObject({ state: "pass" });
  });

  inNamespace("a host that hides /sys breaks nothing", async () => {
    await using state = openState();
    const { report, exitCode, stateOf } = await examined(state, { through: inMountNamespace("mount -t tmpfs none /sys") });
    expectConsistent(report, exitCode);
    expect([stateOf("measurement.clock"), stateOf("measurement.smt"), stateOf("run.start")]).toEqual(["skipped", "skipped", "pass"]);
  });

  claim("a variable that changes our own start is named", async () => {
    await using state = openState();
    expect((await examined(state, { env: { NODE_OPTIONS: "--no-warnings" } })).check("caller.environment")).toMatchObject({ state: "warn", found: "NODE_OPTIONS" });
  });
});

asUser("an ordinary user learns what root would have more", async () => {
  // The checkout may lie where other users cannot reach it.
  await using place = openState();
  mkdirSync(place.directory);
  const binary = join(place.directory, "mini-isolate");
  copyFileSync(binaryPath, binary);
  for (const path of [place.directory, join(place.directory, "..")]) chmodSync(path, 0o755);
  await using state = openState({ uid: ordinaryUid, binary });
  const { report, exitCode, stateOf } = await examined(state);
  expectConsistent(report, exitCode);
  expect([stateOf("run.start"), stateOf("run.syscalls"), stateOf("uids.accounts")]).toEqual(["pass", "pass", "skipped"]);
  expect(stateOf("run.user")).toBe(stateOf("namespaces.user") === "pass" ? "warn" : "fail");
  if (stateOf("namespaces.user") === "pass") expect([stateOf("run.network"), stateOf("run.filesystem"), stateOf("namespaces.proc")]).toEqual(["pass", "pass", "pass"]);
});

claim("a run that fails for a reason of the host names doctor on standard error, and not in its result", async () => {
  await using state = openState();
  const { result, stderr, exitCode } = await state.json(["run", "--", "/bin/true"], { through: after("ulimit -n 512") });
  expect([result.status, exitCode]).toEqual(["InternalError", 5]);
  expect(stderr).toEndWith("\nhint: mini-isolate doctor says what is missing\n");
  expect(result.error_message).not.toContain("doctor");
});
