/**
 * Looks at the processes of a run one by one, for hosts where no control group counts for us. What lives
 * and dies between two looks is missed; the result says `sampling`.
 */
import { processCpuTimeMs } from "../../kernel/clock.ts";
import type { MeterReading } from "../../model/observation.ts";
import { KeptFiles } from "./kept-files.ts";
import type { ProcessStat } from "./process-stat.ts";
import { ProcessTree, type Joins } from "./process-tree.ts";
import { memoryFileBytes, tmpfsBytes } from "./shared-memory.ts";

/** After a look we rest for so many times what it took: a program with a thousand processes or descriptors must not cost us a processor. */
const restFactor = 19;

/** As often a whole look is made although nobody has run: a list of children that changes while it is read may be incomplete. */
const lookAnywayEvery = 10;

const shortestPauseMs = 10;
/** While nobody runs, a pause is no longer than this, and than an eighth of the time for which nobody has run. */
const longestPauseMs = 160;

/** A member of the run, as it was found by the last look. */
interface Member {
  readonly waitedMs: number;
  cpuTimeMs: number;
}

export class ProcessSampler {
  readonly #roots: readonly number[];
  readonly #tmpfs: readonly string[];
  readonly #input: string | null;
  readonly #files = new KeptFiles();
  readonly #tree: ProcessTree;
  #members = new Map<number, Member>();
  #idleLooks = 0;
  /** When somebody was last seen to have run, on the clock of performance.now(). */
  #ranAtMs = performance.now();
  #restUntilMs = 0;
  /** CPU time of init and of the launcher before the program began. */
  #baseMs = 0;
  /** A process of the run did not let us look at its memory files. */
  hidesMemoryFiles = false;
  /** The most that one process was seen to have mapped of files, in bytes: not the program's memory, but in the kernel's peak of a process. */
  mappedFileBytes = 0;
  last: MeterReading = { cpuTimeMs: 0, memoryPeakBytes: null };

  /**
   * @param roots the program, and init when there is one: `roots[0]` is the program
   * @param tmpfs those that the program has for itself, at paths as it sees them
   * @param input a memory file that is not the program's
   */
  constructor(roots: readonly number[], joins: Joins = () => false, tmpfs: readonly string[] = [], input: string | null = null) {
    this.#roots = roots;
    this.#input = input;
    this.#tmpfs = tmpfs;
    this.#tree = new ProcessTree(roots, joins, roots.length > 1, this.#files);
  }

  /** Call once at the start of the program: what was used up to now is ours. */
  begin(): void {
    this.#look();
    this.#baseMs = this.#cpu();
    this.#members.clear();
  }

  /** When to look again at the latest, in milliseconds: later when nobody has run for the last looks, as even waking up costs. */
  get pauseMs(): number {
    return Math.max(shortestPauseMs * 2 ** Math.min(this.#idleLooks, 2), Math.min(longestPauseMs, (performance.now() - this.#ranAtMs) / 8));
  }

  /** Costs almost nothing as long as no process of the run has run. */
  sample(): MeterReading {
    const begun = performance.now();
    this.#idleLooks = this.#readClocks() ? 0 : this.#idleLooks + 1;
    if (this.#idleLooks === 0) this.#ranAtMs = begun;
    if (this.#idleLooks % lookAnywayEvery === 0 && begun >= this.#restUntilMs) {
      this.#look();
      const memory = this.#memory() || null;
      if (memory !== null) this.last = { ...this.last, memoryPeakBytes: Math.max(this.last.memoryPeakBytes ?? 0, memory) };
      const now = performance.now();
      this.#restUntilMs = now + (now - begun) * restFactor;
    }
    this.last = { ...this.last, cpuTimeMs: Math.max(this.last.cpuTimeMs, this.#cpu() - this.#baseMs) };
    return this.last;
  }

  close(): void {
    this.#files.close();
  }

  /** @returns whether somebody has run: only then can there be new processes, or more memory in use */
  #readClocks(): boolean {
    let ran = this.#members.size === 0;
    for (const [pid, member] of this.#members) {
      const cpuTimeMs = processCpuTimeMs(pid);
      if (cpuTimeMs !== member.cpuTimeMs) ran = true;
      member.cpuTimeMs = cpuTimeMs ?? member.cpuTimeMs;
    }
    return ran;
  }

  #cpu(): number {
    let sum = 0;
    for (const { cpuTimeMs, waitedMs } of this.#members.values()) sum += cpuTimeMs + waitedMs;
    return sum;
  }

  #look(): void {
    // The clock stands still for whoever has not run since the look, so it is read before the children are.
    const clocks = new Map<number, number>();
    const found = this.#tree.look((pid) => void clocks.set(pid, processCpuTimeMs(pid) ?? 0));
    this.#members = new Map(found.map(({ pid, waitedMs }: ProcessStat) => [pid, { waitedMs, cpuTimeMs: clocks.get(pid) ?? 0 }]));
    this.#files.keepOnly(new Set(this.#members.keys()));
  }

  #memory(): number {
    const [program = 0, init] = this.#roots;
    const pids = [...this.#members.keys()].filter((pid) => pid !== init);
    const mapped = { anonymous: 0, shared: 0 };
    for (const pid of pids) {
      const text = this.#files.status(pid) ?? "";
      mapped.anonymous += kilobytes(text, /^RssAnon:\s+([0-9]+)/m) * 1024;
      mapped.shared += kilobytes(text, /^RssShmem:\s+([0-9]+)/m) * 1024;
      this.mappedFileBytes = Math.max(this.mappedFileBytes, kilobytes(text, /^RssFile:\s+([0-9]+)/m) * 1024);
    }
    const files = memoryFileBytes(pids, this.#input);
    this.hidesMemoryFiles ||= files.hidden;
    // What is mapped from a file counts in both, so the larger of the two is what is certain.
    return mapped.anonymous + Math.max(mapped.shared, files.bytes + tmpfsBytes(program, this.#tmpfs));
  }
}

function kilobytes(text: string, field: RegExp): number {
  return Number(field.exec(text)?.[1] ?? 0);
}
