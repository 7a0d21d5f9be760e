/** What the memory controller tells of a group, by the names of either version. */
import { ownProcessors } from "../kernel/affinity.ts";
import type { PeakSource } from "../model/peak-source.ts";
import { Attribute } from "./attribute.ts";

/** One look at the memory of a group, in bytes. */
export interface MemoryLook {
  /** Highest charge since the look before. Null: no higher than at some earlier look, or the kernel keeps no peak. */
  readonly peakBytes: number | null;
  /** What is the program's at this moment: anonymous memory, and shared memory (tmpfs, memory files, System V segments). */
  readonly programBytes: number;
  /** What else is charged: page cache of files, and memory of the kernel. */
  readonly otherBytes: number;
  readonly source: PeakSource;
}

interface Names {
  /** Highest charge of the whole run. */
  readonly peak: string;
  /** The same, but a write makes it begin anew: in version 1 the peak of memory and swap together, as the box has no swap. */
  readonly restartablePeak: string;
  readonly usage: string;
  /** Memory of the kernel, where it has a file of its own. */
  readonly kernel: string | null;
  /** Fields of memory.stat. Cache includes what is shared. */
  readonly anonymous: string;
  readonly shared: string;
  readonly cache: string;
}

export const namesOfV1: Names = {
  peak: "memory.max_usage_in_bytes", restartablePeak: "memory.memsw.max_usage_in_bytes", usage: "memory.usage_in_bytes", kernel: "memory.kmem.usage_in_bytes",
  anonymous: "total_rss", shared: "total_shmem", cache: "total_cache",
};

/** A write to memory.peak counts for the descriptor that it was made through, since Linux 6.12. Before 5.19 there is no such file. */
export const namesOfV2: Names = {
  peak: "memory.peak", restartablePeak: "memory.peak", usage: "memory.current", kernel: null,
  anonymous: "anon", shared: "shmem", cache: "file",
};

/** Before Linux 5.18 version 2 has no field `kernel`. Buffers of sockets are not in it. */
const partsOfKernel = ["kernel_stack", "pagetables", "percpu", "slab"];

/** Each processor may hold charges of so many bytes that nobody uses yet, and changes of statistics that are not added up yet (MEMCG_CHARGE_BATCH). */
const batchBytes = 64 * 4096;

export class MemoryFiles {
  readonly #names: Names;
  readonly #peak: Attribute;
  readonly #restartable: Attribute;
  readonly #usage: Attribute;
  readonly #kernel: Attribute | null;
  readonly #statistics: Attribute;
  #looked = false;
  /** Null: not tried yet. */
  #restarts: boolean | null = null;
  #highestBytes = 0;

  constructor(directory: string, names: Names) {
    const file = (name: string) => new Attribute(`${directory}/${name}`);
    this.#names = names;
    this.#peak = file(names.peak);
    this.#restartable = file(names.restartablePeak);
    this.#usage = file(names.usage);
    this.#kernel = names.kernel === null ? null : file(names.kernel);
    this.#statistics = file("memory.stat");
  }

  /** Highest charge of the run so far; null where the kernel keeps no peak. */
  peakBytes(): number | null {
    return bytesIn(this.#peak.read());
  }

  usageBytes(): number {
    return bytesIn(this.#usage.read()) ?? 0;
  }

  /** Highest value that the looks found in the peak that begins anew with each of them. */
  get highestBytes(): number {
    return this.#highestBytes;
  }

  /** @param ended nothing of the run lives any more */
  look(ended: boolean): MemoryLook {
    const peakBytes = this.#newPeak(ended);
    const statistics = `\n${this.#statistics.read() ?? ""}`;
    const field = (name: string) => valueIn(statistics, name) ?? 0;
    const programBytes = field(this.#names.anonymous) + field(this.#names.shared);
    const cacheBytes = Math.max(0, field(this.#names.cache) - field(this.#names.shared));
    const otherBytes = ended
      ? // Statistics may lag behind; what is charged does not, but for the batches.
        Math.max(cacheBytes, this.usageBytes() - programBytes - batchBytes * ownProcessors().length)
      : cacheBytes + (this.#kernel === null ? field("sock") + (valueIn(statistics, "kernel") ?? partsOfKernel.reduce((sum, part) => sum + field(part), 0)) : (bytesIn(this.#kernel.read()) ?? 0));
    return { peakBytes, programBytes, otherBytes, source: this.#source(peakBytes) };
  }

  close(): void {
    for (const file of [this.#peak, this.#restartable, this.#usage, this.#kernel, this.#statistics]) file?.close();
  }

  #newPeak(ended: boolean): number | null {
    // A run that is over before the first look has one interval only.
    if (ended && !this.#looked) return this.peakBytes();
    const restartable = bytesIn(this.#restartable.read());
    // What is freed between these two calls is not seen.
    if (!ended && restartable !== null && this.#restarts !== false) this.#restarts = this.#restartable.write("0");
    this.#looked = true;
    const bytes = this.#restarts ? restartable : this.peakBytes();
    const isNew = this.#restarts === true || (bytes ?? 0) > this.#highestBytes;
    this.#highestBytes = Math.max(this.#highestBytes, bytes ?? 0);
    return isNew ? bytes : null;
  }

  #source(peakBytes: number | null): PeakSource {
    if (peakBytes === null && this.#highestBytes === 0) return "looks";
    return this.#restarts === true || !this.#looked ? "peaks between looks" : "peak of the run";
  }
}

function bytesIn(text: string | null): number | null {
  return text === null ? null : Number(text);
}

/** Of `name value` lines; null where there is none of this name. Not taken apart as a whole: there are about fifty, and we look often. */
function valueIn(statistics: string, name: string): number | null {
  const at = statistics.indexOf(`\n${name} `);
  return at === -1 ? null : Number.parseInt(statistics.slice(at + name.length + 2, at + name.length + 24), 10);
}
