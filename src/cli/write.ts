/** Blocking writes to a descriptor of ours, without process.stdout and process.stderr (their first touch costs 8 ms). */
import { errno, errnoOf } from "../kernel/errno.ts";
import { servedNow } from "../keeper/served.ts";

/** One write(2), as writeSync of node:fs. @throws an error with an error number */
export type WriteOnce = (fd: number, bytes: Uint8Array, offset: number, length: number) => number;

/** For diagnostics, which must get out also where libc cannot be called. Loading it costs a millisecond, which results do not pay. */
const writeOfNode: WriteOnce = (fd, bytes, offset, length) => process.getBuiltinModule("node:fs").writeSync(fd, bytes, offset, length);

const longestPauseMs = 20;

/** What can be written: text, bytes, or text in parts, which is never put together as a whole. */
export type Writable = string | Uint8Array | Iterable<string>;

/** Parts are gathered up to this many characters, so that small ones do not cost a call each. */
const gatheredCharacters = 64 * 1024;

/**
 * Writes everything, whatever the descriptor is: a short write goes on, a full non-blocking pipe is waited for.
 * @param write for results: writeSync of kernel/fs.ts
 * @throws what `write` throws (EPIPE when nobody reads any more, ENOSPC, ...)
 */
export function writeAll(fd: number, data: Writable, write: WriteOnce = writeOfNode): void {
  if (data instanceof Uint8Array) return writeBytes(fd, data, write);
  if (typeof data === "string") return writeBytes(fd, Buffer.from(data), write);
  let gathered = "";
  for (const part of data) {
    gathered += part;
    if (gathered.length < gatheredCharacters) continue;
    writeBytes(fd, Buffer.from(gathered), write);
    gathered = "";
  }
  writeBytes(fd, Buffer.from(gathered), write);
}

function writeBytes(fd: number, bytes: Uint8Array, write: WriteOnce): void {
  const served = fd === 1 || fd === 2 ? servedNow() : null;
  if (served !== null) return served.write(fd, bytes);
  let pauseMs = 1;
  for (let done = 0; done < bytes.length; ) {
    try {
      done += write(fd, bytes, done, bytes.length - done);
      pauseMs = 1;
    } catch (error) {
      const number = errnoOf(error);
      if (number === errno.EINTR) continue;
      if (number !== errno.EAGAIN) throw error;
      // Somebody made the pipe that we share with them non-blocking.
      Bun.sleepSync(pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }
}

/** Writes to standard error; when nobody listens there is nobody to tell, so a failure is dropped. */
export function writeDiagnostic(text: Writable): void {
  try {
    writeAll(2, text);
  } catch {
    // Losing a diagnostic must not change the outcome.
  }
}

/**
 * Text that a terminal cannot be steered with: control characters other than line feed and tab become `\x1b`
 * or `\u009b`. Names and messages may come from a hostile program.
 */
export function escapeControls(text: string): string {
  return text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x80 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
