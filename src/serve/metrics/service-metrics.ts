/** What the service counts and measures of itself. */
import type { Hears } from "../engine.ts";
import { type Job, jobClasses } from "../job.ts";
import type { JobResult } from "../outcome.ts";
import type { ServiceState } from "../service.ts";
import { Counter, exposition, Gauge, Histogram } from "./series.ts";

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export class ServiceMetrics implements Hears {
  readonly #info = new Gauge("mini_isolate_build_info", "Version of the service; the value is always 1.");
  readonly #jobs = new Counter("mini_isolate_jobs_total", "Jobs that have ended here, by the dialect that they came in, language, outcome and status.");
  readonly #queueSeconds = new Histogram("mini_isolate_job_queue_seconds", "Time from the arrival of a job to its last start.", seconds);
  readonly #runSeconds = new Histogram("mini_isolate_job_run_seconds", "Wall time of the runs of a job together.", seconds);
  readonly #compileSeconds = new Histogram("mini_isolate_job_compile_seconds", "Wall time of compilers that ran; what was compiled before is not counted.", seconds);
  readonly #attempts = new Counter("mini_isolate_job_attempts_total", "Starts of the jobs that have ended here.");
  readonly #queued = new Gauge("mini_isolate_jobs_queued", "Jobs that wait, by class.");
  readonly #running = new Gauge("mini_isolate_jobs_running", "Jobs that run, on any worker.");
  readonly #oldest = new Gauge("mini_isolate_job_oldest_seconds", "How long the oldest job has waited; 0: none waits.");
  readonly #slots = new Gauge("mini_isolate_slots", "Slots of this process, by state.");
  readonly #workers = new Gauge("mini_isolate_workers", "Workers that were heard of lately.");
  readonly #reclaimed = new Counter("mini_isolate_leases_reclaimed_total", "Jobs that were taken back from a worker that was not heard of any more.");
  readonly #dead = new Counter("mini_isolate_jobs_dead_total", "Jobs that were started too often without a result.");
  readonly #refusedResults = new Counter("mini_isolate_results_refused_total", "Results that came after another one, and were not kept.");
  readonly #results = new Gauge("mini_isolate_results_kept", "Results that can be asked for.");
  readonly #callbacks = new Counter("mini_isolate_webhooks_total", "Callbacks that were sent, by result.");
  readonly #storeSeconds = new Histogram("mini_isolate_store_seconds", "Time of calls of the store, by operation.", seconds);
  readonly #storeErrors = new Counter("mini_isolate_store_errors_total", "Calls of the store that failed, by operation.");
  readonly #requests = new Counter("mini_isolate_http_requests_total", "Requests, by route and status code.");
  readonly #requestSeconds = new Histogram("mini_isolate_http_request_seconds", "Time to the answer of a request, by route.", seconds);
  readonly #rejected = new Counter("mini_isolate_http_rejected_total", "Requests that were refused, by reason.");
  readonly #lostLines = new Counter("mini_isolate_log_lines_lost_total", "Lines of the log that nobody took.");
  readonly #memory = new Gauge("process_resident_memory_bytes", "Resident memory of the process of the service.");
  readonly #cpu = new Counter("process_cpu_seconds_total", "CPU time of the process of the service.");
  readonly #started = new Gauge("process_start_time_seconds", "When the process of the service was started, in seconds since 1970.");

  constructor(version: string, startedAt: number = Date.now() / 1000) {
    this.#info.set({ version }, 1);
    this.#started.set({}, startedAt);
    for (const counter of [this.#attempts, this.#reclaimed, this.#dead, this.#refusedResults, this.#lostLines]) counter.add({}, 0);
  }

  jobEnded(job: Job, result: JobResult): void {
    const language = job.work.kind === "program" ? job.work.language : "none";
    this.#jobs.add({ dialect: job.dialect, language, outcome: result.outcome, status: result.outcome === "finished" ? result.status : "none" });
    this.#attempts.add({}, result.attempt);
    if (result.startedAt !== null) this.#queueSeconds.observe({ class: job.class }, Math.max(0, (result.startedAt - job.receivedAt) / 1000));
    if (result.compile !== null && !result.compile.cached) this.#compileSeconds.observe({ language }, result.compile.wall_time);
    const runs = [...result.tests.map(({ run, runs: times }) => run.wall_time * times), ...result.commands.map(({ run }) => run.wall_time)];
    if (runs.length > 0) this.#runSeconds.observe({ language }, runs.reduce((sum, each) => sum + each, 0));
  }

  storeCall(operation: string, time: number, isFault: boolean): void {
    this.#storeSeconds.observe({ op: operation }, time);
    if (isFault) this.#storeErrors.add({ op: operation });
  }

  /** @param result of one try: `delivered`, `failed`, `given-up` */
  callbackSent(result: string): void {
    this.#callbacks.add({ result });
  }

  /** @param route the pattern of the route, never the path */
  requestEnded(route: string, status: number, time: number): void {
    this.#requests.add({ route, code: String(status) });
    this.#requestSeconds.observe({ route }, time);
  }

  requestRejected(reason: string): void {
    this.#rejected.add({ reason });
  }

  logLinesLost(lines: number): void {
    this.#lostLines.add({}, lines);
  }

  /** @param state null: the store cannot be asked; what is known of it is left out */
  page(state: ServiceState | null): string {
    for (const gauge of [this.#queued, this.#running, this.#oldest, this.#slots, this.#workers, this.#results]) gauge.clear();
    if (state !== null) this.#look(state);
    const { rss } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    this.#memory.set({}, rss);
    this.#cpu.set({}, (user + system) / 1e6);
    return exposition([
      this.#info, this.#jobs, this.#queueSeconds, this.#runSeconds, this.#compileSeconds, this.#attempts, this.#queued, this.#running, this.#oldest, this.#slots,
      this.#workers, this.#reclaimed, this.#dead, this.#refusedResults, this.#results, this.#callbacks, this.#storeSeconds, this.#storeErrors, this.#requests, this.#requestSeconds,
      this.#rejected, this.#lostLines, this.#memory, this.#cpu, this.#started,
    ]);
  }

  #look({ stats, slots, workers }: ServiceState): void {
    for (const name of jobClasses) this.#queued.set({ class: name }, stats.queued[name]);
    this.#running.set({}, stats.running);
    this.#oldest.set({}, (stats.oldestMs ?? 0) / 1000);
    this.#slots.set({ state: "idle" }, slots.filter(({ job }) => job === null).length);
    this.#slots.set({ state: "busy" }, slots.filter(({ job }) => job !== null).length);
    this.#workers.set({}, workers.length);
    this.#reclaimed.set({}, stats.lostLeases);
    this.#dead.set({}, stats.dead);
    this.#refusedResults.set({}, stats.refusedResults);
    this.#results.set({}, stats.results);
  }
}
