/** Containers, made as engines make them: namespaces, mounts, a filter, then rights are taken away. */
import { program } from "../../helpers/programs.ts";
import { executable, root } from "../../helpers/requires.ts";
import { always, fullIsolation, never, type Situation } from "../situation.ts";
import { perform } from "./script.ts";

/** What an engine leaves to root in a container when nobody says otherwise. */
const usual = ["chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service", "net_raw", "sys_chroot", "mknod", "audit_write", "setfcap"];

const withCapabilities = (names: readonly string[]) => ["/usr/bin/setpriv", "--bounding-set", `-all,${names.map((name) => `+${name}`).join(",")}`, "--inh-caps", "-all"];

/** What engines hide of /proc, and what of it they make read-only. */
export const maskedProc = [
  "for file in kcore keys timer_list; do [ ! -e /proc/$file ] || mount --bind /dev/null /proc/$file; done",
  "for path in bus fs irq sys sysrq-trigger; do [ ! -e /proc/$path ] || { mount --bind /proc/$path /proc/$path; mount -o remount,bind,ro /proc/$path; }; done",
];

/** What an engine mounts in a cgroup namespace of the container's own: hierarchies that begin with its own groups. */
const ownHierarchies = [
  "hierarchies=$(grep -E ' cgroup2? ' /proc/self/mounts)",
  "mount -t tmpfs tmpfs /sys/fs/cgroup",
  'echo "$hierarchies" | while read -r source point type options rest; do mkdir -p $point; mount -t $type -o ${options##*relatime,} $type $point; done',
];

/** /sys and every hierarchy below it. */
export const readOnlyCgroups = ["grep -E ' /sys(/| )' /proc/self/mounts | cut -d' ' -f2 | while read -r point; do mount -o remount,bind,ro $point; done"];

const namespaces = ["--pid", "--uts", "--ipc", "--cgroup"];
const needs = [root, executable("/usr/bin/unshare"), executable("/usr/bin/setpriv"), executable("/usr/bin/gcc")];
/** As `-u`; a number that nobody on the host of the tests has. */
export const containerUid = 64_500;

const filtered = async () => [await program("hosts/refuse-calls"), "container"];

export const containers: readonly Situation[] = [
  {
    name: "container with default rights, root",
    about: "`docker run` without options: no CAP_SYS_ADMIN, the engine's seccomp profile, /proc masked, cgroups read-only",
    expected: { groups: never, network: "seccomp", filesystem: "landlock", user: "own" },
    needs,
    through: async () => perform({ namespaces, commands: [...maskedProc, ...ownHierarchies, ...readOnlyCgroups], at: [...(await filtered()), ...withCapabilities(usual)] }),
  },
  {
    name: "container with default rights, ordinary user",
    about: "the same with `--user`",
    expected: { groups: never, network: "seccomp", filesystem: "landlock", user: "caller" },
    needs,
    owner: containerUid,
    through: async () =>
      perform({
        namespaces,
        commands: [...maskedProc, ...ownHierarchies, ...readOnlyCgroups],
        at: [...(await filtered()), ...withCapabilities(usual), "--reuid", String(containerUid), "--regid", String(containerUid), "--clear-groups"],
      }),
  },
  {
    name: "container with SYS_ADMIN",
    about: "`--cap-add SYS_ADMIN --security-opt apparmor=unconfined`: no loopback interface can be brought up, cgroups read-only",
    expected: { groups: { v1: false, v2: true }, ...fullIsolation },
    needs,
    through: () => perform({ namespaces, commands: [...maskedProc, ...ownHierarchies, ...readOnlyCgroups], at: withCapabilities([...usual, "sys_admin"]) }),
  },
  {
    name: "container with SYS_ADMIN and NET_ADMIN",
    about: "the same with `--cap-add NET_ADMIN`",
    expected: { groups: { v1: false, v2: true }, ...fullIsolation },
    needs,
    through: () => perform({ namespaces, commands: [...maskedProc, ...ownHierarchies, ...readOnlyCgroups], at: withCapabilities([...usual, "sys_admin", "net_admin"]) }),
  },
  {
    name: "privileged container",
    about: "`--privileged`: every right, cgroups writable",
    expected: { groups: always, ...fullIsolation },
    needs,
    through: () => perform({ namespaces, commands: ownHierarchies }),
  },
  {
    name: "privileged container, the host's cgroup namespace",
    about: "`--privileged --cgroupns=host`",
    expected: { groups: always, ...fullIsolation },
    needs,
    through: () => perform({ namespaces: namespaces.filter((kind) => kind !== "--cgroup"), commands: [] }),
  },
  {
    name: "container, pid 1",
    about: "mini-isolate as the entry point of a privileged container",
    expected: { groups: always, ...fullIsolation },
    needs,
    through: () => perform({ namespaces, commands: ownHierarchies, pidOne: true }),
  },
];

/** The ids of rootless engines: root is the user, the rest is a range of /etc/subuid. */
const rangeBegins = 200_000;
const mapped = async () => [await program("hosts/map-users"), String(containerUid), String(rangeBegins), "65535"];

const rootless = {
  expected: { groups: never, ...fullIsolation },
  needs,
  owner: containerUid,
  uidOutside: (uid: number) => (uid === 0 ? containerUid : rangeBegins + uid - 1),
} as const;

export const rootlessContainers: readonly Situation[] = [
  {
    ...rootless,
    name: "rootless container",
    about: "`podman run` of an ordinary user, with `--security-opt unmask=ALL`: root of a user namespace with 65536 ids",
    through: async () => [...(await mapped()), ...perform({ namespaces, commands: ownHierarchies })],
  },
  {
    ...rootless,
    name: "rootless container, /proc masked",
    about: "`podman run` of an ordinary user as it comes: the kernel refuses a new /proc",
    through: async () => [...(await mapped()), ...perform({ namespaces, commands: [...maskedProc, ...ownHierarchies, ...readOnlyCgroups] })],
  },
];
