/** One talk in a slot. */
import { messageOf } from "../../model/errors.ts";
import type { Job } from "../job.ts";
import type { JobResult } from "../outcome.ts";
import type { SlotResult } from "./slot-protocol.ts";
import type { Slot } from "./slot.ts";
import { TalkInputs } from "./talk-inputs.ts";
import type { WaitingTalk } from "./waiting-talks.ts";

/** Until it is over. Never throws: its caller is told. */
export async function runTalk(slot: Slot, { job, ears, signal, begun, failed }: WaitingTalk, worker: string, ended: (job: Job, result: JobResult) => void): Promise<void> {
  const startedAt = Date.now();
  const input = new TalkInputs(slot);
  const abort = () => slot.send({ kind: "cancel" });
  signal.addEventListener("abort", abort);
  try {
    const performed = slot.perform(job, { isWatched: true, isTalk: true }, { event: (event) => ears.event(event), taken: (_stream, bytes) => input.taken(bytes) });
    if (signal.aborted) abort();
    const result = performed.catch(lost).then((one): JobResult => ({ ...one, startedAt, endedAt: Date.now(), attempt: 1, worker }));
    begun({
      write: (stream, bytes) => input.write(stream, bytes),
      drained: () => input.drained(),
      signal: (name) => slot.send({ kind: "signal", name }),
      resize: (stream, rows, columns) => slot.send({ kind: "resize", stream, rows, columns }),
      result,
    });
    ended(job, await result);
  } catch (error) {
    failed(error);
  } finally {
    signal.removeEventListener("abort", abort);
    input.end();
  }
}

function lost(error: unknown): SlotResult {
  return { outcome: "failed", problem: messageOf(error), status: "InternalError", compile: null, tests: [], commands: [] };
}
