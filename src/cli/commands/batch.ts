/** `batch`: many requests, a JSON object a line on standard input, and a result a line on standard output. */
import { wasClosedByCaller } from "../../kernel/files.ts";
import { signals } from "../../kernel/os-numbers.ts";
import { bySignal } from "../../model/ending.ts";
import { configError, exitCodes } from "../../model/errors.ts";
import { anyCore, parseProcessors } from "../../model/processors.ts";
import { physicalCores } from "../../state/cores.ts";
import { bytesPerMebibyte } from "../../model/units.ts";
import type { Arguments } from "../args.ts";
import { defaultsOf } from "../batch/defaults.ts";
import { runBatch, type BatchEnd } from "../batch/run-batch.ts";
import { LocalSlot } from "../batch/local-slot.ts";
import type { Slot, SlotSurroundings } from "../batch/slot.ts";
import { workerArguments } from "../batch/worker-arguments.ts";
import { WorkerSlot } from "../batch/worker-slot.ts";
import { reportError } from "../report.ts";
import { warnOf } from "../warn.ts";
import { writeDiagnostic } from "../write.ts";

const usualLineMebibytes = 8;

/** @returns the exit code: 0 when every line got a result, whatever its status */
export async function batch({ flags }: Arguments<"batch">): Promise<number> {
  requireStreams();
  const defaults = defaultsOf(flags);
  const processors = slotsOf(flags.jobs ?? null, flags.cpus ?? null);
  const slots = processors.map((cpus) => (surroundings: SlotSurroundings): Slot =>
    processors.length === 1 ? new LocalSlot(defaults, cpus, surroundings) : new WorkerSlot(workerArguments(process.argv.slice(2), cpus), surroundings));
  const end = await runBatch({
    slots,
    ordered: flags.ordered,
    mostLineBytes: flags["max-line"] ?? usualLineMebibytes * bytesPerMebibyte,
    showsProgress: !flags.silent,
  });
  await warnOf(end.warnings);
  return exitCodeOf(end, flags.silent);
}

/** Requests from nowhere, or results that nobody gets. @throws IsolateError of kind Config */
function requireStreams(): void {
  for (const [fd, stream, advice] of [[0, "standard input", "give it the requests, or /dev/null"], [1, "standard output", "send the results to a file, a pipe or /dev/null"]] as const) {
    if (wasClosedByCaller(fd)) throw configError(`cannot run a batch: ${stream} is closed`, advice);
  }
}

/**
 * What each slot is pinned to; null: nothing.
 * @throws IsolateError of kind Config when two would share a processor
 */
export function slotsOf(jobs: number | null, cpus: string | null): readonly (string | null)[] {
  if (cpus === null || cpus === anyCore) return Array.from({ length: jobs ?? Math.max(1, physicalCores().length) }, () => cpus);
  const processors = parseProcessors(cpus);
  const count = jobs ?? processors.length;
  if (count > processors.length) throw configError(`cannot pin ${count} runs to ${processors.length === 1 ? "1 processor" : `${processors.length} processors`}: each has one of its own`, `name more processors, or use --jobs ${processors.length}`);
  return processors.slice(0, count).map(String);
}

function exitCodeOf({ exitCode, lines, stopped, fault }: BatchEnd, silent: boolean): number {
  if (fault !== null) return reportError(fault);
  // Whoever reads no further wants to hear no more.
  if (stopped === "nobody reads") return bySignal(signals.SIGPIPE);
  if (stopped !== null) {
    if (!silent) writeDiagnostic(`mini-isolate: stopped because mini-isolate received ${stopped}, after ${lines} ${lines === 1 ? "line" : "lines"}\n`);
    return stopped === "fault" ? exitCodes.internalError : bySignal(signals[stopped]);
  }
  return exitCode;
}
