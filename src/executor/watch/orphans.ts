/**
 * Children of ours that we did not start and that are a run's all the same. A program makes them with clone(CLONE_PARENT): the new process
 * is the program's sibling. Where no pid namespace holds a run together, its orphans come to us as well. Nobody but us can reap them, and
 * init does not end before they are reaped. Our caller may have children of its own in this process: these are never touched.
 */
import { signals } from "../../kernel/os-numbers.ts";
import { errno, errnoOf } from "../../kernel/errno.ts";
import { livesInside, pidNamespaceOf } from "../../kernel/pid-namespace.ts";
import { killProcess, reap } from "../../kernel/process.ts";
import { hasBusyThread, readStat, type ProcessStat } from "./process-stat.ts";
import { ownChildren, processesBelow } from "./process-tree.ts";
import type { RunningBox } from "../../model/moments.ts";
import type { BoxUser } from "./user-end.ts";

const { SIGKILL } = signals;

/** The runs that go on now; several may, side by side. */
const runs = new Set<RunFamily>();

/** Whether a child of ours belongs to a run that goes on, as far as we started it or can tell. */
function isOfSomeRun(child: ProcessStat): boolean {
  return [...runs].some((run) => run.started(child.pid) || run.adopted(child));
}

/** As pid 1 of a container we also inherit orphans that have nothing to do with any run. */
export function reapStrangers(): void {
  for (const pid of ownChildren()) {
    const stat = readStat(pid);
    // What a run made counts for it, and is reaped at its end.
    if (stat !== null && !isOfSomeRun(stat)) reap(pid);
  }
}

/** Who belongs to a run, and the end of them all. */
export class RunFamily {
  readonly #program: number;
  readonly #init: number | null;
  /** Of init; asked for when it first matters. */
  #namespace: string | null = null;
  readonly #before: Before | null;
  readonly #user: BoxUser | null;

  /**
   * @param init null without a pid namespace
   * @param before who was there before the run; null where any other child may be the caller's
   * @param user the one that only this run's processes have; null: others may have it, or there is a pid namespace
   */
  constructor(program: number, init: number | null, before: Before | null, user: BoxUser | null = null) {
    this.#user = user;
    this.#program = program;
    this.#init = init;
    this.#before = before;
    runs.add(this);
  }

  started(pid: number): boolean {
    return pid === this.#program || pid === this.#init;
  }

  /** Whether a process is a child of ours by the program's doing. */
  readonly adopted = (child: ProcessStat): boolean => {
    if (child.parent !== process.pid || this.started(child.pid)) return false;
    if (this.#init !== null) return this.#isInside(child.pid);
    if (child.session === this.#program) return true;
    // The launcher began a session, and nobody can go back to one that was there before.
    return this.#before !== null && !this.#before.sessions.has(child.session) && !this.#before.processes.has(identityOf(child)) && ![...runs].some((run) => run.started(child.pid));
  };

  /** When the program has been reaped: whether somebody who is left runs, or could with a processor or a disk. */
  isBusy(): boolean {
    const left = this.#init !== null ? processesBelow([this.#init]) : processesBelow([], (stat) => stat.session === this.#program || this.adopted(stat));
    return left.some(({ pid, busy }) => busy && pid !== this.#init);
  }

  /** The run for those who hear of its moments. @param pidfd of the program */
  box(pidfd: number): RunningBox {
    const roots = this.#init === null ? [this.#program] : [this.#program, this.#init];
    return {
      pidfd,
      isLeaving: () => readStat(this.#program)?.leaving ?? true,
      isBusy: () => processesBelow(roots, this.adopted).some(({ pid, busy, threads }) => pid !== this.#init && (busy || (threads > 1 && hasBusyThread(pid)))),
    };
  }

  #isInside(pid: number): boolean {
    this.#namespace ??= pidNamespaceOf(this.#init!);
    return this.#namespace !== null && this.#namespace !== pidNamespaceOf(process.pid) && livesInside(pid, this.#namespace);
  }

  /**
   * Reaps the children that are ours by the program's doing, as far as they have ended. For when init was killed, and not yet reaped: the
   * kernel has killed everybody in its namespace.
   * @returns their CPU time in milliseconds
   */
  reapAdopted(): number {
    let cpuTimeMs = 0;
    for (const pid of ownChildren()) {
      if (this.started(pid) || !this.#isInside(pid)) continue;
      cpuTimeMs += reapNow(pid)?.cpuTimeMs ?? 0;
    }
    return cpuTimeMs;
  }

  /**
   * Without a pid namespace: kills everybody, and reaps those that are ours except the program's own process.
   * @param programReaped its number may be somebody else's then, but not that of its session
   * @returns whether one of the others lives, and the CPU time of those that were reaped in milliseconds
   */
  endAll(programReaped: boolean): { readonly left: boolean; readonly cpuTimeMs: number } {
    let left = false;
    let cpuTimeMs = 0;
    // Hardly any run needs it, so it is not loaded before.
    if (this.#user !== null) (require("./user-end.ts") as typeof import("./user-end.ts")).endUser(this.#user);
    // All are found before the first is killed: what descends from it may not be found afterwards.
    const members = processesBelow(programReaped ? [] : [this.#program], (stat) => stat.session === this.#program || this.adopted(stat));
    for (const { pid, zombie } of members) if (!zombie && !(programReaped && pid === this.#program)) killProcess(pid, SIGKILL);
    for (const { pid, parent, zombie } of members) {
      if (pid === this.#program) continue;
      if (parent === process.pid) {
        const end = reapNow(pid);
        if (end === null) left = true;
        else cpuTimeMs += end.cpuTimeMs;
      } else if (!zombie) {
        left = true;
      }
    }
    return { left, cpuTimeMs };
  }

  close(): void {
    runs.delete(this);
  }
}

/** @returns null when it has not ended */
function reapNow(pid: number): { readonly cpuTimeMs: number } | null {
  try {
    return reap(pid)?.usage ?? null;
  } catch (error) {
    if (errnoOf(error) !== errno.ECHILD) throw error;
    return { cpuTimeMs: 0 };
  }
}

/** What tells the children of a run, and its orphans, from those of our caller where there is no pid namespace. */
export interface Before {
  /** Ours, and those of all that descends from us. */
  readonly sessions: ReadonlySet<number>;
  /** All that descends from us: a child of the caller may begin a session of its own only while a program runs. */
  readonly processes: ReadonlySet<string>;
}

/**
 * To be asked before a run begins.
 * @param alone whether only runs start children from now on: not in a library, and not as pid 1, to which the orphans of others come
 * @returns null when it does not help
 */
export function whoIsThere(alone: boolean): Before | null {
  if (!alone || process.pid === 1) return null;
  const children = ownChildren();
  const members = children.length === 0 ? [] : processesBelow(children);
  return { sessions: new Set([readStat(process.pid)?.session ?? 0, ...members.map(({ session }) => session)]), processes: new Set(members.map(identityOf)) };
}

function identityOf({ pid, startedTicks }: ProcessStat): string {
  return `${pid} ${startedTicks}`;
}

/** How long processes that nobody watches may take to end. */
const endDeadlineMs = 5000;

/**
 * Kills and reaps a run whose account nobody wants, blocking, for when its supervision failed.
 * @param pids the program's, then that of init when there is one: it ends only when the others are reaped
 */
export function endProcesses(pids: readonly number[]): void {
  const [program = 0, init = null] = pids;
  const family = new RunFamily(program, init, null);
  const deadline = performance.now() + endDeadlineMs;
  const waiting = new Set(pids);
  try {
    if (pids.length > 0 && init === null) tolerant(() => family.endAll(false), null);
    for (const pid of pids) killProcess(pid, SIGKILL);
    for (;;) {
      for (const pid of waiting) if (reapNow(pid) !== null) waiting.delete(pid);
      const othersLeft = pids.length > 0 && init === null && tolerant(() => family.endAll(!waiting.has(program)).left, false);
      if ((waiting.size === 0 && !othersLeft) || performance.now() > deadline) return;
      if (init !== null) tolerant(() => family.reapAdopted(), 0);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  } finally {
    family.close();
  }
}

/** Looking at processes takes descriptors, and it may be these that ran out. */
function tolerant<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
