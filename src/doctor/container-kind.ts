/** In what kind of container we are, and which of its options gives more rights. */
import type { Host } from "./host.ts";

export type ContainerKind = "docker" | "podman" | "kubernetes" | "lxc" | "systemd-nspawn" | "other";

/** Inode of the pid namespace that the kernel starts with (PROC_PID_INIT_INO, include/linux/proc_ns.h). */
const initialPidNamespace = 4_026_531_836;

/** Marks in the path of our control group, as far as it can be seen, and in what systemd wrote down about its container. */
const marks: readonly (readonly [mark: RegExp, kind: ContainerKind])[] = [
  [/kubepods/, "kubernetes"],
  [/libpod|podman/, "podman"],
  [/docker/, "docker"],
  [/lxc/, "lxc"],
  [/systemd-nspawn|machine\.slice\/machine-/, "systemd-nspawn"],
];

/** @returns null: none that can be seen */
export function containerKind(host: Host): ContainerKind | null {
  if (host.environment["KUBERNETES_SERVICE_HOST"] !== undefined) return "kubernetes";
  if (host.text("/run/.containerenv") !== null) return "podman";
  const told = [host.text("/run/systemd/container") ?? "", host.environment["container"] ?? "", host.text("/proc/self/cgroup") ?? ""].join("\n");
  // Kubernetes may run containers of docker, whose file is there as well.
  if (/kubepods/.test(told)) return "kubernetes";
  if (host.text("/.dockerenv") !== null) return "docker";
  const found = marks.find(([mark]) => mark.test(told))?.[1];
  if (found !== undefined) return found;
  const namespace = host.inode("/proc/self/ns/pid");
  return namespace === null || namespace === initialPidNamespace ? null : "other";
}

const lifts: Readonly<Record<ContainerKind, string>> = {
  docker: "docker run --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt apparmor=unconfined",
  podman: "podman run --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt unmask=ALL",
  kubernetes: "securityContext: capabilities: add: [SYS_ADMIN, NET_ADMIN], and appArmorProfile: type: Unconfined",
  lxc: "lxc config set NAME security.nesting true",
  "systemd-nspawn": "systemd-nspawn --capability=CAP_SYS_ADMIN,CAP_NET_ADMIN --system-call-filter='@mount keyctl'",
  other: "start the container with the capabilities SYS_ADMIN and NET_ADMIN, without an AppArmor profile that forbids mounts",
};

/** What gives a container the right to make namespaces; null outside of containers. */
export function liftConfinement(host: Host): string | null {
  const kind = containerKind(host);
  return kind === null ? null : lifts[kind];
}
