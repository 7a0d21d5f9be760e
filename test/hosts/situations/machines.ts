/** Hosts that have less, or are set up otherwise, than usual. */
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { executable, root } from "../../helpers/requires.ts";
import { always, fullIsolation, never, type Ground, type Situation } from "../situation.ts";
import { perform } from "./script.ts";

const needs = [root, executable("/usr/bin/unshare"), executable("/usr/bin/gcc")];
const whole = { groups: always, ...fullIsolation };

/** Libraries of the binary, at the place where its loader looks; nothing else of the host. */
function makeSmallRoot({ base }: Ground): void {
  const top = join(base, "root");
  for (const directory of ["dev", "proc", "sys/fs/cgroup", "etc", "tmp"]) mkdirSync(join(top, directory), { recursive: true });
  const { stdout } = Bun.spawnSync(["/usr/bin/ldd", join(top, "mini-isolate")]);
  for (const [path] of stdout.toString().matchAll(/\/\S+/g)) {
    if (!path.startsWith(top)) cpSync(path, join(top, path), { dereference: true });
  }
}

export const machines: readonly Situation[] = [
  {
    name: "no cgroups",
    about: "no hierarchy is mounted, or what is mounted has no controllers",
    expected: { groups: never, ...fullIsolation },
    needs,
    through: () => perform({ commands: ["umount -R /sys/fs/cgroup"] }),
  },
  {
    name: "cgroups read-only",
    about: "every hierarchy is mounted read-only; with version 2, root makes a view of its own",
    expected: { groups: { v1: false, v2: true }, ...fullIsolation },
    needs,
    through: () => perform({ commands: ["grep -E ' cgroup2? ' /proc/self/mounts | cut -d' ' -f2 | while read -r point; do mount -o remount,bind,ro $point; done"] }),
  },
  {
    name: "/proc with hidepid=2",
    about: "a user sees only the processes of the user",
    expected: whole,
    needs,
    through: () => perform({ commands: ["mount -t proc -o hidepid=2 proc /proc"] }),
  },
  {
    name: "vm.memfd_noexec = 2",
    about: "memory files cannot be executed (a setting by pid namespace, from Linux 6.3)",
    expected: whole,
    needs: [...needs, { missing: existsSync("/proc/sys/vm/memfd_noexec") ? null : "vm.memfd_noexec (Linux 6.3)" }],
    through: () => perform({ namespaces: ["--pid"], commands: ["echo 2 > /proc/sys/vm/memfd_noexec"] }),
  },
  {
    name: "state directory on a file system without execution",
    about: "`noexec` on the mount; root takes it away in the box",
    expected: whole,
    needs,
    through: ({ state }) => perform({ commands: [`mount --bind ${state} ${state}`, `mount -o remount,bind,noexec ${state}`] }),
  },
  {
    name: "root file system read-only",
    about: "only the state directory can be written to",
    expected: whole,
    needs,
    through: ({ state }) => perform({ commands: [`mount --bind ${state} ${state}`, "mount -o remount,bind,ro /"] }),
  },
  {
    name: "image without /usr",
    about: "`FROM scratch` with the binary and its libraries",
    expected: whole,
    needs,
    root: "root",
    through: (ground) => {
      makeSmallRoot(ground);
      const top = join(ground.base, "root");
      return [
        ...perform({
          commands: [`mount --bind ${top} ${top}`, `mount --rbind /dev ${top}/dev`, `mount --rbind /sys/fs/cgroup ${top}/sys/fs/cgroup`, `mount -t proc proc ${top}/proc`],
          at: ["/usr/sbin/chroot", top],
        }),
      ];
    },
  },
];
