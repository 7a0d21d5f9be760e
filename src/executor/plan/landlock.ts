/**
 * Landlock. Without namespaces it is what keeps a program to its working directory and to the files of the system that a box has anyway. In a
 * box with a root of its own it is a second line: what a program reached outside all the same, it could neither change nor execute.
 *
 * Rules hold for directories and files themselves, not for their names, and only for what is opened from then on. What a program may find
 * out by stat(2), and sockets that have a path, are beyond it.
 */
import { lstatSync, readlinkSync, statSync } from "../../kernel/fs.ts";
import { AT_FDCWD, O } from "../../kernel/constants.ts";
import { LANDLOCK, LANDLOCK_SCOPE, LANDLOCK_TCP, landlockVersion } from "../../kernel/landlock.ts";
import type { Step } from "../../model/plan.ts";
import type { Confinement, LandlockRule, LaunchSpec, ResolvedMount } from "./spec.ts";

const { EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REFER, TRUNCATE, IOCTL_DEV } = LANDLOCK;
/** What the first version knows. */
const firstRights = (1 << 13) - 1;
/** What may be said of a file; the rest is for directories, and an error there. */
const fileRights = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV;
const reading = EXECUTE | READ_FILE | READ_DIR;

/** Everything that a version can refuse. */
function rightsOf(version: number): number {
  return firstRights | (version >= 2 ? REFER : 0) | (version >= 3 ? TRUNCATE : 0) | (version >= 5 ? IOCTL_DEV : 0);
}

/** Rights that a program needs for the streams that it got from outside, when it opens their names (/dev/stdin, /dev/stdout). */
const streamRights = READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE | IOCTL_DEV;

/** @returns null where there is no Landlock */
export function confinementIn(version: number, rules: readonly LandlockRule[], network: LaunchSpec["network"], all: boolean): Confinement | null {
  if (version === 0) return null;
  const handled = all ? rightsOf(version) : rightsOf(version) & ~streamRights;
  return { version, handled, network, rules };
}

/**
 * For a box with a root of its own: nothing outside of that can be made, removed, executed.
 * Reading and writing stay as they are: an input is a view outside of any root, and may be opened by its name.
 */
export function secondLine(network: LaunchSpec["network"]): Confinement | null {
  return confinementIn(landlockVersion(), [{ path: "/", directory: true, access: "write" }], network, false);
}

/** Devices that keep nothing from one box to the next, as in a box's own /dev. */
const devices = ["null", "zero", "full", "random", "urandom"].map((name) => `/dev/${name}`);
/** What a box's own /proc shows of the machine, and the program's own entry there. */
const machine = ["/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/self"];

/** Where it matters whether something is not there or may not be read: Node does not start for the second. */
const settings = ["/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf", "/etc/nsswitch.conf"];

/** Without namespaces: everything has the path that it has on the host. @param mounts what would be mounted in a box with a root of its own */
export function onlyLine(workdir: string, mounts: readonly ResolvedMount[], network: LaunchSpec["network"]): Confinement | null {
  const version = landlockVersion();
  if (version === 0) return null;
  const rules = mounts.flatMap(({ kind, source, sourceType, writable }): LandlockRule[] =>
    kind === "bind" && source !== "./box" && (sourceType === "directory" || sourceType === "file") ? [{ path: source, directory: sourceType === "directory", access: writable ? "write" : "read" }] : []);
  const found = (paths: readonly string[], access: LandlockRule["access"]) => paths.flatMap((path): LandlockRule[] => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? [] : [{ path, directory: stat.isDirectory(), access }];
  });
  const all: LandlockRule[] = [{ path: workdir, directory: true, access: "write" }, ...rules, ...found(devices, "device"), ...found([...machine, ...settings], "read")];
  return confinementIn(version, all, network, true);
}

/**
 * The rules with those for files that the program has as streams, so that it can open them by their names, too (`/dev/stdin`).
 * @param descriptors of ours, which become 0, 1 and 2; null: a pipe of ours
 */
export function withStreams(confinement: Confinement | null, descriptors: readonly [stdin: number | null, stdout: number | null, stderr: number | null]): Confinement | null {
  if (confinement === null || (confinement.handled & READ_FILE) === 0) return confinement;
  const rules = descriptors.flatMap((fd, target): LandlockRule[] =>
    fd !== null && isFileWithName(fd) ? [{ path: `/proc/self/fd/${target}`, directory: false, access: target === 0 ? "stream" : "device" }] : []);
  return { ...confinement, rules: [...confinement.rules, ...rules] };
}

/** Whether a rule can name it. Pipes and memory files need none: the kernel takes them for its own. */
function isFileWithName(fd: number): boolean {
  try {
    const link = `/proc/self/fd/${fd}`;
    const [file, named] = [statSync(link), lstatSync(readlinkSync(link), { throwIfNoEntry: false })];
    return file.isFile() && file.ino === named?.ino && file.dev === named.dev;
  } catch {
    return false;
  }
}

function allowed({ access, directory }: LandlockRule, handled: number): number {
  const wanted: Record<LandlockRule["access"], number> = { write: handled, device: READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV, read: reading, stream: READ_FILE };
  return wanted[access] & handled & (directory ? -1 : fileRights);
}

/** struct landlock_ruleset_attr, as long as the version knows it: access to files, to the network, scopes. */
function ruleset({ version, handled, network }: Confinement): Uint8Array {
  const scopes = LANDLOCK_SCOPE.SIGNAL | (network === "host" ? 0 : LANDLOCK_SCOPE.ABSTRACT_UNIX_SOCKET);
  const words = [handled, network === "none" ? LANDLOCK_TCP : 0, scopes].slice(0, version >= 6 ? 3 : version >= 4 ? 2 : 1);
  return new Uint8Array(new BigUint64Array(words.map(BigInt)).buffer);
}

/** The rules, with the rights of the launcher: before its limits, as each rule needs a descriptor for a moment. */
export function landlockSteps({ landlock }: LaunchSpec): Step[] {
  if (landlock === null) return [];
  const attributes = ruleset(landlock);
  return [
    { does: "create Landlock rules", call: "landlock_create_ruleset", args: [{ hex: attributes.toHex() }, attributes.length, 0], opens: "rules" },
    ...landlock.rules.flatMap((rule, index): Step[] => {
      const access = allowed(rule, landlock.handled);
      const name = `beneath${index}`;
      return access === 0 ? [] : [
        { does: `look ${rule.path} up for Landlock`, call: "openat", args: [AT_FDCWD, rule.path, O.PATH | O.CLOEXEC, 0], opens: name },
        { does: `allow ${words[rule.access]} ${rule.path}`, call: "landlock_add_rule", args: [{ fd: "rules" }, LANDLOCK.RULE_PATH_BENEATH, { beneath: name, access }, 0] },
        { does: `let ${rule.path} go`, call: "close", args: [{ fd: name }] },
      ];
    }),
  ];
}

const words: Record<LandlockRule["access"], string> = { read: "reading", write: "everything in", device: "use of", stream: "reading" };

/** After no_new_privs, without which it is refused. */
export function confineSteps({ landlock }: LaunchSpec): Step[] {
  return landlock === null ? [] : [{ does: "keep to the Landlock rules", call: "landlock_restrict_self", args: [{ fd: "rules" }, 0] }];
}
