/** `--run`: one command in a box, from the lock to what is known about it. */
import { resetInheritedSignals } from "../kernel/process.ts";
import { signals } from "../kernel/os-numbers.ts";
import { existsSync } from "../kernel/fs.ts";
import { inheritedDescriptors } from "../kernel/files.ts";
import { makeDirectories } from "./directories.ts";
import { fatal } from "./failure.ts";
import type { Host } from "./host.ts";
import { handOver } from "./hand-over.ts";
import { launch } from "./launch.ts";
import { requireOwn, requireSameMode, waitForLeftovers } from "./life.ts";
import { holdBox, type BoxRecord } from "./lock.ts";
import { makePrivateDirectories, mountsOf } from "./mounts.ts";
import type { Request } from "./options.ts";
import type { Place } from "./place.ts";
import { rulesInForce } from "./rules.ts";
import { claimUser } from "./user.ts";
import type { CompatVerdict } from "./verdict.ts";

/** @param say told what is done, by how much of it somebody wants to know @throws Failure */
export async function runInBox(place: Place, request: Request, host: Host, say: (level: number, text: string) => void): Promise<CompatVerdict> {
  resetInheritedSignals(signals.SIGCHLD);
  const inherit = request.inheritDescriptors ? inheritedDescriptors() : [];
  if (!existsSync(place.home)) throw notFound(place, request);
  const held = await holdBox(place.config.lockRoot, place.id, request.wait, host.waiter);
  let release = () => {};
  try {
    const record = checkedRecord(place, request, held.record);
    release = claimUser(place);
    await waitForLeftovers(place, held.record, host.waiter);
    const { home, work, uid, gid, owner, dialect } = place;
    const rules = rulesInForce(request.rules, request.defaultRules);
    makeDirectories(`${home}/root`, 0o750);
    makePrivateDirectories(rules, home, uid, gid);
    handOver(work, "box", uid, gid, request.specialFiles && dialect === 2);
    held.write({ ...record, running: true });
    const verdict = await launch({ place, request, mounts: mountsOf(rules, home), inherit, host, say });
    held.write({ ...record, running: false });
    if (verdict.exitCode < 2) handOver(work, "box", owner.uid, owner.gid, request.specialFiles);
    return verdict;
  } finally {
    release();
    held.release();
  }
}

function notFound({ dialect }: Place, { cg }: Request) {
  return fatal(`${dialect === 1 ? "Box directory" : "Box"} not found, did you run \`isolate ${cg ? "--cg " : ""}--init'?`);
}

/** @throws Failure */
function checkedRecord(place: Place, request: Request, found: BoxRecord | null): BoxRecord {
  const { work, dialect, owner } = place;
  if (!existsSync(work) || (found === null && dialect === 2)) throw notFound(place, request);
  // Without a record isolate itself has made it.
  const record = found ?? { ownerUid: owner.uid, cg: request.cg, initialised: true, running: false };
  requireOwn(place, record);
  if (dialect === 2 && !record.initialised) throw fatal("This box was not initialized properly");
  requireSameMode(place, record, request.cg);
  if (request.cg && !record.cg) throw fatal(`Cannot write ${groupOfV1(place)}/tasks: No such file or directory`);
  return record;
}

/** Where version 1 has the group that `--init --cg` makes. */
function groupOfV1({ config, id }: Place): string {
  const root = config.cgRoot.startsWith("/") ? config.cgRoot : "/sys/fs/cgroup";
  return `${root}/memory/${config.cgParent === "" ? "" : `${config.cgParent}/`}box-${id}`;
}

