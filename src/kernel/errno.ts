/** Error numbers of the kernel as names and words, and the error that a failed system call throws. */
import { errno } from "./os-numbers.ts";

export { errno } from "./os-numbers.ts";

/** Numbers that the kernel keeps to itself (linux/errno.h), and that get out all the same. */
const inner: Readonly<Record<number, string>> = {
  // kernel/bpf/core.c: no room for the machine code of a filter.
  524: "ENOTSUPP (the memory of the machine for filters may be used up: see net.core.bpf_jit_limit)",
};

/** `13` to `EACCES (permission denied)`. */
export function describeErrno(number: number): string {
  // Not imported: node:util costs a millisecond, and only failures need it.
  const { getSystemErrorMap } = process.getBuiltinModule("node:util");
  const [name, text] = getSystemErrorMap().get(-number) ?? [];
  if (name !== undefined) return `${name} (${text})`;
  // The map has only what libuv knows: no ECHILD, no EDQUOT.
  return Object.entries(errno).find(([, known]) => known === number)?.[0] ?? inner[number] ?? `errno ${number}`;
}

/** A system call that failed: its name, the error number, and what it was applied to. */
export class SyscallError extends Error {
  override readonly name = "SyscallError";
  readonly call: string;
  readonly errno: number;
  readonly #object: string;

  constructor(call: string, number: number, object = "") {
    super();
    this.call = call;
    this.errno = number;
    this.#object = object;
  }

  // Worked out when it is asked for: most failures are expected, and the words for an error number cost a millisecond.
  override get message(): string {
    return `${this.call}${this.#object === "" ? "" : ` ${this.#object}`}: ${describeErrno(this.errno)}`;
  }
}

/** The error number in anything that was thrown by us or by node:fs, or null. */
export function errnoOf(error: unknown): number | null {
  if (error instanceof SyscallError) return error.errno;
  const number = (error as { errno?: unknown } | null)?.errno;
  return typeof number === "number" ? Math.abs(number) : null;
}

/** `EACCES (permission denied)` for anything that was thrown; its message when it has no error number. */
export function reasonOf(error: unknown): string {
  const number = errnoOf(error);
  if (number !== null) return describeErrno(number);
  return error instanceof Error ? error.message : String(error);
}
