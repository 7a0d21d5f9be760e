/** The place of a socket that an earlier service may have left behind. */
import { lstatSync, rmSync } from "node:fs";
import { errno, errnoOf } from "../../kernel/errno.ts";
import { closeDescriptor } from "../../kernel/files.ts";
import { connectUnix } from "../../kernel/socket.ts";
import { exitCodes, IsolateError } from "../../model/errors.ts";

/** Removes a socket that nobody listens at. @throws IsolateError of kind Io: somebody does, or it is no socket, which stays */
export function makeWay(path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isSocket()) throw new IsolateError("Io", `cannot listen at ${path}: a file that is no socket is there`, { exitCode: exitCodes.unavailable });
  if (answers(path)) throw new IsolateError("Io", `cannot listen at ${path}: EADDRINUSE (address already in use)`, { exitCode: exitCodes.unavailable, hint: "another program listens there: choose another path with --unix-socket" });
  rmSync(path, { force: true });
}

function answers(path: string): boolean {
  try {
    closeDescriptor(connectUnix(path));
    return true;
  } catch (error) {
    // One that is too busy is there all the same.
    return errnoOf(error) === errno.EAGAIN;
  }
}
