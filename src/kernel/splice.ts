/** Moving what is in one pipe to another descriptor without copying it (splice(2)). */
import { tryCall } from "./ffi.ts";

const SPLICE_F_MOVE = 1;
const SPLICE_F_NONBLOCK = 2;

/**
 * One splice(2) that never waits for a pipe; one of the two has to be one.
 * @returns bytes moved, 0 at the end, or the negated errno (-EAGAIN: nothing there, or no room)
 */
export function spliceSome(from: number, to: number, mostBytes: number): number {
  return tryCall("splice", from, 0, to, 0, mostBytes, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}
