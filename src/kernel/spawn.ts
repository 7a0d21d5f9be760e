/** Starting processes, by posix_spawn(3) or in a control group (birth.ts), also in a new pid namespace. */
import { addressOf, cString, libc, posixSpawnAddress, stringVector } from "./ffi.ts";
import type { PreparedBirth } from "./birth.ts";
import { callInSequence, type SequencedCall } from "./call-sequence.ts";
import { CLONE, SIG_SETMASK, signalSetBytes } from "./constants.ts";
import { SyscallError } from "./errno.ts";

/** Sizes with room to spare for posix_spawn_file_actions_t (80) and posix_spawnattr_t (336) of glibc and musl. */
const fileActionsBytes = 256;
const spawnAttributesBytes = 512;
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;

/** Everything posix_spawn(3) needs, in memory that stays where it is; nothing is left to allocate. */
export interface PreparedSpawn {
  readonly path: string;
  /** Addresses: where the pid goes, path, file actions, attributes, argv, environment. */
  readonly addresses: readonly [number, number, number, number, number, number];
  readonly pid: Int32Array;
  /** What the addresses lead to. */
  readonly kept: readonly unknown[];
}

/**
 * Prepares a child that starts with default signal dispositions, an empty signal mask and exactly the
 * descriptors that are given (target number = source number after dup2) plus those without close-on-exec.
 */
export function prepareSpawn(
  path: string,
  argv: readonly string[],
  environment: readonly string[],
  descriptors: readonly (readonly [source: number, target: number])[],
): PreparedSpawn {
  const actions = new Uint8Array(fileActionsBytes);
  const attributes = new Uint8Array(spawnAttributesBytes);
  const everySignal = new Uint8Array(128).fill(0xff);
  libc.posix_spawn_file_actions_init(actions);
  for (const [source, target] of descriptors) libc.posix_spawn_file_actions_adddup2(actions, source, target);
  libc.posix_spawnattr_init(attributes);
  libc.posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  libc.posix_spawnattr_setsigdefault(attributes, everySignal);
  libc.posix_spawnattr_setsigmask(attributes, new Uint8Array(128));
  const pid = new Int32Array(1);
  const file = cString(path);
  const argvVector = stringVector(argv);
  const environmentVector = stringVector(environment);
  const memory = [pid, file, actions, attributes, argvVector.pointers, environmentVector.pointers] as const;
  const addresses = memory.map(addressOf) as unknown as PreparedSpawn["addresses"];
  return { path, addresses, pid, kept: [memory, argvVector, environmentVector] };
}

/** Gives back what libc allocated; the memory of ours stays referenced until then. */
function releaseSpawn({ addresses, kept }: PreparedSpawn): void {
  if (kept.length > 0) libc.posix_spawn_file_actions_destroy(addresses[2] as never);
}

/** @param failed what posix_spawn gave @returns the pid, as this process sees it @throws SyscallError */
function spawnedPid(spawn: PreparedSpawn, failed: number): number {
  if (failed !== 0) throw new SyscallError("posix_spawn", failed, spawn.path);
  return spawn.pid[0]!;
}

/** No pid namespace can be had, and nothing was started. */
export class PidNamespaceRefused extends SyscallError {}

/** Starts a prepared child. @returns its pid, as this process sees it @throws SyscallError */
export function spawnPrepared(spawn: PreparedSpawn): number {
  const [pid, path, actions, attributes, argv, environment] = spawn.addresses as unknown as readonly [never, never, never, never, never, never];
  const failed = libc.posix_spawn(pid, path, actions, attributes, argv, environment);
  releaseSpawn(spawn);
  return spawnedPid(spawn, failed);
}

/**
 * Starts two prepared children in a new pid namespace, the first as its pid 1, and goes back to our own
 * (unshare(2), setns(2), pid_namespaces(7)).
 *
 * Between the two no JavaScript may run: see call-sequence.ts.
 * @param started told each pid at once, so that it can be ended when a later step fails
 * @throws PidNamespaceRefused before anything is begun; SyscallError when a child cannot be started or we cannot return
 */
export function spawnInNewPidNamespace(ownNamespace: number, first: PreparedSpawn, second: PreparedSpawn | PreparedBirth, started: (pid: number) => void): [number, number] {
  const start = 4;
  const seconds = startCalls(second, start);
  const back = start + seconds.length;
  const results = callInSequence([
    holdSignals(),
    // Root of a user namespace whose pid namespace is that of others is not let back (EPERM), and a process that stays in between can start no
    // threads any more: so the way is tried first, from where it leads to.
    { calls: "setns", arguments: [ownNamespace, CLONE.NEWPID], unlessZero: back + 1 },
    { calls: "unshare", arguments: [CLONE.NEWPID], unlessZero: back + 1 },
    { calls: posixSpawnAddress, arguments: first.addresses, unlessZero: back },
    ...seconds,
    { calls: "setns", arguments: [ownNamespace, CLONE.NEWPID] },
    letSignalsCome(),
  ]);
  const [, wayBack, entered, firstFailed, secondResult] = results;
  const returned = results[back];
  releaseSpawn(first);
  if (wayBack !== 0) throw new PidNamespaceRefused("setns", -wayBack!, "our pid namespace");
  if (entered !== 0) throw new PidNamespaceRefused("unshare", -entered!, "CLONE_NEWPID");
  if (firstFailed === 0) started(first.pid[0]!);
  const begun = firstFailed === 0 ? startedPid(second, secondResult!) : null;
  if (typeof begun === "number") started(begun);
  if (returned !== 0) throw new SyscallError("setns", -returned!, "our pid namespace");
  const firstPid = spawnedPid(first, firstFailed!);
  if (typeof begun !== "number") throw begun!;
  return [firstPid, begun];
}

/** As {@link spawnInNewPidNamespace}, for the first alone. @returns its pid */
export function spawnFirstOfPidNamespace(ownNamespace: number, first: PreparedSpawn): number {
  const [, wayBack, entered, failed, returned] = callInSequence([
    holdSignals(),
    { calls: "setns", arguments: [ownNamespace, CLONE.NEWPID], unlessZero: 5 },
    { calls: "unshare", arguments: [CLONE.NEWPID], unlessZero: 5 },
    { calls: posixSpawnAddress, arguments: first.addresses },
    { calls: "setns", arguments: [ownNamespace, CLONE.NEWPID] },
    letSignalsCome(),
  ]);
  releaseSpawn(first);
  if (wayBack !== 0) throw new PidNamespaceRefused("setns", -wayBack!, "our pid namespace");
  if (entered !== 0) throw new PidNamespaceRefused("unshare", -entered!, "CLONE_NEWPID");
  if (returned !== 0) throw new SyscallError("setns", -returned!, "our pid namespace");
  return spawnedPid(first, failed!);
}

/** Starts a prepared child that is born in its group. @returns its pid @throws SyscallError */
export function bear(birth: PreparedBirth): number {
  const [, result] = callInSequence([holdSignals(), ...birth.calls(1), letSignalsCome()]);
  const pid = startedPid(birth, result!);
  if (typeof pid !== "number") throw pid;
  return pid;
}

const everySignal = new BigUint64Array([0xffff_ffff_ffff_ffffn]);
const signalsBefore = new BigUint64Array(1);

/** A handler of ours must not run in a child that has our memory. */
function holdSignals(): SequencedCall {
  return { calls: "rt_sigprocmask", arguments: [SIG_SETMASK, addressOf(everySignal), addressOf(signalsBefore), signalSetBytes] };
}

function letSignalsCome(): SequencedCall {
  return { calls: "rt_sigprocmask", arguments: [SIG_SETMASK, addressOf(signalsBefore), 0, signalSetBytes] };
}

function startCalls(child: PreparedSpawn | PreparedBirth, at: number): readonly SequencedCall[] {
  return "calls" in child ? child.calls(at) : [{ calls: posixSpawnAddress, arguments: child.addresses }];
}

/** @param result of the first of the calls that start it @returns its pid, or why there is none */
function startedPid(child: PreparedSpawn | PreparedBirth, result: number): number | SyscallError {
  if ("calls" in child) return result > 0 ? result : new SyscallError("clone3", -result, child.path);
  releaseSpawn(child);
  return result === 0 ? child.pid[0]! : new SyscallError("posix_spawn", result, child.path);
}
