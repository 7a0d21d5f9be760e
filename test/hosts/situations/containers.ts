/** Containers by the rights that an engine gives them. */
import { executable, root } from "../../helpers/requires.ts";
import { always, fullIsolation, type Ground, never, type Situation } from "../situation.ts";
import { contain, type Container } from "./engine.ts";

/** What an engine leaves to root in a container when nobody says otherwise. */
const usual = ["chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service", "net_raw", "sys_chroot", "mknod", "audit_write", "setfcap"];

/** As `--user`; a number that nobody on the host of the tests has. */
const containerUid = 64_500;
const ownUser = ["--reuid", String(containerUid), "--regid", String(containerUid), "--clear-groups"];

const only = (...capabilities: readonly string[]) => ["/usr/bin/setpriv", "--bounding-set", `-all,${capabilities.map((name) => `+${name}`).join(",")}`, "--inh-caps", "-all"];
/** The engine's filter, which is as it is as long as there is no CAP_SYS_ADMIN. */
const filtered = async ({ tool }: Ground) => [await tool("refuse-calls"), "container", ...only(...usual)];

const needs = [root, executable("/usr/bin/unshare"), executable("/usr/bin/setpriv"), executable("/usr/bin/gcc")];
const usualView = { masked: true, cgroups: "read-only" } as const;
/** A container that gets capabilities on top, by their names as engines have them. */
export const withRights = (...added: readonly string[]) => (ground: Ground) => contain(ground, { ...usualView, rights: only(...usual, ...added.map((name) => name.toLowerCase())) });
const privileged: Container = { masked: false, cgroups: "writable" };
const withoutNamespaces = { network: "seccomp", filesystem: "landlock" } as const;

export const containers: readonly Situation[] = [
  {
    name: "container, default rights, root",
    about: "`docker run` without options: no CAP_SYS_ADMIN, the engine's seccomp profile, cgroups read-only",
    expected: { groups: never, ...withoutNamespaces, user: "own" },
    needs,
    through: async (ground) => contain(ground, { ...usualView, rights: await filtered(ground) }),
  },
  {
    name: "container, default rights, ordinary user",
    about: "the same with `--user`",
    expected: { groups: never, ...withoutNamespaces, user: "caller" },
    needs,
    owner: containerUid,
    through: async (ground) => contain(ground, { ...usualView, rights: [...(await filtered(ground)), ...ownUser] }),
  },
  {
    name: "container, default rights, cgroups writable",
    about: "`--security-opt writable-cgroups=true`",
    expected: { groups: always, ...withoutNamespaces, user: "own" },
    needs,
    through: async (ground) => contain(ground, { masked: true, cgroups: "writable", rights: await filtered(ground) }),
  },
  {
    name: "container with SYS_ADMIN",
    about: "`--cap-add SYS_ADMIN --security-opt apparmor=unconfined`; with version 2, root makes a writable view of its group",
    expected: { groups: { v1: false, v2: true }, ...fullIsolation },
    needs,
    through: withRights("SYS_ADMIN"),
  },
  {
    name: "container with SYS_ADMIN and NET_ADMIN",
    about: "the same with `--cap-add NET_ADMIN`: the loopback interface of a box can be brought up as well",
    expected: { groups: { v1: false, v2: true }, ...fullIsolation },
    needs,
    through: withRights("SYS_ADMIN", "NET_ADMIN"),
  },
  {
    name: "container with SYS_ADMIN and NET_ADMIN, Docker's filter",
    about: "the same with Docker, which refuses pivot_root to every container that is not privileged",
    expected: { groups: { v1: false, v2: true }, ...fullIsolation, filesystem: "chroot" },
    needs,
    through: async (ground) => contain(ground, { ...usualView, rights: [await ground.tool("refuse-calls"), "docker", ...only(...usual, "sys_admin", "net_admin")] }),
  },
  {
    name: "container, default rights, ordinary user, Podman's filter",
    about: "`podman run --user`: everybody may make namespaces, but not a new /proc, and not set the host name",
    expected: { groups: never, network: "namespace", filesystem: "pivot_root, no /proc", user: "caller" },
    needs,
    owner: containerUid,
    through: async (ground) => contain(ground, { ...usualView, rights: [await ground.tool("refuse-calls"), "podman", ...only(...usual), ...ownUser] }),
  },
  {
    name: "privileged container",
    about: "`--privileged`: every right, cgroups writable",
    expected: { groups: always, ...fullIsolation },
    needs,
    through: (ground) => contain(ground, privileged),
  },
  {
    name: "privileged container, the host's cgroup namespace",
    about: "`--privileged --cgroupns=host`",
    expected: { groups: always, ...fullIsolation },
    needs,
    through: (ground) => contain(ground, { ...privileged, cgroups: "host" }),
  },
  {
    name: "privileged container, as pid 1",
    about: "mini-isolate is the entry point",
    expected: { groups: always, ...fullIsolation },
    needs,
    through: (ground) => contain(ground, { ...privileged, pidOne: true }),
  },
];

/** The ids of rootless engines: root is the user, the rest is a range of /etc/subuid. */
const rangeBegins = 200_000;
const mapped = async ({ tool }: Ground) => [await tool("map-users"), String(containerUid), String(rangeBegins), "65535"];

const rootless = {
  needs,
  owner: containerUid,
  uidOutside: (uid: number) => (uid === 0 ? containerUid : rangeBegins + uid - 1),
} as const;

export const rootlessContainers: readonly Situation[] = [
  {
    ...rootless,
    name: "rootless container, default rights",
    about: "`podman run` of an ordinary user: root of a user namespace, cgroups read-only",
    expected: { groups: never, ...withoutNamespaces, user: "own" },
    through: async (ground) => contain(ground, { ...usualView, before: await mapped(ground), rights: await filtered(ground), groupOwner: containerUid }),
  },
  {
    ...rootless,
    name: "rootless container with SYS_ADMIN",
    about: "`--cap-add SYS_ADMIN`; with version 2, root makes a writable view of its group",
    expected: { groups: { v1: false, v2: true }, ...fullIsolation },
    through: async (ground) => contain(ground, { ...usualView, before: await mapped(ground), rights: only(...usual, "sys_admin"), groupOwner: containerUid }),
  },
  {
    ...rootless,
    name: "rootless container, privileged",
    about: "`--privileged`: every right in the user namespace, nothing masked, the group writable with version 2",
    expected: { groups: { v1: false, v2: true }, ...fullIsolation },
    through: async (ground) => contain(ground, { ...privileged, before: await mapped(ground), groupOwner: containerUid }),
  },
];
