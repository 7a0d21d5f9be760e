/** Symbolic links by descriptor. */
import { call } from "./ffi.ts";

/** symlinkat(2). @param target where it leads @throws SyscallError */
export function makeLinkAt(directory: number, name: string, target: string): void {
  call("symlinkat", name, target, directory, name);
}
