/** The descriptors by which the runtime's event loop is woken. */
import { readdirSync, readlinkSync } from "node:fs";

/**
 * The loop's own epoll(7) descriptor, which can be read as soon as the loop has something to do: a handler of a signal that came in any
 * thread, a message, a stream. Others that our caller left us may be among them. None without a /proc to say it.
 */
export function eventLoopDescriptors(): number[] {
  let names: string[];
  try {
    names = readdirSync("/proc/self/fd");
  } catch {
    return [];
  }
  return names.filter(isLoop).map(Number);
}

function isLoop(name: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${name}`) === "anon_inode:[eventpoll]";
  } catch {
    // The one that the directory was read with.
    return false;
  }
}
