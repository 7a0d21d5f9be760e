/** Starts the processes of one run: init (pid 1 of the new namespace) and the launcher (pid 2). */
import { openSync } from "node:fs";
import { constants } from "node:os";
import { closeDescriptor, makePipe, readSome, sealedMemoryFile, setNonBlocking } from "../kernel/files.ts";
import { killProcess, openPidfd, parseUsage, prepareSpawn, reap, rusageBytes, spawnInNewPidNamespace, spawnPrepared, type ChildUsage } from "../kernel/process.ts";
import { clockReportBytes, timespecBytes, timespecToMs } from "../kernel/clock.ts";
import { errno } from "../kernel/errno.ts";
import { failureBytes, launcherImage } from "../launcher/image.ts";
import { statusDescriptor, type LaunchPlan } from "../model/plan.ts";
import { buildInitPlan } from "./plan/index.ts";
import type { Launch } from "./observation.ts";

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
  readonly status: StatusPipe;
  /** Keeps init alive; closed by the kernel when we die. */
  readonly leash: number | null;
}

/**
 * @param given descriptors of ours: the first three become 0, 1 and 2 of the program, any more keep their numbers
 * @throws SyscallError; nothing is left running then
 */
export function spawnRun(plan: LaunchPlan, given: readonly [number, number, number, ...number[]], withPidNamespace: boolean): RunProcesses {
  const opened: number[] = [];
  const keep = (...descriptors: number[]) => void opened.push(...descriptors);
  const started: number[] = [];
  /** Descriptors that only the start needs. */
  const passing: number[] = [];
  const pipe = (): [number, number] => {
    const ends = makePipe();
    keep(...ends);
    return ends;
  };
  const prepare = (name: string, content: LaunchPlan, roles: Record<string, number>) => {
    const image = sealedMemoryFile(name, launcherImage(content, roles), true);
    passing.push(image);
    // No environment: nothing of LD_* or of the caller's secrets reaches a process of the box.
    return (descriptors: readonly (readonly [number, number])[]) => prepareSpawn(`/proc/self/fd/${image}`, [name], [], descriptors);
  };
  const note = (pid: number) => void started.push(pid);
  const child = (pid: number): Child => {
    const pidfd = openPidfd(pid);
    keep(pidfd);
    return { pid, pidfd };
  };
  let failed = true;
  try {
    const [statusRead, statusWrite] = pipe();
    const leash = withPidNamespace ? pipe() : null;
    setNonBlocking(statusRead);
    const launch = prepare("launcher", plan, { [statusDescriptor]: statusWrite });
    const launchGiven = [...given.map((fd, index) => [fd, index < 3 ? index : fd] as const), [statusWrite, statusWrite] as const];
    let init: number | null = null;
    let program: number;
    if (leash === null) {
      program = spawnPrepared(launch(launchGiven));
      note(program);
    } else {
      const startInit = prepare("init", buildInitPlan(leash[0]), {});
      const ownNamespace = openSync("/proc/thread-self/ns/pid", "r");
      passing.push(ownNamespace);
      [init, program] = spawnInNewPidNamespace(ownNamespace, startInit([[leash[0], leash[0]]]), launch(launchGiven), note);
    }
    const processes: RunProcesses = {
      init: init === null ? null : child(init),
      program: child(program),
      status: new StatusPipe(statusRead, plan),
      leash: leash?.[1] ?? null,
    };
    passing.push(statusWrite, ...(leash === null ? [] : [leash[0]]));
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

/** Kills and reaps children whose account nobody wants; init last, as it ends only when the others are reaped. */
export function endProcesses(pids: readonly number[]): void {
  for (const pid of pids) killProcess(pid, constants.signals.SIGKILL);
  for (const pid of pids) {
    try {
      while (reap(pid) === null) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    } catch {
      // Reaped already.
    }
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
export class StatusPipe {
  readonly descriptor: number;
  readonly #plan: LaunchPlan;
  #bytes = new Uint8Array(0);
  #open = true;

  constructor(descriptor: number, plan: LaunchPlan) {
    this.descriptor = descriptor;
    this.#plan = plan;
  }

  get open(): boolean {
    return this.#open;
  }

  /** Reads what is there. @returns the outcome at the end of the stream, null before */
  read(): Launch | null {
    for (;;) {
      const chunk = new Uint8Array(1024);
      const count = readSome(this.descriptor, chunk);
      if (count === -errno.EAGAIN) return null;
      if (count <= 0) break;
      this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, count)]);
    }
    this.close();
    return this.#outcome();
  }

  #outcome(): Launch {
    const begun = this.#bytes.length >= startBytes;
    const reported = begun ? startBytes : this.#bytes.length >= rusageBytes ? rusageBytes : 0;
    const record = this.#bytes.subarray(reported);
    if (record.length < failureBytes) return begun ? { kind: "started" } : { kind: "lost", reason: "the launcher ended before it could start the program" };
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

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeDescriptor(this.descriptor);
  }
}
