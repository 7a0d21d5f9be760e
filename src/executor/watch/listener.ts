/** Whether filters can have a listener here; found out by trying, as nothing else tells. */
import { errno } from "../../kernel/errno.ts";
import type { Launch } from "../../model/observation.ts";
import { filterStep } from "../plan/process.ts";

let refused = false;

/** True until a launch was refused one: what refuses them, a kernel or a filter above us, does not go away. */
export function listenersWork(): boolean {
  return !refused;
}

/**
 * Whether a launch failed since no listener can be had: a process above us has one for a filter that we inherited (EBUSY, as below LXD),
 * or the kernel knows none (EINVAL: before Linux 5.0, gVisor). Remembered.
 */
export function listenerRefused(launch: Launch): boolean {
  const here = launch.kind === "failed" && launch.does === filterStep && (launch.errno === errno.EBUSY || launch.errno === errno.EINVAL);
  refused ||= here;
  return here;
}
