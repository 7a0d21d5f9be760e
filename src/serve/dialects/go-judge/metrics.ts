/** Figures under the names that dashboards for go-judge know, in the text form of Prometheus. */
import type { ServiceState } from "../../service.ts";
import type { FileStore } from "./file-store.ts";
import type { GoResult } from "./result.ts";

/** Seconds. */
const timeBounds = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1, 2, 5, 10, 20, 50, 100];
const powers = (from: number, count: number) => Array.from({ length: count }, (_, index) => from * 2 ** index);
/** Bytes. */
const memoryBounds = powers(2 ** 12, 21);
const sizeBounds = powers(2 ** 8, 20);

class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#sum += value;
    this.#count++;
    const first = this.#bounds.findIndex((bound) => value <= bound);
    if (first >= 0) this.#counts[first]!++;
  }

  lines(name: string, label: string): string[] {
    const labels = (more: string) => [label, more].filter((one) => one !== "").join(",");
    const braces = label === "" ? "" : `{${label}}`;
    let sum = 0;
    const buckets = this.#bounds.map((bound, index) => `${name}_bucket{${labels(`le="${bound}"`)}} ${(sum += this.#counts[index]!)}`);
    return [...buckets, `${name}_bucket{${labels('le="+Inf"')}} ${this.#count}`, `${name}_sum${braces} ${this.#sum}`, `${name}_count${braces} ${this.#count}`];
  }
}

export class GoMetrics {
  readonly #times = new Map<string, Histogram>();
  readonly #memories = new Map<string, Histogram>();
  readonly #sizes = new Histogram(sizeBounds);
  #errors = 0;

  /** A request without results. */
  failed(): void {
    this.#errors++;
  }

  ran({ status, time, memory }: GoResult): void {
    of(this.#times, status, timeBounds).observe(time / 1e9);
    of(this.#memories, status, memoryBounds).observe(memory);
  }

  /** A file was added to the store. */
  stored(bytes: number): void {
    this.#sizes.observe(bytes);
  }

  text(files: FileStore, { stats, slots }: ServiceState): string {
    const { interactive, normal, batch } = stats.queued;
    const running = slots.filter(({ job }) => job !== null).length;
    return [
      ...metric("go_judge_exec_error_count", "counter", "Requests that ended in an error", [`go_judge_exec_error_count ${this.#errors}`]),
      ...metric("go_judge_exec_time_seconds", "histogram", "CPU time of commands", byStatus(this.#times, "go_judge_exec_time_seconds")),
      ...metric("go_judge_exec_memory_bytes", "histogram", "Peak of memory of commands", byStatus(this.#memories, "go_judge_exec_memory_bytes")),
      ...metric("go_judge_file_size_bytes", "histogram", "Size of files that were added to the file store", this.#sizes.lines("go_judge_file_size_bytes", "")),
      ...gauge("go_judge_file_current_bytes_count", "Files in the file store", files.count),
      ...gauge("go_judge_file_current_bytes_sum", "Bytes of all files in the file store", files.bytes),
      ...gauge("go_judge_environment_count", "Slots of this machine", slots.length),
      ...gauge("go_judge_environment_current_count", "Slots of this machine that run a job", running),
      ...gauge("go_judge_worker_queue_count", "Jobs that wait", interactive + normal + batch),
      ...gauge("go_judge_worker_running_count", "Jobs that run", stats.running),
      "",
    ].join("\n");
  }
}

function of(histograms: Map<string, Histogram>, status: string, bounds: readonly number[]): Histogram {
  const known = histograms.get(status) ?? new Histogram(bounds);
  histograms.set(status, known);
  return known;
}

function byStatus(histograms: ReadonlyMap<string, Histogram>, name: string): string[] {
  return [...histograms].flatMap(([status, histogram]) => histogram.lines(name, `status="${status}"`));
}

function metric(name: string, type: string, help: string, lines: readonly string[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
}

function gauge(name: string, help: string, value: number): string[] {
  return metric(name, "gauge", help, [`${name} ${value}`]);
}
