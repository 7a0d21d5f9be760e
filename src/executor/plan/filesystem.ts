/** Steps that build the root file system of a box on a fresh tmpfs that no program has ever seen. */
import { AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR, MNT_DETACH, MS, O, S } from "../../kernel/constants.ts";
import type { LaunchPlan, Step } from "../../model/plan.ts";
import { etcFiles, namesUser } from "./etc.ts";
import { hideTheRest, keepShown, otherUsersHidden, processesOnly } from "./proc.ts";
import type { LaunchSpec, ResolvedMount } from "./spec.ts";

/**
 * The program's root is a directory below the mount that we pivot to: after the second chroot
 * the kernel refuses CLONE_NEWUSER inside (user_namespaces(7), EPERM "in a chroot environment").
 */
const rootDirectory = "r";

/** Inodes that a scratch tmpfs may hold, so that empty files cannot eat kernel memory without bound. */
const scratchInodes = 65_536;

/**
 * Everything up to the moment when the old root is gone. Working directory afterwards: the new root.
 * @param ahead what belongs to one run comes later (late-filesystem.ts): the working directory is empty, files that name the user are missing,
 * scratch directories have no bound, and the root can be written to, by the descriptor {@link rootDescriptor}
 */
export function filesystemSteps(wanted: LaunchSpec, ahead = false): Step[] {
  const spec = ahead ? { ...wanted, limits: { ...wanted.limits, memoryBytes: null } } : wanted;
  const builder = new RootBuilder(`${spec.rootMountPoint}/${rootDirectory}`);
  const steps: Step[] = [
    { does: "make all mounts private", call: "mount", args: [0, "/", 0, MS.PRIVATE | MS.REC, 0] },
    {
      does: "mount the new root",
      call: "mount",
      args: ["tmpfs", spec.rootMountPoint, "tmpfs", MS.NOSUID | MS.NODEV, "mode=755,size=1m,nr_inodes=1024"],
    },
    { does: "create the new root", call: "mkdirat", args: [AT_FDCWD, builder.root, 0o755] },
  ];
  for (const mount of spec.mounts) steps.push(...mountSteps(builder, mount, spec, ahead));
  const devicesAt = spec.mounts.find(({ kind }) => kind === "devices");
  if (devicesAt !== undefined) {
    // Only now, as rules may have put something below it.
    steps.push({ does: "make /dev read-only", call: "mount_setattr", args: [AT_FDCWD, builder.path(devicesAt.inside), 0, attributes(MOUNT_ATTR.RDONLY), 32] });
  }
  // Also only now: the kernel forgets names when it is told, and what is mounted there has to be found.
  if (!spec.processesOnly && !spec.without.includes("proc")) for (const mount of spec.mounts.filter(isProc)) steps.push(hideTheRest(builder.path(mount.inside), `/${mount.inside}`, filesystemFlags(mount)));
  steps.push(
    ...(ahead ? [] : [readOnlyRoot(AT_FDCWD, spec.rootMountPoint, 0)]),
    { does: "enter the new root", call: "chdir", args: [spec.rootMountPoint] },
    ...(spec.without.includes("pivot_root") ? coverOldRoot : leaveOldRoot),
    ...(ahead ? [{ does: "keep the new root open", call: "openat", args: [AT_FDCWD, ".", O.PATH | O.DIRECTORY | O.CLOEXEC, 0], opens: rootDescriptor } satisfies Step] : []),
    { does: "change the root to the box's", call: "chroot", args: [`/${rootDirectory}`] },
    { does: "enter the box's root", call: "chdir", args: ["/"] },
  );
  return steps;
}

/** pivot_root(2), NOTES: with both arguments "." the old root ends up on top of the new one. */
const leaveOldRoot: readonly Step[] = [
  { does: "pivot to the new root", call: "pivot_root", args: [".", "."] },
  { does: "detach the old root", call: "umount2", args: [".", MNT_DETACH] },
];

/**
 * Docker's profile refuses pivot_root to everybody, and lets who has CAP_SYS_ADMIN mount. The old root stays below the new one: only who may
 * unmount or change the root could reach it.
 */
const coverOldRoot: readonly Step[] = [
  { does: "cover the old root with the new one", call: "mount", args: [".", "/", 0, MS.MOVE, 0] },
  { does: "change the root to the new one", call: "chroot", args: ["."] },
];

/** The name of the new root's mount, where what belongs to one run comes later. */
export const rootDescriptor = "root";

export function readOnlyRoot(...place: readonly [directory: Step["args"][number], path: string, flags: number]): Step {
  return { does: "make the new root read-only", call: "mount_setattr", args: [...place, attributes(MOUNT_ATTR.RDONLY), 32] };
}

/** Where a program launched by this plan finds the tmpfs that were made for it alone. */
export function ownTmpfs({ steps }: LaunchPlan): string[] {
  const targets = steps.filter(({ call, args }) => call === "mount" && args[0] === "tmpfs").map(({ args }) => String(args[1]));
  const [root = "", ...others] = targets;
  return others.map((path) => path.slice(`${root}/${rootDirectory}`.length));
}

/** struct mount_attr of mount_setattr(2): set, clear, propagation, userns. */
export function attributes(set: number, clear = 0, propagation = 0): { hex: string } {
  const words = new BigUint64Array([BigInt(set), BigInt(clear), BigInt(propagation), 0n]);
  return { hex: new Uint8Array(words.buffer).toHex() };
}

class RootBuilder {
  readonly root: string;
  readonly #made = new Set<string>();
  /** Paths inside below which we must not create anything: they are somebody else's directories. */
  readonly #foreign: string[] = [];

  constructor(root: string) {
    this.root = root;
  }

  path(inside: string): string {
    return `${this.root}/${inside}`;
  }

  /** Directories above and including `inside`, as far as they are ours to make. */
  directories(inside: string): Step[] {
    const steps: Step[] = [];
    const parts = inside.split("/");
    for (let depth = 1; depth <= parts.length; depth++) {
      const path = parts.slice(0, depth).join("/");
      if (this.#made.has(path) || this.isForeign(path)) continue;
      this.#made.add(path);
      steps.push({ does: `create /${path}`, call: "mkdirat", args: [AT_FDCWD, this.path(path), 0o755] });
    }
    return steps;
  }

  /** For what is made by other means. @returns false when it is there already */
  claim(inside: string): boolean {
    if (this.#made.has(inside)) return false;
    this.#made.add(inside);
    return true;
  }

  isForeign(inside: string): boolean {
    return this.#foreign.some((path) => inside === path || inside.startsWith(`${path}/`));
  }

  covers(inside: string): void {
    this.#foreign.push(inside);
  }

  parent(inside: string): Step[] {
    return inside.includes("/") ? this.directories(inside.slice(0, inside.lastIndexOf("/"))) : [];
  }
}

/** Whether it is the working directory. */
export function isBox({ kind, source }: ResolvedMount): boolean {
  return kind === "bind" && source === "./box";
}

/** Attributes that a bound place gets, and those that it loses. */
export function flagsOf(mount: ResolvedMount, spec: LaunchSpec): { readonly restrict: number; readonly allow: number } {
  const restrict = (mount.writable ? 0 : MOUNT_ATTR.RDONLY) | MOUNT_ATTR.NOSUID | (mount.devices ? 0 : MOUNT_ATTR.NODEV) | (mount.noExec ? MOUNT_ATTR.NOEXEC : 0);
  // Programs are compiled into the working directory, so they are executed from there even if the state directory lies where nothing is.
  const allow = isBox(mount) && !mount.noExec && spec.isolation === "full" && !spec.without.includes("noexec") ? MOUNT_ATTR.NOEXEC : 0;
  return { restrict, allow };
}

function mountSteps(builder: RootBuilder, mount: ResolvedMount, spec: LaunchSpec, ahead: boolean): Step[] {
  const target = builder.path(mount.inside);
  const name = `/${mount.inside}`;
  if (mount.sourceType === "link") {
    return [...builder.parent(mount.inside), { does: `link ${name}`, call: "symlinkat", args: [mount.target, AT_FDCWD, target] }];
  }
  if (mount.kind === "accounts") return [...builder.directories(mount.inside), ...etcSteps(builder, mount, spec, ahead)];
  if (mount.kind === "devices") return [...builder.directories(mount.inside), ...deviceSteps(builder, mount.inside, spec)];
  const steps = mount.sourceType === "file" ? fileMountPoint(builder, mount) : builder.directories(mount.inside);
  // Only in a fresh tmpfs may mount points be made for what is mounted further down.
  if (mount.source !== "tmpfs") builder.covers(mount.inside);
  // Where no new one can be had, an empty directory stands in its place, and becomes read-only with the root.
  if (isProc(mount) && spec.without.includes("proc")) return steps;
  if (mount.kind === "bind") {
    const ofBox = isBox(mount);
    if (ofBox && ahead) return steps;
    const source = ofBox ? spec.workdir : mount.source;
    const { restrict, allow } = flagsOf(mount, spec);
    return [
      ...steps,
      { does: `bind ${source} on ${name}`, call: "mount", args: [source, target, 0, MS.BIND | (mount.recursive ? MS.REC : 0), 0] },
      {
        // A remount would cover the top mount only; what is mounted below keeps its flags.
        does: `restrict ${name}`,
        call: "mount_setattr",
        args: [AT_FDCWD, target, mount.recursive ? AT_RECURSIVE : 0, attributes(restrict, allow), 32],
      },
    ];
  }
  return [
    ...steps,
    { does: `mount ${mount.source} on ${name}`, call: "mount", args: [mount.source, target, mount.source, filesystemFlags(mount), filesystemData(mount, spec)] },
    ...(isProc(mount) && !spec.processesOnly ? keepShown(target, name, spec.network !== "none") : []),
  ];
}

function isProc({ kind, source }: ResolvedMount): boolean {
  return kind === "filesystem" && source === "proc";
}

export function filesystemFlags({ writable, noExec }: ResolvedMount): number {
  return MS.NOSUID | MS.NODEV | (writable ? 0 : MS.RDONLY) | (noExec ? MS.NOEXEC : 0);
}

function filesystemData(mount: ResolvedMount, spec: LaunchSpec): string | number {
  if (isProc(mount)) return spec.processesOnly ? processesOnly : otherUsersHidden;
  if (mount.source === "tmpfs") return scratchData(spec);
  return 0;
}

/** What is written to a tmpfs is charged to the memory limit, so a bound of its own would only be a second, smaller one. */
function scratchData(spec: LaunchSpec): string {
  const size = spec.limits.memoryBytes;
  return `mode=1777,nr_inodes=${scratchInodes}${size === null ? "" : `,size=${size}`}`;
}

function fileMountPoint(builder: RootBuilder, mount: ResolvedMount): Step[] {
  if (builder.isForeign(mount.inside) || !builder.claim(mount.inside)) return [];
  return [...builder.parent(mount.inside), ...fileSteps(builder.path(mount.inside), `/${mount.inside}`, "")];
}

export function fileSteps(path: string, name: string, content: string): Step[] {
  const bytes = Buffer.from(content);
  const steps: Step[] = [
    { does: `create ${name}`, call: "openat", args: [AT_FDCWD, path, O.WRONLY | O.CREAT | O.EXCL | O.CLOEXEC, 0o644], opens: "file" },
    { does: `write ${name}`, call: "write", args: [{ fd: "file" }, { hex: bytes.toHex() }, bytes.length] },
    { does: `close ${name}`, call: "close", args: [{ fd: "file" }] },
  ];
  return content === "" ? steps.filter((step) => step.call !== "write") : steps;
}

/** Whether a rule brings what would be at this path below /etc. */
export function isGiven({ mounts }: LaunchSpec, etc: string, path: string): boolean {
  return mounts.some(({ inside }) => inside !== etc && (path === inside || path.startsWith(`${inside}/`)));
}

/** All but those that a rule of the caller or of the pack brings. */
function etcSteps(builder: RootBuilder, { inside: etc }: ResolvedMount, spec: LaunchSpec, ahead: boolean): Step[] {
  return etcFiles(spec).flatMap(([name, content]) => {
    const inside = `${etc}/${name}`;
    if (isGiven(spec, etc, inside) || !builder.claim(inside) || (ahead && namesUser(name))) return [];
    return [...builder.parent(inside), ...fileSteps(builder.path(inside), `/${inside}`, content)];
  });
}

/** Major 1 of Documentation/admin-guide/devices.txt; none of these keeps anything from one box to the next. */
export const devices = { null: 3, zero: 5, full: 7, random: 8, urandom: 9 } as const;
const deviceLinks = { fd: "/proc/self/fd", stdin: "/proc/self/fd/0", stdout: "/proc/self/fd/1", stderr: "/proc/self/fd/2" } as const;

export const sharedMemoryFlags = MS.NOSUID | MS.NODEV | MS.NOEXEC;

function deviceSteps(builder: RootBuilder, inside: string, spec: LaunchSpec): Step[] {
  const dev = builder.path(inside);
  const nodes = Object.entries(devices).flatMap(([name, minor]): Step[] => {
    const path = `${dev}/${name}`;
    if (!spec.without.includes("device nodes")) {
      return [{ does: `create /dev/${name}`, call: "mknodat", args: [AT_FDCWD, path, S.IFCHR | 0o666, (1 << 8) | minor] }];
    }
    // mknod(2) is refused in a user namespace, and without CAP_MKNOD.
    return [
      ...fileSteps(path, `/dev/${name}`, ""),
      { does: `bind /dev/${name}`, call: "mount", args: [`/dev/${name}`, path, 0, MS.BIND, 0] },
    ];
  });
  const terminals = spec.allowed.includes("tty") ? terminalNodes(builder, inside, spec) : [];
  return [
    { does: "mount /dev", call: "mount", args: ["tmpfs", dev, "tmpfs", MS.NOSUID | MS.NOEXEC, "mode=755,size=64k,nr_inodes=64"] },
    ...nodes,
    ...Object.entries(deviceLinks).map(([name, target]): Step => ({ does: `link /dev/${name}`, call: "symlinkat", args: [target, AT_FDCWD, `${dev}/${name}`] })),
    ...builder.directories(`${inside}/shm`),
    { does: "mount /dev/shm", call: "mount", args: ["tmpfs", `${dev}/shm`, "tmpfs", sharedMemoryFlags, scratchData(spec)] },
    ...terminals,
  ];
}

/** A machine has a few thousand terminals for all its containers (kernel.pty.max). */
const mostTerminals = 64;

/** Terminals that nobody else has: an instance of devpts of the box's own. */
function terminalNodes(builder: RootBuilder, inside: string, spec: LaunchSpec): Step[] {
  const dev = builder.path(inside);
  const own: Step = spec.without.includes("device nodes")
    ? { does: "bind /dev/tty", call: "mount", args: ["/dev/tty", `${dev}/tty`, 0, MS.BIND, 0] }
    // Its controlling terminal, for each process that opens it.
    : { does: "create /dev/tty", call: "mknodat", args: [AT_FDCWD, `${dev}/tty`, S.IFCHR | 0o666, 5 << 8] };
  return [
    ...builder.directories(`${inside}/pts`),
    { does: "mount /dev/pts", call: "mount", args: ["devpts", `${dev}/pts`, "devpts", MS.NOSUID | MS.NOEXEC, `newinstance,ptmxmode=0666,mode=0600,max=${mostTerminals}`] },
    { does: "link /dev/ptmx", call: "symlinkat", args: ["pts/ptmx", AT_FDCWD, `${dev}/ptmx`] },
    ...(spec.without.includes("device nodes") ? fileSteps(`${dev}/tty`, "/dev/tty", "") : []),
    own,
  ];
}
