/**
 * Physical cores, and claims on them: a file for each claim, locked (flock), so that it ends with its holder, however that ends.
 *
 *     /run/mini-isolate/cpus/<core>.<random>   of root; of others <state>/.cpus/
 *     .../choose                               held while somebody chooses
 *
 * A core is named by its first processor. When there are more boxes than cores, several have one: each newcomer writes to the files of those
 * who are there, and by that they know.
 */
import { readdirSync, readFileSync } from "../kernel/fs.ts";
import { ownProcessors } from "../kernel/affinity.ts";
import { closeDescriptor, lockAndWait, openAt, statDescriptor, writeFully } from "../kernel/files.ts";
import { O } from "../kernel/constants.ts";
import { IsolateError } from "../model/errors.ts";
import { parseProcessors } from "../model/processors.ts";
import type { HostUids } from "./host-uids.ts";
import { tryLockFile, unlinkAndClose } from "./lock-file.ts";

/** Hyper-threads that share the parts of a processor that compute. */
export interface PhysicalCore {
  /** Its first processor, whether that is ours or not. */
  readonly id: number;
  /** Those of its processors that we may use, in ascending order. */
  readonly processors: readonly number[];
}

/** The cores of these processors. Where the kernel does not tell who is whose sibling, each processor is a core. */
export function physicalCores(own = ownProcessors(), sys = "/sys/devices/system/cpu"): PhysicalCore[] {
  const cores = new Map<number, number[]>();
  for (const number of own) {
    const first = siblingsOf(number, sys)[0] ?? number;
    cores.set(first, [...(cores.get(first) ?? []), number]);
  }
  return [...cores].map(([id, processors]) => ({ id, processors }));
}

function siblingsOf(number: number, sys: string): number[] {
  try {
    return parseProcessors(readFileSync(`${sys}/cpu${number}/topology/thread_siblings_list`, "latin1"));
  } catch {
    return [];
  }
}

export interface CoreClaim {
  readonly core: PhysicalCore;
  /** Whether another claim was on the core at any time. */
  isShared(): boolean;
  /** To be called once. */
  release(): void;
}

/**
 * Claims the core that fewest others have; of several the first one, but the one with processor 0 last, where much of the kernel's own work is
 * done.
 * @param place directory of the claims
 * @throws IsolateError when there is no core, or a file in the directory is nothing of ours; SyscallError
 */
export function claimCore(place: Pick<HostUids, "fd" | "path">, cores: readonly PhysicalCore[] = physicalCores()): CoreClaim {
  const choice = openAt(place.fd, "choose", O.RDWR | O.CREAT | O.NOFOLLOW, 0o600);
  const others: Other[] = [];
  try {
    lockAndWait(choice);
    others.push(...othersIn(place));
    const claimed = ({ id }: PhysicalCore) => others.filter(({ core }) => core === id);
    const preferred = cores.toSorted((a, b) => claimed(a).length - claimed(b).length || Number(a.processors.includes(0)) - Number(b.processors.includes(0)));
    const core = preferred[0];
    if (core === undefined) throw new IsolateError("Process", "cannot find a processor core of its own for the run: the kernel does not say which processors this process may use", { hint: "name processors: --cpus LIST" });
    const name = `${core.id}.${Math.random().toString(36).slice(2)}`;
    const attempt = tryLockFile(place.fd, name, `${place.path}/${name}`, true);
    if (attempt.kind !== "held") throw new IsolateError("Io", `cannot claim a core: ${place.path}/${name} is there already`);
    const alone = claimed(core).length === 0;
    for (const { fd } of claimed(core)) writeFully(fd, mark);
    return {
      core,
      isShared: () => !alone || statDescriptor(attempt.fd).size > 0,
      release: () => end(place.fd, name, attempt.fd),
    };
  } finally {
    for (const { fd } of others) closeDescriptor(fd);
    closeDescriptor(choice);
  }
}

function end(directory: number, name: string, fd: number): void {
  try {
    unlinkAndClose(directory, name, fd);
  } catch {
    // The file stays without a lock on it, and the next one who chooses removes it. No verdict is lost for that.
  }
}

/** What a newcomer writes. */
const mark = Buffer.from("shared\n");

interface Other {
  readonly core: number;
  readonly fd: number;
}

/** The claims that are held; the files of the others go. The descriptors are the caller's to close. */
function othersIn({ fd, path }: Pick<HostUids, "fd" | "path">): Other[] {
  const others: Other[] = [];
  for (const name of readdirSync(`/proc/self/fd/${fd}`)) {
    const core = /^([0-9]+)\./.exec(name)?.[1];
    if (core === undefined) continue;
    const attempt = tryLockFile(fd, name, `${path}/${name}`, false);
    if (attempt.kind === "held") unlinkAndClose(fd, name, attempt.fd);
    else if (attempt.kind === "busy") others.push({ core: Number(core), fd: attempt.fd });
  }
  return others;
}
