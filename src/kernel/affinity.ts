/** Which processors a thread may use (sched_setaffinity(2)). */
import { tryCall } from "./ffi.ts";

/** Room for the 8192 processors that a kernel can be built for; the kernel refuses to answer in less than it was built for. */
const maskBytes = 1024;

/** The mask of these processors, in whole words. */
export function affinityMask(processors: readonly number[]): Uint8Array {
  const mask = new Uint8Array(8 * (1 + Math.floor(Math.max(0, ...processors) / 64)));
  for (const number of processors) mask[number >> 3]! |= 1 << (number & 7);
  return mask;
}

/** The processors that this thread may use, in ascending order: those of its own mask that its cpuset has. None when the kernel does not say. */
export function ownProcessors(): number[] {
  const mask = new Uint8Array(maskBytes);
  const bytes = tryCall("sched_getaffinity", 0, maskBytes, mask);
  const own: number[] = [];
  for (let number = 0; number < bytes * 8; number++) if ((mask[number >> 3]! & (1 << (number & 7))) !== 0) own.push(number);
  return own;
}
