/**
 * The door to libc: the only file that imports bun:ffi. Almost everything goes through
 * syscall(2), so that a call by name in a launch plan and a call from code are the same thing.
 */
import { dlopen, FFIType, ptr, read, type Pointer } from "bun:ffi";
import { SyscallError } from "./errno.ts";
import { syscallNumbers, type SyscallName } from "./syscall-numbers.ts";

const int64 = FFIType.i64_fast;

/** musl's loader, too, knows this name, as one of its own (load_library in ldso/dynlink.c), whatever its file is called. */
export const libc = dlopen("libc.so.6", {
  syscall: { args: [int64, int64, int64, int64, int64, int64, int64], returns: int64 },
  __errno_location: { args: [], returns: "ptr" },
  bsearch: { args: [int64, int64, int64, int64, int64], returns: int64 },
  posix_spawn: { args: ["ptr", "ptr", "ptr", "ptr", "ptr", "ptr"], returns: "i32" },
  posix_spawn_file_actions_init: { args: ["ptr"], returns: "i32" },
  posix_spawn_file_actions_adddup2: { args: ["ptr", "i32", "i32"], returns: "i32" },
  posix_spawn_file_actions_destroy: { args: ["ptr"], returns: "i32" },
  posix_spawnattr_init: { args: ["ptr"], returns: "i32" },
  posix_spawnattr_setflags: { args: ["ptr", "i16"], returns: "i32" },
  posix_spawnattr_setsigdefault: { args: ["ptr", "ptr"], returns: "i32" },
  posix_spawnattr_setsigmask: { args: ["ptr", "ptr"], returns: "i32" },
} as const).symbols;

/** The address of posix_spawn(3), to be called by others than JavaScript. */
export const posixSpawnAddress = (libc.posix_spawn as unknown as { readonly ptr: number }).ptr;

/** Where libc keeps errno of this thread. */
const errnoAddress = libc.__errno_location() as Pointer;

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

/** A NULL-terminated vector of C strings; keep the whole object referenced while the kernel may read it. */
export function stringVector(strings: readonly string[]): { readonly pointers: BigUint64Array; readonly strings: readonly Uint8Array[] } {
  const bytes = strings.map(cString);
  const pointers = new BigUint64Array(strings.length + 1);
  bytes.forEach((text, index) => (pointers[index] = BigInt(addressOf(text))));
  return { pointers, strings: bytes };
}

/** An argument of a system call: a number, a C string, or memory passed by address. */
export type CallArgument = number | string | Memory;

/** Strings of the call that is being made: must stay referenced until it is over. */
const kept: Memory[] = [];

function word(argument: string | Memory): number {
  if (typeof argument !== "string") return addressOf(argument);
  const text = cString(argument);
  kept.push(text);
  return addressOf(text);
}

/**
 * One system call by name. Strings are passed as C strings, buffers by address.
 * @returns its result, or the negated error number
 */
export function tryCall(name: SyscallName, a: CallArgument = 0, b: CallArgument = 0, c: CallArgument = 0, d: CallArgument = 0, e: CallArgument = 0, f: CallArgument = 0): number {
  // i64_fast gives a bigint only beyond 2^53, which no call of ours returns.
  // Most arguments are numbers. A function that is called for each of them is called often enough to be compiled, which starts a thread.
  const result = Number(libc.syscall(
    syscallNumbers[name],
    typeof a === "number" ? a : word(a), typeof b === "number" ? b : word(b), typeof c === "number" ? c : word(c),
    typeof d === "number" ? d : word(d), typeof e === "number" ? e : word(e), typeof f === "number" ? f : word(f),
  ));
  const failed = result === -1 ? -read.i32(errnoAddress, 0) : result;
  kept.length = 0;
  return failed;
}

/**
 * Calls the function `void (*)(void *)` at an address. By way of bsearch(3), which hands its key to its comparison: with one element that is
 * one call, whatever the answer. A CFunction of bun:ffi would cost 0.04 ms to make.
 */
export function callAddress(address: number, argument: number): void {
  libc.bsearch(argument, argument, 1, 0, address);
}

/** As {@link tryCall}. @throws SyscallError when the kernel refuses; `object` says what it was about */
export function call(name: SyscallName, object: string, a: CallArgument = 0, b: CallArgument = 0, c: CallArgument = 0, d: CallArgument = 0, e: CallArgument = 0, f: CallArgument = 0): number {
  const result = tryCall(name, a, b, c, d, e, f);
  if (result < 0) throw new SyscallError(name, -result, object);
  return result;
}
