/** Who confines us: containers, security modules, filters of somebody else. */
import { holdsCapability } from "./capabilities.ts";
import { type Check, type CheckGroup, fail, type Finding, pass, skipped, warn } from "./check.ts";
import { containerKind, liftConfinement } from "./container-kind.ts";
import type { Host } from "./host.ts";

/** Numbers from include/uapi/linux/capability.h, with what needs them. */
const needed: readonly (readonly [bit: number, name: string, what: string, worst: "warn" | "fail"])[] = [
  [0, "CAP_CHOWN", "handing the working directory to the box's user", "fail"],
  [6, "CAP_SETGID", "an own user for each box", "fail"],
  [7, "CAP_SETUID", "an own user for each box", "fail"],
  [18, "CAP_SYS_CHROOT", "an own root", "fail"],
  [21, "CAP_SYS_ADMIN", "namespaces, mounts and control groups", "fail"],
  [12, "CAP_NET_ADMIN", "a loopback interface (--network loopback)", "warn"],
];

function capabilities(host: Host): Finding {
  if (host.uid !== 0) return skipped("an ordinary user has none and needs none");
  if (holdsCapability(host, 0) === null) return skipped("/proc/self/status does not tell them");
  const missing = needed.filter(([bit]) => holdsCapability(host, bit) === false);
  if (missing.length === 0) return pass("all that are needed");
  const mend = liftConfinement(host);
  const otherwise = missing.some(([, , , worst]) => worst === "fail") ? fail : warn;
  return otherwise(`missing: ${missing.map(([, name, what]) => `${name} (${what})`).join(", ")}`, mend === null ? {} : { mend });
}

function container(host: Host): Finding {
  const kind = containerKind(host);
  if (kind === null) return pass("none that can be seen");
  return pass(kind === "other" ? "a pid namespace of its own, made by a tool that left no name" : kind);
}

/** The profile of this process; null: AppArmor is not in use. */
function appArmorProfile(host: Host): string | null {
  if (host.text("/sys/module/apparmor/parameters/enabled") !== "Y") return null;
  return host.text("/proc/self/attr/apparmor/current") ?? host.text("/proc/self/attr/current") ?? "unknown";
}

function appArmor(host: Host): Finding {
  const profile = appArmorProfile(host);
  if (profile === null) return pass("not in use");
  if (/^unconfined|\((unconfined|complain)\)$/.test(profile)) return pass(`does not confine us: ${profile}`);
  const kind = containerKind(host);
  const mend = kind === "docker" || kind === "podman" ? `${kind} run --security-opt apparmor=unconfined` : kind === "kubernetes" ? "securityContext: appArmorProfile: type: Unconfined" : undefined;
  return warn(`confines us: ${profile}`, mend === undefined ? {} : { mend });
}

const seLinuxTypes = /container_t|spc_t|unconfined|initrc_t|sysadm_t/;

function seLinux(host: Host): Finding {
  const enforcing = host.text("/sys/fs/selinux/enforce");
  if (enforcing === null) return pass("not in use");
  if (enforcing === "0") return pass("permissive");
  const context = host.text("/proc/self/attr/current")?.replace(/\0+$/, "") ?? "unknown";
  if (seLinuxTypes.test(context) && !context.includes("container_t")) return pass(`enforcing; does not confine us: ${context}`);
  return warn(`enforcing; confines us: ${context}`);
}

function filters(host: Host): Finding {
  const mode = /^Seccomp:\s*([0-9])/m.exec(host.text("/proc/self/status") ?? "")?.[1];
  if (mode === undefined) return skipped("/proc/self/status does not tell it");
  if (mode === "0") return pass("none");
  const count = /^Seccomp_filters:\s*([0-9]+)/m.exec(host.text("/proc/self/status") ?? "")?.[1];
  return pass(`${count ?? "some"} of our caller's: what they refuse is shown by the other checks`);
}

function yama(host: Host): Finding {
  const scope = host.text("/proc/sys/kernel/yama/ptrace_scope");
  if (scope === null) return skipped("this kernel has no Yama");
  return Number(scope) >= 1 ? pass(`ptrace_scope is ${scope}`) : warn("ptrace_scope is 0");
}

const checks: readonly Check[] = [
  {
    id: "confinement.container", title: "container", worst: "pass", how: "/.dockerenv, /run/.containerenv, /run/systemd/container, our control group, our pid namespace", look: container,
    means: "What a container may not do, its boxes cannot have. The other checks show what is missing.", mend: "see docs/host-setup.md",
  },
  {
    id: "confinement.capabilities", title: "capabilities of root", worst: "fail", how: "CapEff in /proc/self/status", look: capabilities,
    means: "Root without them enforces less, or runs nothing.", mend: "start mini-isolate as root with these capabilities",
  },
  {
    id: "confinement.apparmor", title: "AppArmor", worst: "warn", how: "/proc/self/attr/apparmor/current", look: appArmor,
    means: "A profile may refuse mounts, namespaces and memory files.", mend: "aa-disable the profile, or give it the rules: capability, mount, umount, pivot_root, userns, file",
  },
  {
    id: "confinement.selinux", title: "SELinux", worst: "warn", how: "/sys/fs/selinux/enforce and /proc/self/attr/current", look: seLinux,
    means: "A domain may refuse mounts, namespaces and memory files.", mend: "start mini-isolate in an unconfined domain: runcon -t unconfined_t -- mini-isolate ...",
  },
  {
    id: "confinement.filters", title: "filters that we are under", worst: "pass", how: "Seccomp in /proc/self/status", look: filters,
    means: "What they refuse, the launcher cannot do.", mend: "docker run --security-opt seccomp=unconfined",
  },
  {
    id: "confinement.yama", title: "Yama", worst: "warn", how: "/proc/sys/kernel/yama/ptrace_scope", look: yama,
    means: "Any process of a user may look into every other process of that user. Boxes are kept from it by their filter.", mend: "sysctl -w kernel.yama.ptrace_scope=1",
  },
];

export const confinement: CheckGroup = { name: "confinement", title: "Confinement", checks };
