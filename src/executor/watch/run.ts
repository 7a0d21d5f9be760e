/**
 * One run, from the plan to the observation.
 *
 * Three processes take part. The supervisor (this one) owns the group, the clocks and the verdict, and is the only one
 * that waits and kills. Init is pid 1 of the box's pid namespace: killing it ends everything in the box at once, and the kernel kills it
 * when we die. The launcher is pid 2; it performs the plan and becomes the program, so the wait status that we get is the program's own.
 * The status channel tells the moment of the execve and brings the listener for forbidden calls; the leash tells init that we are here.
 */
import { signals } from "../../kernel/os-numbers.ts";
import { ownProcessors } from "../../kernel/affinity.ts";
import { closeDescriptor } from "../../kernel/files.ts";
import { killProcess, reap, type ChildEnd } from "../../kernel/process.ts";
import { monotonicMs, processCpuTimeMs } from "../../kernel/clock.ts";
import { beginRun, birthplaceOf } from "./begin.ts";
import { CallWatch, describeForbidden } from "./forbidden.ts";
import { factsOf, Told } from "./facts.ts";
import { Grace } from "./grace.ts";
import type { InputPipe } from "./input.ts";
import type { Relay } from "./relay.ts";
import type { RunJob } from "./job.ts";
import { launchDeadlineMs, whyNotStarted } from "./launch-deadline.ts";
import { Meter } from "./meter.ts";
import type { KillReason, Launch, MeterReading, RunFacts } from "../../model/observation.ts";
import { type Before, endProcesses, reapStrangers, RunFamily, whoIsThere } from "./orphans.ts";
import { Outputs } from "./outputs.ts";
import { readStat } from "./process-stat.ts";
import { SignalInbox, forwardedOnly, stoppingSignals } from "./signals.ts";
import { closeRun, type RunProcesses } from "./spawn.ts";
import { BlockingWaiter } from "./waiter.ts";
import type { SignalSource, Waiter } from "../../model/waiting.ts";
import { watch, type WatchdogDecision } from "./watchdog.ts";

/** How long the kernel may take to end every process of a box after the kill. */
const endDeadlineMs = 30_000;
/** How long init may take to end before we look for children that keep it. */
const siblingsPauseMs = 4;

/** Runs to the end. Nothing of the box lives when it returns. @throws SyscallError when nothing could be started */
export async function runProgram(job: RunJob): Promise<RunFacts> {
  const outputs = new Outputs(job);
  // Loaded here only: most runs have a file or a pipe of the caller.
  const input = job.stdin.byPipe ? new (await import("./input.ts")).InputPipe(job.stdin.fd) : null;
  const inbox = job.signals ?? (job.blocking ? new SignalInbox([...stoppingSignals, ...(job.passthrough ? forwardedOnly : [])]) : null);
  const waiter = job.waiter ?? (job.blocking ? new BlockingWaiter() : new (await import("./worker-waiter.ts")).WorkerWaiter());
  const before = job.beginning !== "ours" ? null : whoIsThere(job.blocking);
  let processes: RunProcesses;
  try {
    processes = beginRun(job, [input?.readEnd ?? job.stdin.fd, ...outputs.given]);
  } catch (error) {
    inbox?.close();
    waiter.close();
    input?.close();
    outputs.close();
    throw error;
  } finally {
    if (input !== null) closeDescriptor(input.readEnd);
    outputs.closeGiven();
  }
  // Loaded here only: hardly any run has a terminal.
  const relay = (job.terminal ?? job.ownTerminal ?? null) === null ? null : (await import("./relay.ts")).relayFor(job, processes.status);
  const run = new Supervision(job, processes, relay ?? input, outputs, inbox, waiter, before);
  try {
    return await run.supervise();
  } catch (error) {
    // Nobody watches any more, so nobody may run any more.
    endProcesses([processes.program.pid, ...(processes.init === null ? [] : [processes.init.pid])]);
    throw error;
  } finally {
    run.close();
  }
}

class Supervision {
  readonly #family: RunFamily;
  readonly #job: RunJob;
  readonly #told: Told;
  readonly #processes: RunProcesses;
  readonly #input: InputPipe | Relay | null;
  readonly #outputs: Outputs;
  readonly #inbox: SignalSource | null;
  readonly #waiter: Waiter;
  readonly #meter: Meter;
  readonly #calls: CallWatch;
  readonly #processors: number;
  readonly #spawnedAt = monotonicMs();
  #launch: Launch | null = null;
  #startedAt = 0;
  #endedAt = 0;
  #program: ChildEnd | null = null;
  #killReason: KillReason | null = null;
  #interruptedBy: string | null = null;
  #fault: string | null = null;
  #orphansCpuTimeMs = 0;

  constructor(
    job: RunJob, processes: RunProcesses, input: InputPipe | Relay | null, outputs: Outputs, inbox: SignalSource | null, waiter: Waiter, before: Before | null,
  ) {
    this.#job = job;
    this.#told = new Told(job);
    this.#processes = processes;
    this.#input = input;
    this.#outputs = outputs;
    this.#inbox = inbox;
    this.#waiter = waiter;
    this.#calls = new CallWatch(processes.status, processes.program.pid, job.waitingWrites ? (link) => outputs.isPipe(link) : null);
    this.#family = new RunFamily(processes.program.pid, processes.init?.pid ?? null, before, job.user);
    const roots = processes.init === null ? [processes.program.pid] : [processes.program.pid, processes.init.pid];
    this.#meter = new Meter(job.group, roots, this.#family.adopted, job.plan, job.stdin.fd);
    this.#processors = Math.max(1, Math.min(ownProcessors().length, job.limits.processes ?? Infinity));
  }

  async supervise(): Promise<RunFacts> {
    await this.#untilStarted();
    if (this.#launch?.kind === "started") {
      this.#told.started(() => this.#family.box(this.#processes.program.pidfd));
      await this.#untilEnded();
      if (this.#killReason === null) await this.#untilQuiet();
      // The main process may have ended while another one waits in its call.
      if (this.#killReason === null) this.#takeForbiddenCall(null);
    }
    await this.#endEverything();
    return this.#observe();
  }

  /** Time zero is what the launcher read from the clock just before its execve. */
  async #untilStarted(): Promise<void> {
    const { status, program } = this.#processes;
    while (this.#launch === null) {
      await this.#waiter.wait([status.descriptor], Math.min(1000, Math.max(1, this.#spawnedAt + launchDeadlineMs(this.#job) - monotonicMs())));
      this.#launch = status.read();
      this.#startedAt = status.startedAt() ?? monotonicMs();
      this.#takeSignals();
      if (this.#launch !== null) break;
      if (this.#killReason !== null) this.#launch = { kind: "lost", reason: `stopped because mini-isolate received ${this.#interruptedBy}` };
      else if (this.#startedAt - this.#spawnedAt > launchDeadlineMs(this.#job)) this.#launch = { kind: "lost", reason: whyNotStarted(this.#job) };
    }
    // What the launcher used before the program began stands in the group's account when it was born there.
    this.#meter.begin(birthplaceOf(this.#job) === null ? 0 : (status.launcherUsage()?.cpuTimeMs ?? 0));
    if (this.#launch.kind !== "started") killProcess(program.pid, signals.SIGKILL);
  }

  async #untilEnded(): Promise<void> {
    const { program } = this.#processes;
    // On the clock of the engine, which is cheaper to read.
    let lookAtMs = 0;
    for (;;) {
      const wakeAtMs = Math.min(lookAtMs, this.#outputs.dueMs, this.#calls.dueMs, this.#input?.dueMs ?? Infinity);
      const readable = [program.pidfd, ...this.#calls.pollable, ...this.#outputs.pollable, ...(this.#input?.readable ?? [])];
      const alarms = this.#job.group?.alarms ?? [];
      const ready = await this.#waiter.wait(readable, Math.max(0, wakeAtMs - performance.now()), this.#input?.writable, alarms);
      // The call before the clocks: when it waited for us while we were stopped, it is why the time ran out.
      if ((ready.includes(program.pidfd) && this.#reapProgram()) || this.#takeForbiddenCall(ready)) return;
      this.#input?.pump(ready);
      const outputOverflowed = this.#outputs.pump(ready);
      this.#takeSignals();
      // The counters are read when they can say something new, not for every piece of output.
      if (performance.now() < lookAtMs && !outputOverflowed && this.#killReason === null && !alarms.some((fd) => ready.includes(fd))) continue;
      const decision = this.#decide(this.#meter.read(), outputOverflowed, monotonicMs());
      // Once more: we may have been stopped for long between the wait and this line.
      if (decision.kill !== null && this.#takeForbiddenCall(null)) return;
      this.#killReason ??= decision.kill;
      if (this.#killReason !== null) return this.#told.killed(this.#killReason);
      lookAtMs = performance.now() + decision.lookAgainMs;
    }
  }

  /** The main process has ended. Nothing is waited for when it was the last one that had the pipes, as it mostly is. */
  async #untilQuiet(): Promise<void> {
    this.#outputs.look();
    if (!this.#outputs.areOpen) return;
    const { wallTimeMs } = this.#job.limits;
    const grace = new Grace(performance.now(), wallTimeMs === null ? Infinity : wallTimeMs - (monotonicMs() - this.#startedAt), this.#meter.read().cpuTimeMs);
    this.#job.trace?.("the main process has ended, and another has its output open");
    while (this.#outputs.areOpen) {
      const nowMs = performance.now();
      const waitMs = Math.min(grace.endsMs, this.#outputs.dueMs, this.#calls.dueMs, nowMs + this.#meter.longestPauseMs) - nowMs;
      const ready = await this.#waiter.wait([...this.#calls.pollable, ...this.#outputs.pollable], Math.max(0, waitMs), undefined, this.#job.group?.alarms);
      // There is a result already: a signal that tells us to stop ends the waiting and nothing else.
      if (this.#takeForbiddenCall(ready) || (this.#inbox?.take() ?? []).length > 0) return;
      const { keptBytes } = this.#outputs;
      const outputOverflowed = this.#outputs.pump(ready);
      const reading = this.#meter.read();
      const { kill } = this.#decide(reading, outputOverflowed, this.#endedAt);
      if (kill !== null && !this.#takeForbiddenCall(null)) this.#killReason = kill;
      if (kill !== null) return;
      if (this.#outputs.keptBytes > keptBytes) grace.wrote(performance.now(), reading.cpuTimeMs);
      else if (grace.isOver(performance.now(), reading.cpuTimeMs, () => this.#family.isBusy())) return;
    }
  }

  /** @param nowMs on the monotonic clock; after the end of the main process, its end */
  #decide({ cpuTimeMs, memoryPeakBytes }: MeterReading, outputOverflowed: boolean, nowMs: number): WatchdogDecision {
    const input = {
      wallTimeMs: nowMs - this.#startedAt,
      cpuTimeMs,
      memoryPeakBytes: this.#meter.samplesMemory ? (memoryPeakBytes ?? 0) : 0,
      oomKills: this.#meter.isResting ? 0 : this.#meter.oomKills(),
      outputOverflowed,
    };
    return watch(input, this.#job.limits, this.#processors, this.#meter.longestPauseMs);
  }

  /** While another process of the box traces it, it has ended and cannot be reaped; that one ends with the box. */
  #reapProgram(): boolean {
    if (this.#program !== null) return true;
    this.#program = reap(this.#processes.program.pid);
    if (this.#program === null && readStat(this.#processes.program.pid)?.zombie !== true) return false;
    if (this.#endedAt !== 0) return true;
    this.#endedAt = monotonicMs();
    this.#told.ended(this.#program);
    return true;
  }

  /** @param ready null: look in any case @returns whether a forbidden call was made, which is the end of the box */
  #takeForbiddenCall(ready: readonly number[] | null): boolean {
    const seen = ready === null || this.#calls.pollable.some((fd) => ready.includes(fd)) ? this.#calls.take() : null;
    if (seen === null) return false;
    this.#killReason = "forbidden";
    this.#told.killed("forbidden", describeForbidden(seen));
    return true;
  }

  #takeSignals(): void {
    if (process.pid === 1) reapStrangers();
    for (const name of this.#inbox?.take() ?? []) {
      if (name === "SIGWINCH" && this.#input !== null && "resize" in this.#input) this.#input.resize();
      else if (this.#inbox?.delivers === true ? this.#inbox.isStopping !== true : this.#job.passthrough && name !== "SIGKILL") killProcess(this.#processes.program.pid, signals[name]);
      else {
        this.#interruptedBy ??= name;
        this.#killReason ??= "interrupted";
      }
    }
  }

  /** Ends every process of the box and waits until the kernel has done it. */
  async #endEverything(): Promise<void> {
    const { init, program } = this.#processes;
    const deadline = monotonicMs() + endDeadlineMs;
    const initCpuTimeMs = init === null ? 0 : (processCpuTimeMs(init.pid) ?? 0);
    // First the group, all of it at once; init's end then has nobody left to kill.
    this.#job.group?.kill();
    if (init !== null) killProcess(init.pid, signals.SIGKILL);
    let initEnd: ChildEnd | null = null;
    for (let turn = 0; ; turn++) {
      const programEnded = this.#reapProgram();
      // Init ends only when everybody else in its namespace has been reaped, and the program is for us to reap.
      if (init !== null && programEnded) initEnd ??= reap(init.pid);
      if (init !== null && initEnd !== null) break;
      if (init === null && this.#endOthers(programEnded)) break;
      if (monotonicMs() > deadline) {
        this.#fault = `the processes of the box did not end within ${endDeadlineMs / 1000} s`;
        break;
      }
      const awaited = !programEnded ? [program.pidfd] : init === null ? [] : [init.pidfd];
      const ready = await this.#waiter.wait(awaited, Math.min(siblingsPauseMs * 2 ** turn, 100));
      // Late: then it waits for children that the program gave to us.
      if (init !== null && ready.length === 0) this.#orphansCpuTimeMs += this.#family.reapAdopted();
    }
    // What init and the kernel's sweep at its end reaped stands in init's account.
    if (initEnd !== null) this.#orphansCpuTimeMs += Math.max(0, initEnd.usage.cpuTimeMs - initCpuTimeMs);
    this.#job.trace?.("all processes of the box are gone");
    this.#outputs.drain();
    if (this.#input !== null && "finish" in this.#input) this.#input.finish();
  }

  /** Without a pid namespace. @returns whether nobody is left */
  #endOthers(programEnded: boolean): boolean {
    const { left, cpuTimeMs } = this.#family.endAll(programEnded);
    this.#orphansCpuTimeMs += cpuTimeMs;
    return this.#program !== null && !left;
  }

  #observe(): RunFacts {
    return factsOf({
      launch: this.#launch!,
      program: this.#program,
      launcher: this.#processes.status.launcherUsage(),
      killReason: this.#killReason,
      forbidden: this.#calls.seen,
      interruptedBy: this.#interruptedBy,
      meter: this.#meter,
      orphansCpuTimeMs: this.#orphansCpuTimeMs,
      wallTimeMs: this.#endedAt - this.#startedAt,
      ...this.#outputs.captured(),
      fault: this.#fault ?? this.#outputs.fault,
    });
  }

  close(): void {
    this.#family.close();
    this.#meter.close();
    // The relay first: its terminal goes with the status channel.
    this.#input?.close();
    closeRun(this.#processes);
    this.#outputs.close();
    this.#inbox?.close();
    this.#waiter.close();
  }
}
