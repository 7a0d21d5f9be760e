/** Names for the forbidden calls of 32-bit programs, where these are allowed: their numbers then mean something. */
import { callsOf32Bit } from "../../seccomp/abi32.ts";
import type { ForbiddenCall } from "../../model/observation.ts";

const numbered = /^number ([0-9]+) of the 32-bit ABI$/;

export function named32Bit(call: ForbiddenCall): ForbiddenCall {
  const number = Number(numbered.exec(call.name ?? "")?.[1] ?? -1);
  const known = [...callsOf32Bit()].find(([, value]) => value === number);
  return known === undefined ? call : { ...call, name: known[0] };
}
