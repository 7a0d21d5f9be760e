/**
 * Looks at the processes of a run one by one, for hosts where no control group counts for us. What lives
 * and dies between two looks is missed; the result says `sampling`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { processCpuTimeMs } from "../../kernel/clock.ts";
import type { MeterReading } from "../../model/observation.ts";

export interface ProcessStat {
  readonly pid: number;
  /** It has ended, and nobody has reaped it. */
  readonly zombie: boolean;
  readonly parent: number;
  readonly session: number;
  /** CPU time of children that it waited for, milliseconds (in steps of 10). */
  readonly waitedMs: number;
}

/** USER_HZ: the unit of times in /proc/PID/stat, 1/100 s on every architecture of ours (proc(5)). */
const msPerTick = 10;

export function readStat(pid: number): ProcessStat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name in parentheses may hold anything, parentheses included: what counts comes after the last one.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const number = (index: number) => Number(fields[index]);
    return { pid, zombie: fields[0] === "Z", parent: number(1), session: number(3), waitedMs: (number(13) + number(14)) * msPerTick };
  } catch {
    return null;
  }
}

/**
 * Every process that descends from `roots`, or is in a session that one of them leads; the roots included.
 * @param joins says of others that they are to be taken for roots
 */
export function processesBelow(roots: readonly number[], joins: (stat: ProcessStat) => boolean = () => false): ProcessStat[] {
  const all = readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== null);
  const members = new Set([...roots, ...all.filter(joins).map(({ pid }) => pid)]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const { pid, parent, session } of all) {
      if (members.has(pid) || (!members.has(parent) && !roots.includes(session))) continue;
      members.add(pid);
      grew = true;
    }
  }
  return all.filter(({ pid }) => members.has(pid));
}

function residentBytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "latin1");
    return Number(/^RssAnon:\s+([0-9]+)/m.exec(text)?.[1] ?? 0) * 1024 + Number(/^RssShmem:\s+([0-9]+)/m.exec(text)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

export class ProcessSampler {
  readonly #roots: readonly number[];
  readonly #joins: (stat: ProcessStat) => boolean;
  /** CPU time of init and of the launcher before the program began. */
  #baseMs = 0;
  last: MeterReading = { cpuTimeMs: 0, memoryPeakBytes: 0 };

  /**
   * @param roots the program, and init when there is one: `roots[0]` is the program
   * @param joins as for {@link processesBelow}
   */
  constructor(roots: readonly number[], joins: (stat: ProcessStat) => boolean = () => false) {
    this.#roots = roots;
    this.#joins = joins;
  }

  /** Call once at the start of the program: what was used up to now is ours. */
  begin(): void {
    this.#baseMs = this.#cpu(processesBelow(this.#roots, this.#joins));
  }

  #cpu(members: readonly ProcessStat[]): number {
    return members.reduce((sum, { pid, waitedMs }) => sum + (processCpuTimeMs(pid) ?? 0) + waitedMs, 0);
  }

  sample(): MeterReading {
    const members = processesBelow(this.#roots, this.#joins);
    const memory = members.filter(({ pid }) => pid !== this.#roots[1]).reduce((sum, { pid }) => sum + residentBytes(pid), 0);
    this.last = {
      cpuTimeMs: Math.max(this.last.cpuTimeMs, this.#cpu(members) - this.#baseMs),
      memoryPeakBytes: Math.max(this.last.memoryPeakBytes, memory),
    };
    return this.last;
  }
}
