/**
 * A compiler that failed on a host whose disk is full or has become read-only. That is no verdict about the source. Many compilers remove what they could not
 * write in full, so there may be room again when they have ended; then their own words count, but only on a disk that has less room than
 * the compiler was allowed to use: otherwise a source could call for an InternalError by an #error.
 */
import { signals } from "../kernel/os-numbers.ts";
import { defaultConfig } from "../config/defaults.ts";
import { isClosed, roomAt } from "../kernel/mount.ts";
import type { StepResult } from "../model/result.ts";
import { describeBytes } from "../model/units.ts";

const { SIGBUS } = signals;

/** As ENOSPC and EDQUOT are said by C libraries, Go, Rust, Java and Node; and a linker that writes by memory, where there is no room. */
const complaints = /no space left on device|disk quota exceeded|ENOSPC|EDQUOT|signal 7 \[Bus error\]/i;

/**
 * @param step that failed
 * @param directory on the file system that it wrote to; what it left is still there
 * @param mostBytes what it was allowed to write; null: anything
 * @returns what to say instead of its verdict; null: the verdict stands
 */
export function diskFault(step: StepResult, directory: string, mostBytes: number | null): Pick<StepResult, "status" | "error_message"> | null {
  // A limit of its own that was reached is its own affair.
  if (step.status !== "RuntimeError" && step.status !== "Signaled") return null;
  const room = roomAt(directory);
  if (room === null) return null;
  const complained = step.signal === SIGBUS || complaints.test(step.stderr) || complaints.test(step.stdout);
  const isShort = room.bytes < (mostBytes ?? defaultConfig.disk_limit!) || room.files < 1024;
  if (!isClosed(room) && !(complained && isShort)) return null;
  const advice = room.readOnly ? "mount it for writing; the kernel log (dmesg) may say why it is not" : "make room, or remove boxes that are no longer needed (mini-isolate list, mini-isolate cleanup)";
  const left = room.readOnly ? "it is read-only" : `${describeBytes(room.bytes)[0]} and ${room.files === Infinity ? "any number of" : room.files} files are left`;
  return {
    status: "InternalError",
    error_message: `cannot compile: the compiler found no room on the disk of ${directory} (${left}): ${advice}`,
  };
}
