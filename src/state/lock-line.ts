/**
 * The line of those who wait for a box (`--wait`): first come, first served.
 *
 * flock(2) alone is not enough. Whoever lets a lock go and asks for it again at once gets it before the first of those who wait has
 * woken up. So there are two stages: a line at the lock file (kernel/line.ts), and only its head waits for the lock itself. Who comes again
 * finds the head in front, and goes to the end. The kernel keeps both stages; nothing of them is in the file system, so one who
 * dies leaves nothing behind and holds nobody up.
 */
import { signals } from "../kernel/os-numbers.ts";
import { IsolateError } from "../model/errors.ts";
import { SignalInbox, stoppingSignals } from "../executor/watch/signals.ts";
import { lockAndWait, tryLock } from "../kernel/files.ts";
import { leaveLine, standInLine, stepToEmptyLine } from "../kernel/line.ts";
import { letInterrupt } from "../kernel/process.ts";

/**
 * Takes the lock of an opened lock file when our turn comes; blocks the thread, without using the processor.
 * @param beforeWaiting called when somebody has the box or waits for it; what it throws ends the attempt
 * @returns true @throws SyscallError
 */
export function takeInTurn(fd: number, beforeWaiting: () => void): true {
  const place = stepToEmptyLine(fd);
  if (place === false || !tryLock(fd)) {
    beforeWaiting();
    waitStoppably((onSignal) => {
      if (place === false) standInLine(fd, onSignal);
      lockAndWait(fd, onSignal);
    });
  }
  leaveLine(fd);
  return true;
}

/**
 * A signal without a handler ends us while we wait, with nothing to clean up. Only to pid 1 of a pid namespace, as
 * in a container, the kernel gives no such signal; there a handler is needed, and none of JavaScript's can run while we wait.
 * @throws IsolateError of kind LockBusy when a signal has asked us to end
 */
function waitStoppably(wait: (onSignal: () => void) => void): void {
  if (process.pid !== 1) return wait(() => {});
  const inbox = new SignalInbox(stoppingSignals);
  try {
    for (const name of stoppingSignals) letInterrupt(signals[name]);
    wait(() => {
      throw new IsolateError("LockBusy", "stopped by a signal while waiting for the box");
    });
  } finally {
    inbox.close();
  }
}
