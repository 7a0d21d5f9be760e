/** Where the program's standard input comes from: `--input`, our own, or nothing. */
import { fstatSync, openSync } from "../kernel/fs.ts";
import { O } from "../kernel/constants.ts";
import { configError } from "../model/errors.ts";
import { namedFault } from "../model/host-fault.ts";
import type { Stdin } from "../model/request.ts";
import { isTerminal, setBlocking } from "../kernel/files.ts";

const standardInput = 0;

/**
 * Opens `--input`; without it our own standard input is handed on when it is open and not a terminal (a program that waits
 * for a terminal that nobody types at would use up its wall time). The descriptor lives as long as we do.
 * @throws IsolateError of kind Config when the file cannot be read
 */
export async function openStdin(input: string | undefined): Promise<Stdin> {
  if (input !== undefined) return { kind: "descriptor", fd: openInput(input, `--input ${input}`) };
  const usable = isOpen(standardInput) && !isTerminal(standardInput);
  return usable ? { kind: "descriptor", fd: standardInput } : { kind: "empty" };
}

/** @param what the file as the caller named it, for messages @throws IsolateError of kind Config when it cannot be read */
export function openInput(path: string, what: string): number {
  try {
    // A FIFO without a writer must not hold us up: it is the program that waits for one, with a clock running.
    const fd = openSync(path, O.RDONLY | O.NONBLOCK | O.NOCTTY);
    setBlocking(fd);
    if (!fstatSync(fd).isDirectory()) return fd;
  } catch (error) {
    throw namedFault(`read ${what}`, error);
  }
  throw configError(`cannot read ${what}: it is a directory`);
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
