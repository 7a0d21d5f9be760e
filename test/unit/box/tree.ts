/** Directory trees of every kind that a program in a box can make. */
import { constants, openSync } from "node:fs";
import { AT_FDCWD, O } from "../../../src/kernel/constants.ts";
import { closeDescriptor, makeDirectoryAt, openAt } from "../../../src/kernel/files.ts";

/** Opens a directory for reading. */
export function openDirectory(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
}

/** Makes `levels` directories, each in the one before, with `fill` called for each; longer than any path may be. */
export function nest(path: string, levels: number, fill: (directory: number, level: number) => void = () => {}): void {
  let at = openAt(AT_FDCWD, path, O.RDONLY | O.DIRECTORY);
  for (let level = 0; level < levels; level++) {
    makeDirectoryAt(at, "d", 0o700);
    const next = openAt(at, "d", O.RDONLY | O.DIRECTORY);
    closeDescriptor(at);
    at = next;
    fill(at, level);
  }
  closeDescriptor(at);
}

/** Makes an empty file. */
export function touch(directory: number, name: string): void {
  closeDescriptor(openAt(directory, name, O.WRONLY | O.CREAT | O.EXCL, 0o600));
}
