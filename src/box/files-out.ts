/**
 * Files that leave a box after a run. What is in the box then was made by a hostile program: it is opened by descriptor below the box's directory,
 * nothing is followed, and only regular files with one name count.
 */
import { readSync } from "../kernel/fs.ts";
import { closeDescriptor } from "../kernel/files.ts";
import { reasonOf } from "../kernel/errno.ts";
import { configError, messageOf } from "../model/errors.ts";
import { type FileOut, type FilesOut, problemOfName } from "../model/files-out.ts";
import { describeBytes } from "../model/units.ts";
import { CopyTarget } from "./copy-target.ts";
import { openArtefact, withWorkdir } from "./files.ts";

/** How large files may be that leave the box, in bytes. */
export interface OutBounds {
  /** Each file that is copied to a path. */
  readonly copied: number;
  /** All that are part of the result, together. */
  readonly read: number;
}

/** Ready to take files out; the paths are open. */
export interface OpenedFilesOut {
  /** After the run. Never throws. @param workdir absolute @returns what became of each, by name */
  take(workdir: string): Readonly<Record<string, FileOut>>;
  /** The same when nothing has run: a file of the name is from before. @param why the error of each */
  none(why: string): Readonly<Record<string, FileOut>>;
  close(): void;
}

/** Before the run. @throws IsolateError of kind Config for a name or, if so asked, a path that cannot be used */
export function openFilesOut({ copies, reads, badPath }: FilesOut, bounds: OutBounds): OpenedFilesOut {
  const targets = new Map<string, CopyTarget | FileOut>();
  const close = () => {
    for (const target of targets.values()) if (target instanceof CopyTarget) target.close();
  };
  try {
    for (const name of [...Object.keys(copies), ...reads]) requireName(name);
    for (const [name, path] of Object.entries(copies)) {
      try {
        targets.set(name, CopyTarget.open(path));
      } catch (error) {
        if (badPath === "refuse") throw configError(`cannot copy ${JSON.stringify(name)} out of the box: ${messageOf(error)}`);
        targets.set(name, { error: messageOf(error) });
      }
    }
  } catch (error) {
    close();
    throw error;
  }
  const none = (error: string) => Object.fromEntries([...targets.keys(), ...reads].map((name) => [name, { error }]));
  return { take: (workdir) => takeAll(workdir, targets, reads, bounds), none, close };
}

function requireName(name: string): void {
  const problem = problemOfName(name);
  if (problem !== null) throw configError(`cannot take ${JSON.stringify(name.slice(0, 100))} out of the box: ${problem}`);
}

function takeAll(workdir: string, targets: ReadonlyMap<string, CopyTarget | FileOut>, reads: readonly string[], bounds: OutBounds): Readonly<Record<string, FileOut>> {
  // Without a prototype: a file may have any name.
  const out = Object.create(null) as Record<string, FileOut>;
  let room = bounds.read;
  const each = (directory: number) => {
    for (const [name, target] of targets) out[name] = target instanceof CopyTarget ? attempt(() => copy(directory, name, target, bounds.copied)) : target;
    for (const name of reads) {
      const read = attempt(() => readFile(directory, name, room));
      room -= read.bytes ?? 0;
      // A file may be wanted in both ways.
      out[name] = { ...out[name], ...read };
    }
  };
  try {
    withWorkdir(workdir, each);
  } catch (error) {
    for (const name of [...targets.keys(), ...reads]) out[name] ??= { error: `cannot open the working directory: ${reasonOf(error)}` };
  }
  return out;
}

/** @throws what `use` throws; an error that says what there is in place of a file */
function withFile<T>(directory: number, name: string, mostBytes: number, use: (fd: number, size: number) => T): T {
  const found = openArtefact(directory, name);
  if (found === null) throw new Error("there is no regular file of this name (links, and files with a second name, do not count)");
  try {
    if (found.size > mostBytes) {
      const [size, most] = describeBytes(found.size, Math.max(0, mostBytes));
      throw new Error(`it has ${size}, and there is room for ${most}`);
    }
    return use(found.fd, found.size);
  } finally {
    closeDescriptor(found.fd);
  }
}

function copy(directory: number, name: string, target: CopyTarget, mostBytes: number): FileOut {
  return withFile(directory, name, mostBytes, (fd, size) => ({ bytes: target.put(fd, size), path: target.path }));
}

function readFile(directory: number, name: string, mostBytes: number): FileOut {
  return withFile(directory, name, mostBytes, (fd, size) => {
    const bytes = Buffer.alloc(size);
    let done = 0;
    for (let count = -1; done < size && count !== 0; done += count) count = readSync(fd, bytes, done, size - done, done);
    const read = bytes.subarray(0, done);
    try {
      return { bytes: done, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(read) };
    } catch {
      return { bytes: done, base64: read.toString("base64") };
    }
  });
}

function attempt(act: () => FileOut): FileOut {
  try {
    return act();
  } catch (error) {
    return { error: messageOf(error) };
  }
}
