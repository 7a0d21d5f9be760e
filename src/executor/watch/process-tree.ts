/**
 * The processes of a run, found from above: the kernel lists the children of every thread (proc_pid_task_children(5)). So it does not matter
 * how many other processes the host has. A kernel without these lists (CONFIG_PROC_CHILDREN) makes us look at every process.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from "../../kernel/fs.ts";
import { isSubreaper } from "../../kernel/process.ts";
import { parseStat, readStat, type ProcessStat } from "./process-stat.ts";

/** Says of a process that it is to be taken for a root. */
export type Joins = (stat: ProcessStat) => boolean;

/** Where a walk reads from; a sampler keeps the files open. @returns null when the process is gone */
export interface TreeReader {
  stat(pid: number): string | null;
  /** The children of the main thread. */
  children(pid: number): string | null;
}

const plainReader: TreeReader = {
  stat: (pid) => textOf(`/proc/${pid}/stat`),
  children: (pid) => textOf(`/proc/${pid}/task/${pid}/children`),
};

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return null;
  }
}

let listed: boolean | null = null;

function hasLists(): boolean {
  return (listed ??= existsSync(`/proc/self/task/${process.pid}/children`));
}

/** The children of this process, those of all its threads. */
export function ownChildren(): number[] {
  return childrenOf(process.pid, plainReader, null) ?? everyProcess().filter(({ parent }) => parent === process.pid).map(({ pid }) => pid);
}

/**
 * @param threads the threads whose children count; null: all of them
 * @returns null when the process is gone, or the kernel has no lists
 */
function childrenOf(pid: number, reader: TreeReader, threads: readonly number[] | null): number[] | null {
  const ofMain = reader.children(pid);
  if (ofMain === null) return null;
  const others = (threads ?? threadsOf(pid)).filter((thread) => thread !== pid).map((thread) => textOf(`/proc/${pid}/task/${thread}/children`) ?? "");
  return [ofMain, ...others].flatMap((text) => text.split(" ").filter((number) => number !== "").map(Number));
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

function everyProcess(): ProcessStat[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== null);
}

interface Reaper {
  readonly pid: number;
  readonly threads: readonly number[] | null;
}

/**
 * Those threads of ours to which children can come: the one that starts programs, which is this one, gets their siblings (CLONE_PARENT), the
 * main one gets orphans.
 */
function ownThreads(): number[] {
  const own = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
  return own === process.pid ? [own] : [process.pid, own];
}

/** Where orphans go when this process does not take them: to one of those above it, up to pid 1 (PR_SET_CHILD_SUBREAPER). */
function reapersAbove(): Reaper[] {
  const reapers: Reaper[] = [];
  if (isSubreaper()) return reapers;
  for (let above = readStat(process.pid)?.parent ?? 0; above > 0; above = readStat(above)?.parent ?? 0) reapers.push({ pid: above, threads: null });
  return reapers;
}

/** Looks for the same processes again and again. */
export class ProcessTree {
  readonly #roots: readonly number[];
  readonly #joins: Joins;
  readonly #reader: TreeReader;
  readonly #everywhere: boolean;
  /** Whoever may get orphans of the run, besides the roots. */
  readonly #reapers: readonly Reaper[];
  /** Children of a reaper that have nothing to do with the run: nobody can enter a session that exists. */
  #strangers = new Set<number>();

  /**
   * @param roots the first is the program
   * @param hasInit whether orphans go to another one of the roots
   * @param everywhere whether every process is looked at, as there are no lists
   */
  constructor(roots: readonly number[], joins: Joins, hasInit: boolean, reader = plainReader, everywhere = !hasLists()) {
    this.#roots = roots;
    this.#joins = joins;
    this.#reader = reader;
    this.#everywhere = everywhere;
    this.#reapers = [{ pid: process.pid, threads: ownThreads() }, ...(hasInit ? [] : reapersAbove())];
  }

  /**
   * Every process that descends from a root, is in a session that a root leads, or joins; the roots included.
   * @param before told each of them before its children are looked for
   */
  look(before: (pid: number) => void = () => {}): ProcessStat[] {
    if (this.#everywhere) return this.#lookEverywhere().map((stat) => (before(stat.pid), stat));
    const found = new Map<number, ProcessStat>();
    const waiting: ProcessStat[] = [];
    const add = (stat: ProcessStat | null) => {
      if (stat === null || found.has(stat.pid)) return;
      found.set(stat.pid, stat);
      waiting.push(stat);
      before(stat.pid);
    };
    for (const pid of this.#roots) add(this.#stat(pid));
    for (const stat of this.#orphans()) add(stat);
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const child of childrenOf(next.pid, this.#reader, next.threads === 1 ? [next.pid] : null) ?? []) if (!found.has(child)) add(this.#stat(child));
    }
    return [...found.values()];
  }

  #stat(pid: number): ProcessStat | null {
    const text = this.#reader.stat(pid);
    return text === null ? null : parseStat(pid, text);
  }

  #orphans(): ProcessStat[] {
    const strangers = new Set<number>();
    const orphans: ProcessStat[] = [];
    for (const { pid: reaper, threads } of this.#reapers) {
      for (const pid of childrenOf(reaper, this.#reader, threads) ?? []) {
        const stat = this.#strangers.has(pid) || this.#roots.includes(pid) ? null : readStat(pid);
        if (stat !== null && (this.#roots.includes(stat.session) || this.#joins(stat))) orphans.push(stat);
        else strangers.add(pid);
      }
    }
    this.#strangers = strangers;
    return orphans;
  }

  #lookEverywhere(): ProcessStat[] {
    const all = everyProcess();
    const members = new Set([...this.#roots, ...all.filter(this.#joins).map(({ pid }) => pid)]);
    for (let grew = true; grew; ) {
      grew = false;
      for (const { pid, parent, session } of all) {
        if (members.has(pid) || (!members.has(parent) && !this.#roots.includes(session))) continue;
        members.add(pid);
        grew = true;
      }
    }
    return all.filter(({ pid }) => members.has(pid));
  }
}

/** One look; see {@link ProcessTree.look}. */
export function processesBelow(roots: readonly number[], joins: Joins = () => false): ProcessStat[] {
  return new ProcessTree(roots, joins, false).look();
}
