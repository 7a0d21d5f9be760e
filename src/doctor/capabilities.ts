/** Capabilities of the caller (capabilities(7)). */
import type { Host } from "./host.ts";

/** @param bit number from include/uapi/linux/capability.h @returns null where /proc does not tell */
export function holdsCapability(host: Host, bit: number): boolean | null {
  const set = /^CapEff:\s*([0-9a-f]+)/m.exec(host.text("/proc/self/status") ?? "")?.[1];
  return set === undefined ? null : (BigInt(`0x${set}`) & (1n << BigInt(bit))) !== 0n;
}
