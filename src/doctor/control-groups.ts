/** Control groups: which there are, and what they bound. */
import { bytesPerMebibyte } from "../model/units.ts";
import { limits } from "../model/limits.ts";
import { type Check, type CheckGroup, fail, type Finding, pass, skipped, warn } from "./check.ts";
import { type ContainerKind, containerKind } from "./container-kind.ts";
import type { GroupResource } from "./group-trial.ts";
import type { Host } from "./host.ts";
import { parseMounts } from "./mounts.ts";

const controllersOfV1 = ["memory", "cpu", "cpuacct", "pids", "cpuset"];

function version(host: Host): Finding {
  const mountinfo = host.text("/proc/self/mountinfo");
  if (mountinfo === null) return skipped("/proc/self/mountinfo cannot be read");
  const mounts = parseMounts(mountinfo);
  const first = controllersOfV1.filter((name) => mounts.some(({ type, options }) => type === "cgroup" && options.includes(name)));
  const second = mounts.some(({ type }) => type === "cgroup2");
  if (first.length > 0) return pass(`version 1${second ? ", and version 2 beside it" : ""}: ${first.join(" ")}`);
  return second ? pass("version 2") : fail("none are mounted");
}

/** What gives an ordinary user, a service or a container a group of its own. */
function delegation(host: Host): string {
  const kind = containerKind(host);
  if (kind !== null) return `${host.uid === 0 ? "" : "as root of the container: "}${writableGroups(kind, hasVersion1(host))}`;
  return host.uid === 0 ? "Delegate=yes in the unit of the service" : "log in by a session of systemd, whose user manager gives us a group (without a login: loginctl enable-linger)";
}

function writableGroups(kind: ContainerKind, version1: boolean): string {
  const engine = kind === "podman" || kind === "docker" ? kind : null;
  // Engines do not give version 1 away: what is written there can be about the whole host.
  if (version1) return engine === null ? "start the container privileged" : `${engine} run --privileged`;
  if (engine === "podman") return "podman run --cgroupns=private --security-opt unmask=/sys/fs/cgroup";
  if (engine === "docker") return "docker run --cgroupns=private --security-opt writable-cgroups=true";
  return "start the container with a cgroup namespace of its own, and a writable /sys/fs/cgroup";
}

function hasVersion1(host: Host): boolean {
  return parseMounts(host.text("/proc/self/mountinfo") ?? "").some(({ type, options }) => type === "cgroup" && options.includes("memory"));
}

/** The manager of a user is not given this controller unless somebody says so. */
function cpusetFor(host: Host): string {
  return host.uid === 0 ? delegation(host) : "as root: Delegate=cpu cpuset io memory pids in a drop-in of user@.service";
}

async function place(host: Host): Promise<Finding> {
  const { places, problems } = await host.group();
  if (places.length > 0) return pass([...new Set(places)].join(" "));
  const [first] = problems;
  return fail(first?.reason ?? "no group can be made", { mend: first?.hint ?? delegation(host) });
}

async function resource(host: Host, name: GroupResource, otherwise: typeof fail): Promise<Finding> {
  const { mechanisms, places, problems } = await host.group();
  if (places.length === 0) return skipped("there are no groups: see cgroup.place");
  const mechanism = mechanisms[name];
  if (mechanism !== undefined) return pass(mechanism.replace("cgroup-v", "version "));
  const problem = problems.find((each) => each.resource === name) ?? problems[0];
  return otherwise(problem?.reason ?? "by no group", { mend: name === "cpus" ? cpusetFor(host) : (problem?.hint ?? delegation(host)) });
}

async function peak(host: Host): Promise<Finding> {
  const { mechanisms, samplesPeak } = await host.group();
  if (mechanisms.memory === undefined) return skipped("no group bounds memory");
  return samplesPeak ? warn("sampled") : pass("kept by the kernel");
}

async function swap(host: Host): Promise<Finding> {
  const table = host.text("/proc/swaps");
  if (table === null) return skipped("/proc/swaps cannot be read");
  // A line of titles comes first.
  if (table.split("\n").length < 2) return pass("there is no swap");
  const { boundsSwap } = await host.group();
  return boundsSwap === true ? pass("there is swap, and groups bound it") : fail(boundsSwap === null ? "there is swap, and no group bounds memory" : "there is swap, and groups do not bound it");
}

/** With version 2 a group that holds processes cannot have others with limits below it, so one has to be given to us. */
async function delegated(host: Host): Promise<Finding> {
  const { mechanisms, places } = await host.group();
  if (places.length === 0) return skipped("there are no groups: see cgroup.place");
  if (mechanisms.memory !== "cgroup-v2") return skipped("version 1 needs none");
  const own = /^0::(.*)$/m.exec(host.text("/proc/self/cgroup") ?? "")?.[1];
  if (own === undefined) return skipped("/proc/self/cgroup does not tell our group");
  // Where one of us has been before, we are in a group below the one that was given.
  const given = own.replace(/\/mini-isolate\.self$/, "");
  return given === "/" || places.some((path) => path.endsWith(given)) ? pass(given) : warn(`${own} was not given to us: our groups are at the top of the tree`, { mend: delegation(host) });
}

/** So many processors, or bytes, that a box with the defaults has room. */
const roomForBoxes = 2;

async function outer(host: Host): Promise<Finding> {
  const { memoryBytes, processes, processors } = (await host.group()).outer;
  const memory = memoryBytes === null ? [] : [`memory ${Math.floor(memoryBytes / bytesPerMebibyte)} MB`];
  const found = [...memory, ...(processes === null ? [] : [`${processes} processes`]), ...(processors === null ? [] : [`${processors} processors`])].join(", ");
  if (found === "") return pass("none");
  const tight = (memoryBytes !== null && memoryBytes < roomForBoxes * limits.memory_limit.default!) || (processes !== null && processes < 64) || processors !== null;
  return (tight ? warn : pass)(found);
}

/** A program of the host that starts, as root, when a group of version 1 becomes empty (cgroups.rst, 1.4). */
function releaseAgent(host: Host): Finding {
  const roots = parseMounts(host.text("/proc/self/mountinfo") ?? "").filter(({ type, options }) => type === "cgroup" && controllersOfV1.some((name) => options.includes(name)));
  if (roots.length === 0) return pass("version 1 is not in use");
  const agents = roots.map(({ point }) => host.text(`${point}/release_agent`)).filter((agent) => agent !== null && agent !== "");
  return agents.length === 0 ? pass("none") : warn([...new Set(agents)].join(" "));
}

type Bounded = readonly [name: GroupResource, id: string, title: string, worst: "warn" | "fail", means: string];

const bounded: readonly Bounded[] = [
  ["memory", "memory", "memory is bounded", "fail", "Memory is looked at every few milliseconds. What a program takes between two looks is missed."],
  ["cpu_time", "cpu-time", "CPU time is counted", "fail", "CPU time is looked at process by process, and what ends between two looks is missed."],
  ["processes", "processes", "processes are bounded", "fail", "Processes are bounded by a limit of the user. The status ProcessLimit does not come."],
  ["cpu", "cpu-weight", "processor time is shared out", "warn", "A box with many threads takes processor time from the others."],
  ["cpus", "processors", "processors are given to boxes", "warn", "Programs are kept to their processors by affinity alone (--cpus), which a program may change for itself."],
];

const how = "the group of a run is made, looked at and removed";

function boundedCheck([name, id, title, worst, means]: Bounded): Check {
  return { id: `cgroup.${id}`, title, worst, how, means, mend: "Delegate=yes in the unit of the service", look: (host) => resource(host, name, worst === "fail" ? fail : warn) };
}

export const controlGroups: CheckGroup = {
  name: "cgroup",
  title: "Control groups",
  checks: [
    {
      id: "cgroup.version", title: "mounted version", worst: "fail", how: "/proc/self/mountinfo", look: version,
      means: "Without control groups memory and CPU time are only looked at from time to time.", mend: "mount -t cgroup2 none /sys/fs/cgroup",
    },
    {
      id: "cgroup.place", title: "place of our groups", worst: "fail", how, look: place,
      means: "Without a place for groups memory and CPU time are only looked at from time to time.", mend: "for a user: a login session of systemd, or loginctl enable-linger; for a service: Delegate=yes in its unit",
    },
    {
      id: "cgroup.delegation", title: "a group of our own", worst: "warn", how: "/proc/self/cgroup, compared with the place of our groups", look: delegated,
      means: "Limits of our service do not hold for boxes, and boxes cannot have processors of their own.", mend: "Delegate=yes in the unit of the service",
    },
    ...bounded.map(boundedCheck),
    { id: "cgroup.peak", title: "peak of memory", worst: "warn", how, look: peak, means: "memory_peak may be too low: what a program had between two looks is not seen. (Linux 5.19)", mend: "use a newer kernel" },
    {
      id: "cgroup.swap", title: "swap", worst: "fail", how: "/proc/swaps, and the files of the group", look: swap,
      means: "A program gets more memory than its limit, by swap, and the machine becomes slow for all.", mend: "swapoff -a, or swapaccount=1 on the kernel's command line",
    },
    {
      id: "cgroup.outer-limits", title: "limits of groups above ours", worst: "warn", how: "memory.max, pids.max and cpu.max from our place up to the top", look: outer,
      means: "All boxes together get no more than this. A run that meets such a limit ends as InternalError, or takes longer on the clock.",
      mend: "raise MemoryMax=, TasksMax= and CPUQuota= of the service or the container",
    },
    {
      id: "cgroup.release-agent", title: "release agent of version 1", worst: "warn", how: "release_agent at the top of every controller", look: releaseAgent,
      means: "The kernel starts this program as root when a group becomes empty. It is an old way out of containers.", mend: "echo > /sys/fs/cgroup/CONTROLLER/release_agent",
    },
  ],
};
