/**
 * A regular file of the caller as the program's standard input.
 *
 * /proc/self/fd/0 tells the path of a file, and opens it again with what its mode allows, even on a read-only mount. So the program
 * gets a view of it that has no path and can only be read. Where that cannot be had, a small file is copied, and a large one is handed on by a
 * pipe when the program could write to it: it is never in our memory as a whole.
 */
import { O } from "../../kernel/constants.ts";
import { closeDescriptor, positionOf, readsOnly, setPosition, statusFlags, type FileStat } from "../../kernel/files.ts";
import { sealedCopy } from "../../kernel/memory-file.ts";
import { openDetached } from "../../kernel/mount.ts";
import { namedFault } from "../../model/host-fault.ts";
import { asItIs, mayRead, mayWrite, owned, type Reader, type StdinSource } from "./stdin-source.ts";

/** A copy of so much costs less than any other way to let the program open it by its name. */
const cheapCopyBytes = 64 * 1024;
/** What we hold of a file at most: beyond that a copy would cost more than a pipe. */
const largestCopyBytes = 8 * 1024 * 1024;

/** @throws IsolateError of kind Config when it cannot be read */
export function openFile(fd: number, reader: Reader, stat: FileStat): StdinSource {
  const position = positionOf(fd);
  const hasName = mayRead(reader, stat);
  const restBytes = stat.size - (position ?? 0);
  if (!hasName && restBytes <= cheapCopyBytes) return copyOf(fd);
  const seekable = position !== null && canRead(fd);
  const mapping = hasName || !seekable ? null : mappingFor(stat, reader);
  const mapped = mapping === null ? null : viewOf(fd, position!, mapping);
  if (mapped !== null) return mapped;
  if (!hasName && restBytes <= largestCopyBytes) return copyOf(fd);
  const view = seekable ? viewOf(fd, position, null) : null;
  if (view !== null) return view;
  if (readsOnly(fd) && !mayWrite(reader, stat)) return asItIs(fd);
  return restBytes <= largestCopyBytes || !canRead(fd) ? copyOf(fd) : { ...asItIs(fd), byPipe: true };
}

/** Most inputs can be read by everybody. */
function mappingFor(stat: FileStat, reader: Reader): number | null {
  const { idMapping } = require("./id-mapping.ts") as typeof import("./id-mapping.ts");
  return idMapping(stat, reader);
}

/** @param mapping descriptor of a user namespace by which the owner of the file in the view is the program; null: as it is */
function viewOf(fd: number, position: number, mapping: number | null): StdinSource | null {
  const detached = openDetached(fd, mapping);
  if (detached === null) return null;
  const { fd: view, mount } = detached;
  const close = () => [view, mount].forEach(closeDescriptor);
  // As if the program had read from the caller's own descriptor: whoever has it, too, goes on from there.
  if (setPosition(view, position)) return { fd: view, byPipe: false, close: () => (setPosition(fd, positionOf(view)!), close()) };
  close();
  return null;
}

/** What is left to read of it. Where the program stopped, the caller goes on. */
function copyOf(fd: number): StdinSource {
  const begin = positionOf(fd);
  try {
    const copy = sealedCopy("stdin", fd);
    return { ...owned(copy), close: () => (begin !== null && setPosition(fd, begin + positionOf(copy)!), closeDescriptor(copy)) };
  } catch (error) {
    throw namedFault("read standard input", error, "open it for reading");
  }
}

function canRead(fd: number): boolean {
  return ((statusFlags(fd) ?? 0) & (O.WRONLY | O.PATH)) === 0;
}
