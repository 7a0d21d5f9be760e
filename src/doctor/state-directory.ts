/** The place where boxes and their records live. */
import { dirname } from "node:path";
import { type CheckGroup, fail, type Finding, pass, skipped, warn } from "./check.ts";
import type { Host } from "./host.ts";
import { mountOf } from "./mounts.ts";

function usable(host: Host): Finding {
  const { refused } = host.state();
  return refused === null ? pass(host.stateDir) : fail(refused.reason, refused.hint === null ? {} : { mend: refused.hint });
}

/** The directory, or the nearest one above it that is there. */
function nearest(host: Host): string {
  let path = host.stateDir;
  while (host.entry(path) === null && path !== "/") path = dirname(path);
  return path;
}

function parents(host: Host): Finding {
  for (let path = dirname(host.stateDir); ; path = dirname(path)) {
    const entry = host.entry(path);
    if (entry !== null && entry.uid !== 0 && entry.uid !== host.uid) return warn(`${path} belongs to uid ${entry.uid}`);
    // In a sticky directory nobody but its owner moves a directory away.
    if (entry !== null && (entry.mode & 0o022) !== 0 && (entry.mode & 0o1000) === 0) return warn(`others can write to ${path}`, { mend: `chmod go-w ${path}` });
    if (path === "/") return pass("nobody else can replace it");
  }
}

/** As root, boxes are mounted without this option all the same; whether that works is seen by a program that runs. */
async function executable(host: Host): Promise<Finding> {
  const mount = mountOf(host.text("/proc/self/mountinfo"), nearest(host));
  if (mount === null) return skipped("/proc/self/mountinfo does not tell its mount");
  if (!mount.options.includes("noexec")) return pass(`programs can be executed below ${mount.point}`);
  const trial = await host.trial();
  if (trial.kind === "ran" && trial.results.plain.status === "Success") return pass(`${mount.point} is mounted noexec, and the box is not`);
  return fail(`${mount.point} is mounted noexec`, { mend: `mount -o remount,exec ${mount.point}, or another place: --state-dir, MINI_ISOLATE_STATE_DIR` });
}

/** Below this a compile result, or a few outputs, find no room. */
const littleBytes = 512 * 2 ** 20;
const littleInodes = 10_000;

function space(host: Host): Finding {
  const found = host.space(nearest(host));
  if (found === null) return skipped("the file system does not tell it");
  const free = `${Math.floor(found.freeBytes / 2 ** 20)} MB free`;
  return found.freeBytes < littleBytes ? warn(free) : pass(free);
}

function inodes(host: Host): Finding {
  const found = host.space(nearest(host));
  if (found === null) return skipped("the file system does not tell it");
  if (found.freeInodes === null) return pass("as many as there is space");
  return found.freeInodes < littleInodes ? warn(`${found.freeInodes} free`) : pass(`${found.freeInodes} free`);
}

/** include/uapi/linux/magic.h: file systems of other machines, where locks are weak or slow, and owners may be others. */
const remote: Readonly<Record<number, string>> = {
  0x6969: "NFS", 0x517b: "SMB", 0xff534d42: "CIFS", 0xfe534d42: "SMB", 0x01021997: "9P", 0x65735546: "FUSE", 0x00c36400: "Ceph", 0x47504653: "GPFS", 0x0bd00bd0: "Lustre", 0x5346414f: "AFS",
};

function kind(host: Host): Finding {
  const found = host.space(nearest(host));
  const { locks } = host.state();
  if (locks === false) return fail("flock does not keep a second process out", { means: "Two runs can use one box at the same time." });
  if (found === null) return skipped("the file system does not tell it");
  const name = remote[found.type];
  return name === undefined ? pass("local; locks work") : warn(name);
}

export const stateDirectory: CheckGroup = {
  name: "state",
  title: "State directory",
  checks: [
    {
      id: "state.directory", title: "can be used", worst: "fail", how: "it is opened, or made, as every command does", look: usable,
      means: "No box can be made.", mend: "choose another place with --state-dir or MINI_ISOLATE_STATE_DIR",
    },
    {
      id: "state.parents", title: "directories above it", worst: "warn", how: "owner and mode of each of them", look: parents,
      means: "Somebody else can put another directory in its place. mini-isolate notices that and refuses it.", mend: "choose another place with --state-dir or MINI_ISOLATE_STATE_DIR",
    },
    {
      id: "state.exec", title: "programs can be executed there", worst: "fail", how: "options of its mount, and the program of run.start", look: executable,
      means: "What a compiler made cannot be started. Interpreted programs run.", mend: "mount it without noexec",
    },
    {
      id: "state.space", title: "free space", worst: "warn", how: `statfs(2): at least ${littleBytes / 2 ** 20} MB`, look: space,
      means: "Programs, compilers and records soon find no room. A program that cannot write fails.", mend: "make room, or remove boxes: mini-isolate cleanup --all; kept compile results: mini-isolate cleanup --cache",
    },
    {
      id: "state.inodes", title: "free inodes", worst: "warn", how: `statfs(2): at least ${littleInodes}`, look: inodes,
      means: "Soon no more files can be made, whatever space there is.", mend: "make room, or remove boxes: mini-isolate cleanup --all",
    },
    {
      id: "state.file-system", title: "local file system with locks", worst: "fail", how: "statfs(2), and flock(2) on a file that is open twice", look: kind,
      means: "On the file system of another machine locks and owners may not hold, and every run waits for the network.", mend: "choose a local disk or a tmpfs with --state-dir or MINI_ISOLATE_STATE_DIR",
    },
  ],
};
