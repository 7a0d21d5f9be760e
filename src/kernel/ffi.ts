/**
 * The door to libc: the only file that imports bun:ffi. Almost everything goes through
 * syscall(2), so that a call by name in a launch plan and a call from code are the same thing.
 */
import { dlopen, FFIType, ptr, read } from "bun:ffi";
import { SyscallError } from "./errno.ts";
import { syscallNumbers, type SyscallName } from "./syscall-numbers.ts";

const word = FFIType.i64_fast;

function openLibc() {
  const symbols = {
    syscall: { args: [word, word, word, word, word, word, word], returns: word },
    __errno_location: { args: [], returns: "ptr" },
    posix_spawn: { args: ["ptr", "ptr", "ptr", "ptr", "ptr", "ptr"], returns: "i32" },
    posix_spawn_file_actions_init: { args: ["ptr"], returns: "i32" },
    posix_spawn_file_actions_adddup2: { args: ["ptr", "i32", "i32"], returns: "i32" },
    posix_spawn_file_actions_destroy: { args: ["ptr"], returns: "i32" },
    posix_spawnattr_init: { args: ["ptr"], returns: "i32" },
    posix_spawnattr_setflags: { args: ["ptr", "i16"], returns: "i32" },
    posix_spawnattr_setsigdefault: { args: ["ptr", "ptr"], returns: "i32" },
    posix_spawnattr_setsigmask: { args: ["ptr", "ptr"], returns: "i32" },
  } as const;
  try {
    return dlopen("libc.so.6", symbols).symbols;
  } catch {
    // musl hosts have no libc.so.6.
    return dlopen(process.arch === "arm64" ? "libc.musl-aarch64.so.1" : "libc.musl-x86_64.so.1", symbols).symbols;
  }
}

export const libc = openLibc();

/** Where libc keeps errno of this thread. */
const errnoAddress = libc.__errno_location() as Parameters<typeof read.i32>[0];

/** Memory whose address is given to the kernel; must stay referenced while the call runs. */
export type Memory = Uint8Array | Int32Array | BigInt64Array | BigUint64Array;

/** The address of a buffer, as an argument of {@link call}. */
export function addressOf(memory: Memory): number {
  return Number(ptr(memory));
}

/** A C string: UTF-8 with a closing NUL. */
export function cString(text: string): Uint8Array {
  return Buffer.from(`${text}\0`);
}

/**
 * One system call by name. Strings are passed as C strings, buffers by address.
 * @returns its result, or the negated error number
 */
export function tryCall(name: SyscallName, ...args: readonly (number | string | Memory)[]): number {
  // The strings must stay referenced until the call is over, hence the array.
  const kept: Memory[] = [];
  const words = args.map((arg) => {
    if (typeof arg === "number") return arg;
    const memory = typeof arg === "string" ? cString(arg) : arg;
    kept.push(memory);
    return addressOf(memory);
  });
  // i64_fast gives a bigint only beyond 2^53, which no call of ours returns.
  const result = Number(libc.syscall(syscallNumbers[name], words[0] ?? 0, words[1] ?? 0, words[2] ?? 0, words[3] ?? 0, words[4] ?? 0, words[5] ?? 0));
  return result === -1 && kept.length >= 0 ? -read.i32(errnoAddress, 0) : result;
}

/** As {@link tryCall}. @throws SyscallError when the kernel refuses; `object` says what it was about */
export function call(name: SyscallName, object: string, ...args: readonly (number | string | Memory)[]): number {
  const result = tryCall(name, ...args);
  if (result < 0) throw new SyscallError(name, -result, object);
  return result;
}
