/**
 * One compiler for one key: whoever comes while another compiles the same waits for that result, in this process and in others of the same state
 * directory. The lock is flock(2) on a file beside the unfinished entries, so it goes with its holder, and what a killed one leaves is swept with those.
 */
import { closeDescriptor, tryLock } from "../../kernel/files.ts";
import { tryLockFile, unlinkAndClose } from "../../state/lock-file.ts";
import type { CacheDirectory } from "./directory.ts";

/** Two looks are so far apart, at first and at most. */
const firstPauseMs = 1;
const longestPauseMs = 20;

/** How somebody waits who has other things to do meanwhile. */
export interface Patience {
  /** After so much time it is given up, and compiled without a lock. */
  readonly longestMs: number;
  pause(ms: number): Promise<unknown>;
  /** Whether the run is to be ended: then nothing is worth waiting for. */
  isStopping(): boolean;
}

/** Says whether another compiled the same meanwhile; if not, nobody else does until it is disposed of. */
export interface Turn extends Disposable {
  /** The end of another's compiler was waited for: look again for its result. If there is none, it failed, and would be waited for in vain. */
  readonly hasWaited: boolean;
}

/** @param directory is used until the turn is disposed of @throws IsolateError, SyscallError */
export async function takeTurn(directory: CacheDirectory, key: string, { longestMs, pause, isStopping }: Patience): Promise<Turn> {
  const name = `turn-${key}`;
  const attempt = tryLockFile(directory.unfinished, name, `${directory.path}/new/${name}`, true);
  if (attempt.kind === "missing") return { hasWaited: false, [Symbol.dispose]: () => {} };
  const { fd } = attempt;
  if (attempt.kind === "held") return { hasWaited: false, [Symbol.dispose]: () => unlinkAndClose(directory.unfinished, name, fd) };
  try {
    const untilMs = performance.now() + longestMs;
    // All who wait have the file of the same holder, and go on together: by then its name is gone.
    for (let pauseMs = firstPauseMs; !tryLock(fd, "shared") && performance.now() < untilMs && !isStopping(); pauseMs = Math.min(2 * pauseMs, longestPauseMs)) await pause(pauseMs);
  } finally {
    closeDescriptor(fd);
  }
  return { hasWaited: true, [Symbol.dispose]: () => {} };
}
