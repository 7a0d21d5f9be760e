/** `client install`: writes the program that hands its commands to a keeper. */
import { fchmodSync, fsyncSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { AT_FDCWD, O } from "../../kernel/constants.ts";
import { reasonOf } from "../../kernel/errno.ts";
import { closeDescriptor, openAt, renameAt, tryUnlinkAt, writeFully } from "../../kernel/files.ts";
import { isolateCommand } from "../../keeper/as-isolate.ts";
import { clientImage } from "../../keeper/client-image.ts";
import { checkSocketPath } from "../../keeper/listen.ts";
import { configError, exitCodes, IsolateError } from "../../model/errors.ts";
import type { Arguments } from "../args.ts";
import { printText } from "../output.ts";
import { socketPathOf } from "./keeper.ts";

/** @returns the exit code */
export async function client({ flags, operands }: Arguments<"client">): Promise<number> {
  const [word, path, ...more] = operands;
  const usage = "mini-isolate client install PATH [--as isolate] [--socket PATH]";
  if (word !== "install") throw configError(word === undefined ? "nothing to do for client" : `unknown word '${word}' for client`, usage);
  if (path === undefined) throw configError("missing path for client install", usage);
  if (more.length > 0) throw configError(`unexpected argument '${more[0]}' for client install`, usage);
  const socket = resolve(socketPathOf(flags));
  checkSocketPath(socket);
  const isIsolate = checkedName(flags.as, path);
  install(resolve(path), clientImage(socket, process.execPath, isIsolate));
  printText(`${resolve(path)}: a client of the keeper at ${socket}\n`);
  return exitCodes.success;
}

/** The name that a client is called by says which command line it has. @throws IsolateError of kind Config */
function checkedName(name: string | undefined, path: string): boolean {
  if (name !== undefined && name !== isolateCommand) throw configError(`cannot use --as ${name}`, "the only other command line is that of isolate: --as isolate");
  if ((name === isolateCommand) === (basename(path) === isolateCommand)) return name === isolateCommand;
  throw configError(
    `cannot make ${path} a client${name === undefined ? "" : ` with the command line of ${name}`}: its name says ${name === undefined ? "that it has that of isolate" : "otherwise"}`,
    name === undefined ? "add --as isolate, or choose another name" : "give a path that ends with /isolate",
  );
}

/** The whole file or none, in place of one that may be executed right now. @throws IsolateError of kind Io */
function install(path: string, image: Uint8Array): void {
  try {
    const directory = openAt(AT_FDCWD, dirname(path), O.PATH | O.DIRECTORY);
    const unfinished = `.${basename(path)}.${process.pid}`;
    try {
      const fd = openAt(directory, unfinished, O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW, 0o700);
      try {
        writeFully(fd, image);
        fchmodSync(fd, 0o755);
        fsyncSync(fd);
      } finally {
        closeDescriptor(fd);
      }
      renameAt(directory, unfinished, directory, basename(path));
    } catch (error) {
      tryUnlinkAt(directory, unfinished, 0);
      throw error;
    } finally {
      closeDescriptor(directory);
    }
  } catch (error) {
    throw new IsolateError("Io", `cannot write ${path}: ${reasonOf(error)}`, { cause: error });
  }
}
