/** Starts the processes of one run: init (pid 1 of the new namespace) and the launcher (pid 2). */
import { openSync } from "../../kernel/fs.ts";
import { executableFile } from "../../kernel/executable-file.ts";
import { closeDescriptor, duplicateAbove, makePipe } from "../../kernel/files.ts";
import { prepareBirth, type PreparedBirth } from "../../kernel/birth.ts";
import { inFirstUserNamespace } from "../../kernel/caller.ts";
import { openPidfd, parseUsage, rusageBytes, type ChildUsage } from "../../kernel/process.ts";
import { bear, PidNamespaceRefused, prepareSpawn, spawnInNewPidNamespace, spawnPrepared } from "../../kernel/spawn.ts";
import { endWriting, makeSocketPair, receive } from "../../kernel/socket.ts";
import type { Newborn } from "../../kernel/newborn.ts";
import { spawnByStarter } from "../../kernel/starter.ts";
import { clockReportBytes, timespecBytes, timespecToMs } from "../../kernel/clock.ts";
import { errno, errnoOf, SyscallError } from "../../kernel/errno.ts";
import { failureBytes, launcherImage } from "../../launcher/image.ts";
import { hasListener, hasTerminal, statusDescriptor, type LaunchPlan } from "../../model/plan.ts";
import { buildInitPlan } from "../plan/build-plan.ts";
import type { Launch } from "../../model/observation.ts";
import type { HandedDescriptor } from "../../model/request.ts";
import { endProcesses } from "./orphans.ts";

/** A child of ours that can be waited for. */
export interface Child {
  readonly pid: number;
  /** Readable when the child has ended. */
  readonly pidfd: number;
}

export interface RunProcesses {
  /** null without a pid namespace. */
  readonly init: Child | null;
  readonly program: Child;
  readonly status: StatusChannel;
  /** Keeps init alive; closed by the kernel when we die. */
  readonly leash: number | null;
}

/** The namespaces that the processes of a run begin in; the launcher makes the others. */
export type Beginning = "ours" | "pid namespace" | "user and pid namespace";

/**
 * @param given descriptors of ours: the first three become 0, 1 and 2 of the program, any more keep their numbers
 * @param birthplace descriptor of the group of version 2 that the launcher is born in, or null
 * @param userNamespace descriptor of one to begin in; null: it is made where the run begins in one
 * @param handed further descriptors of ours, by the numbers above 2 that the program has them under
 * @throws SyscallError; nothing is left running then. Of clone3: the launcher cannot be born in its group here
 */
export function spawnRun(plan: LaunchPlan, given: readonly [number, number, number, ...number[]], beginning: Beginning, birthplace: number | null = null, userNamespace: number | null = null, handed: readonly HandedDescriptor[] = []): RunProcesses {
  const opened: number[] = [];
  const keep = (...descriptors: number[]) => void opened.push(...descriptors);
  const started: number[] = [];
  /** Descriptors that only the start needs. */
  const passing: number[] = [];
  const pair = (ends: [number, number]): [number, number] => {
    keep(...ends);
    return ends;
  };
  // What goes under one of these numbers must not take the place of something that is still needed.
  const above = Math.max(0, ...handed.map(({ as }) => as + 1));
  const outOfTheWay = (fd: number): number => {
    if (fd >= above) return fd;
    const moved = duplicateAbove(fd, above);
    closeDescriptor(fd);
    return moved;
  };
  const newborn = (name: string, content: LaunchPlan, roles: Record<string, number>, descriptors: Newborn["descriptors"]): Newborn => {
    const image = outOfTheWay(executableFile(name, launcherImage(content, roles)));
    passing.push(image);
    return { path: `/proc/self/fd/${image}`, argv: [name], descriptors };
  };
  const births: PreparedBirth[] = [];
  // No environment: nothing of LD_* or of the caller's secrets reaches a process of the box.
  const prepare = ({ path, argv, descriptors }: Newborn) => prepareSpawn(path, argv, [], descriptors);
  const note = (pid: number) => void started.push(pid);
  const child = (pid: number): Child => {
    const pidfd = openPidfd(pid);
    keep(pidfd);
    return { pid, pidfd };
  };
  let failed = true;
  try {
    // Sockets, since a descriptor has to come by it.
    const [ours, theirs] = makeSocketPair();
    const [statusOurs, statusTheirs] = pair([ours, outOfTheWay(theirs)]);
    const leash = beginning !== "ours" ? pair(makePipe()) : null;
    // Copies of ours, above all numbers that are given.
    const raised = handed.map(({ fd, as }) => [duplicateAbove(fd, above), as] as const);
    passing.push(...raised.map(([fd]) => fd));
    const launchGiven = [...given.map((fd, index) => [fd, index < 3 ? index : fd] as const), ...raised, [statusTheirs, statusTheirs] as const];
    const launcher = newborn("launcher", plan, { [statusDescriptor]: statusTheirs }, launchGiven);
    const prepareLauncher = () => {
      if (birthplace === null) return prepare(launcher);
      const birth = prepareBirth(launcher.path, launcher.argv, launcher.descriptors, birthplace);
      births.push(birth);
      return birth;
    };
    let init: number | null = null;
    let program: number;
    if (leash === null) {
      const prepared = prepareLauncher();
      program = "calls" in prepared ? bear(prepared) : spawnPrepared(prepared);
      note(program);
    } else {
      const first = newborn("init", buildInitPlan(leash[0]), {}, [[leash[0], leash[0]]]);
      const ownNamespace = beginning === "pid namespace" && inFirstUserNamespace() ? wayBack() : null;
      if (ownNamespace !== null) {
        passing.push(ownNamespace);
        [init, program] = spawnInNewPidNamespace(ownNamespace, prepare(first), prepareLauncher(), note);
      } else {
        // Also for root who has no way back, or is of a user namespace and may not go back to a pid namespace of others (setns(2), EPERM).
        const user = beginning === "pid namespace" ? null : { uid: process.geteuid!(), gid: process.getegid!() };
        [init, program] = spawnByStarter(first, launcher, { user, ours: leash[1], group: birthplace, entered: userNamespace }, note);
      }
    }
    // What a launcher may wait for (process.ts): from now on only its own processes are in its namespaces.
    endWriting(statusOurs);
    for (const { pidfd } of births) passing.push(pidfd[0]!);
    // Before the pidfds are opened, so that there is room for them: a start with too few descriptors fails before it has begun.
    for (const fd of passing.splice(0)) closeDescriptor(fd);
    const processes: RunProcesses = {
      init: init === null ? null : child(init),
      program: child(program),
      status: new StatusChannel(statusOurs, plan),
      leash: leash?.[1] ?? null,
    };
    passing.push(statusTheirs, ...(leash === null ? [] : [leash[0]]));
    failed = false;
    return processes;
  } finally {
    if (failed) {
      endProcesses(started.toReversed());
      passing.push(...opened);
    }
    for (const fd of passing) closeDescriptor(fd);
  }
}

/** Why a launch was lost: also when the launcher was never executed by a child that cannot say so (born in its group, or made by the starter). */
export const endedEarly = "the launcher ended before it could start the program";

/** @throws PidNamespaceRefused where there is no way back: AppArmor may refuse to open what has no path */
export function openOwnNamespace(): number {
  try {
    return openSync("/proc/thread-self/ns/pid", "r");
  } catch (error) {
    const number = errnoOf(error);
    if (number !== errno.EACCES && number !== errno.EPERM) throw error;
    throw new PidNamespaceRefused("open", number, "our pid namespace");
  }
}

/** @returns a descriptor of our pid namespace, or null where it cannot be opened: a starter needs no way back, and takes a little longer */
function wayBack(): number | null {
  try {
    return openOwnNamespace();
  } catch (error) {
    if (error instanceof PidNamespaceRefused) return null;
    throw error;
  }
}

/** Closes every descriptor of a run whose processes have been reaped. */
export function closeRun({ init, program, status, leash }: RunProcesses): void {
  closeDescriptor(program.pidfd);
  if (init !== null) closeDescriptor(init.pidfd);
  if (leash !== null) closeDescriptor(leash);
  status.close();
}

/** What a launcher whose steps all went well writes: its usage, then the clock. */
const startBytes = rusageBytes + clockReportBytes;

/** What the launcher says before it becomes the program; a successful execve ends the stream. */
export class StatusChannel {
  readonly descriptor: number;
  readonly #plan: LaunchPlan;
  #bytes = new Uint8Array(0);
  #open = true;
  #listener: number | null = null;
  #terminal: number | null = null;

  constructor(descriptor: number, plan: LaunchPlan) {
    this.descriptor = descriptor;
    this.#plan = plan;
  }

  /** Tells of forbidden system calls as long as it is open; close-on-exec, so that nobody else has it once the program runs. */
  get listener(): number | null {
    return this.#listener;
  }

  /** The master of the box's terminal; nobody else has it. */
  get terminal(): number | null {
    return this.#terminal;
  }

  /** Reads what is there. @returns the outcome at the end of the stream, null before */
  read(): Launch | null {
    for (;;) {
      const chunk = new Uint8Array(1024);
      const { count, descriptors } = receive(this.descriptor, chunk);
      if (descriptors.length > 0) this.#take(descriptors);
      if (count === -errno.EAGAIN) return null;
      if (count < 0) throw new SyscallError("recvmsg", -count, "the launcher's report");
      if (count === 0) break;
      this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, count)]);
    }
    this.#closeSocket();
    return this.#outcome();
  }

  /** In the order in which the plan passes them. */
  #take(descriptors: readonly number[]): void {
    const [first = null, second = null] = descriptors;
    this.#listener = hasListener(this.#plan) ? first : null;
    this.#terminal = hasTerminal(this.#plan) ? (hasListener(this.#plan) ? second : first) : null;
  }

  #outcome(): Launch {
    const begun = this.#bytes.length >= startBytes;
    const reported = begun ? startBytes : this.#bytes.length >= rusageBytes ? rusageBytes : 0;
    const record = this.#bytes.subarray(reported);
    if (record.length < failureBytes) {
      if (!begun) return { kind: "lost", reason: endedEarly };
      if (this.#listener === null && hasListener(this.#plan)) return { kind: "lost", reason: "the listener of the seccomp filter did not come with the launcher's report" };
      return { kind: "started" };
    }
    const words = new DataView(record.buffer, record.byteOffset, failureBytes);
    const step = Number(words.getBigInt64(0, true));
    const number = Number(words.getBigInt64(8, true));
    return step < 0 ? { kind: "not executable", errno: number } : { kind: "failed", does: this.#plan.steps[step]!.does, errno: number };
  }

  /** What the launcher itself had used up to execve: the kernel adds it to the program's account. */
  launcherUsage(): ChildUsage | null {
    return this.#bytes.length >= rusageBytes ? parseUsage(this.#bytes) : null;
  }

  /** The monotonic clock just before execve, in milliseconds; null when it did not come so far. */
  startedAt(): number | null {
    if (this.#bytes.length < startBytes) return null;
    // Copied, since the words of a view must lie on multiples of their size.
    return timespecToMs(new BigInt64Array(new Uint8Array(this.#bytes.subarray(rusageBytes, rusageBytes + timespecBytes)).buffer));
  }

  /** Forbidden calls fail with ENOSYS from then on: only for when nobody is left to make one. */
  close(): void {
    this.#closeSocket();
    if (this.#listener !== null) closeDescriptor(this.#listener);
    if (this.#terminal !== null) closeDescriptor(this.#terminal);
    this.#listener = this.#terminal = null;
  }

  #closeSocket(): void {
    if (!this.#open) return;
    this.#open = false;
    closeDescriptor(this.descriptor);
  }
}
