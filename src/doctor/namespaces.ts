/** Namespaces, each really made by a launch of its own, in the order in which a run makes them. */
import { CLONE, MS } from "../kernel/constants.ts";
import { describeErrno } from "../kernel/errno.ts";
import { hostName } from "../model/host-name.ts";
import type { Step } from "../model/plan.ts";
import { loopbackSteps } from "../executor/plan/build-plan.ts";
import { type Check, type CheckGroup, fail, type Finding, pass, skipped, warn } from "./check.ts";
import { liftConfinement } from "./container-kind.ts";
import type { Host, LaunchOutcome } from "./host.ts";

const unshare = (does: string, flags: number): Step => ({ does: `unshare ${does}`, call: "unshare", args: [flags] });
const privately: Step = { does: "make all mounts private", call: "mount", args: [0, "/", 0, MS.REC | MS.PRIVATE, 0] };
const ownProc: Step = { does: "mount a new /proc", call: "mount", args: ["proc", "/proc", "proc", MS.NOSUID | MS.NODEV | MS.NOEXEC, 0] };

/** An ordinary user makes all others inside a user namespace. */
function stepsFor(host: Host, steps: readonly Step[]): readonly Step[] {
  return host.uid === 0 ? steps : [unshare("a user namespace", CLONE.NEWUSER), ...steps];
}

function reasonOf(outcome: Exclude<LaunchOutcome, { kind: "done" }>): string {
  return outcome.kind === "refused" ? `cannot ${outcome.does}: ${describeErrno(outcome.errno)}` : outcome.reason;
}

async function make(host: Host, steps: readonly Step[], otherwise: typeof fail, inside = false): Promise<Finding> {
  const outcome = await host.launch(inside ? steps : stepsFor(host, steps), inside);
  if (outcome.kind === "done") return pass("made");
  if (outcome.kind === "lost" && (await host.launch([])).kind !== "done") return skipped("no launcher can be started: see kernel.memory-files");
  const mend = liftConfinement(host);
  return otherwise(reasonOf(outcome), mend === null ? {} : { mend });
}

async function userNamespace(host: Host): Promise<Finding> {
  const finding = await make(host, host.uid === 0 ? [unshare("a user namespace", CLONE.NEWUSER)] : [], fail);
  if (host.uid === 0) return finding.state === "pass" ? finding : skipped(`${finding.found}; root's runs need none`);
  if (finding.state === "pass") return finding;
  const switches: readonly (readonly [file: string, bad: (value: string) => boolean, mend: string])[] = [
    ["/proc/sys/user/max_user_namespaces", (value) => value === "0", "sysctl -w user.max_user_namespaces=10000"],
    ["/proc/sys/kernel/unprivileged_userns_clone", (value) => value === "0", "sysctl -w kernel.unprivileged_userns_clone=1"],
    ["/proc/sys/kernel/apparmor_restrict_unprivileged_userns", (value) => value !== "0", "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"],
  ];
  for (const [file, bad, mend] of switches) {
    const value = host.text(file);
    if (value !== null && bad(value)) return { ...finding, found: `${finding.found}; ${file.slice("/proc/sys/".length).replaceAll("/", ".")} is ${value}`, mend };
  }
  return finding;
}

async function network(host: Host): Promise<Finding> {
  const finding = await make(host, [unshare("a network namespace", CLONE.NEWNET)], fail);
  if (finding.state !== "pass") return finding;
  const up = await make(host, [unshare("a network namespace", CLONE.NEWNET), ...loopbackSteps()], warn);
  return up.state === "pass" ? pass("made, with a loopback interface") : { ...up, means: "Programs are cut off from the network, but a box with --network loopback cannot be had." };
}

async function name(host: Host): Promise<Finding> {
  const made = unshare("a namespace of host name", CLONE.NEWUTS);
  const finding = await make(host, [made], fail);
  if (finding.state !== "pass") return finding;
  const named = await make(host, [made, { does: "set the host name", call: "sethostname", args: [hostName, hostName.length] }], warn);
  return named.state === "pass" ? named : { ...named, means: "Programs see the name of the host or container." };
}

async function processes(host: Host): Promise<Finding> {
  return await make(host, [unshare("a mount namespace", CLONE.NEWNS), privately, ownProc], warn, true);
}

type Made = readonly [name: string, title: string, flags: number, means: string, more?: readonly Step[]];

const simple: readonly Made[] = [
  ["pid", "processes", CLONE.NEWPID, "Programs see the processes of the host, and a fork bomb can outrun the kill."],
  ["mount", "mounts", CLONE.NEWNS, "Programs have no root of their own: they see the caller's files.", [privately]],
  ["ipc", "shared memory", CLONE.NEWIPC, "What programs leave there stays on the host, and other boxes see it."],
  ["cgroup", "control groups", CLONE.NEWCGROUP, "Without it no run has its namespaces."],
];

const mend = "run as root with CAP_SYS_ADMIN, or allow user namespaces to this user";
const how = "unshare(2) in a process of its own";

function made([name, title, flags, means, more = []]: Made): Check {
  return { id: `namespaces.${name}`, title: `namespace of ${title}`, worst: "fail", how, means, mend, look: (host) => make(host, [unshare(`a namespace of ${title}`, flags), ...more], fail) };
}

export const namespaces: CheckGroup = {
  name: "namespaces",
  title: "Namespaces",
  checks: [
    { id: "namespaces.user", title: "namespace of users", worst: "fail", how, means: "An ordinary user has no other namespace without it: programs see the host's files, network and processes.", mend, look: userNamespace },
    ...simple.map(made),
    { id: "namespaces.uts", title: "namespace of host name", worst: "fail", how: "unshare(2), then the name is set", means: "Without it no run has its namespaces.", mend, look: name },
    { id: "namespaces.network", title: "namespace of the network", worst: "fail", how: "unshare(2), then the loopback interface is brought up", means: "Programs reach the network of the host.", mend, look: network },
    {
      id: "namespaces.proc", title: "a new /proc", worst: "warn", how: "mount(2) of proc in a new pid namespace",
      means: "Programs do not find /proc, which some runtimes need.", mend: "do not cover parts of /proc: --security-opt systempaths=unconfined for docker, --security-opt unmask=ALL for podman", look: processes,
    },
  ],
};
