/** Ending by a signal, so that whoever waits for us sees that it was one. Loaded only then. */
import { RLIMIT } from "./constants.ts";
import { tryCall } from "./ffi.ts";
import { setDisposition } from "./process.ts";

/** Long enough for a signal that another thread takes. */
const patienceMs = 1000;

/**
 * Ends this process by a signal as if nobody had ever handled it, without a core file. A shell then ends its loop, and `$?` is 128 + signal.
 * The first process of a pid namespace cannot end so (pid_namespaces(7)): it ends with that code.
 */
export function dieBySignal(signal: number): never {
  tryCall("prlimit64", 0, RLIMIT.CORE, new BigUint64Array(2), 0);
  setDisposition(signal, "default");
  process.kill(process.pid, signal);
  if (process.pid !== 1) Bun.sleepSync(patienceMs);
  process.exit(128 + signal);
}
