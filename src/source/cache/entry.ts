/**
 * An entry of the compile cache: one file, so it appears by one rename and goes by one unlink, and whoever has it open has all of it.
 *
 *     the artefacts, one after the other | head (JSON) | length of the head (32 bits, little-endian) | magic
 *
 * What describes it comes last: an entry that was cut off is known by that. Names that a compiler chose are in the head only.
 */
import { IsolateError } from "../../model/errors.ts";
import { eachArtefact, placeFile } from "../../box/files.ts";
import type { Owner } from "../../box/box.ts";
import { S } from "../../kernel/constants.ts";
import { copyAll } from "../../kernel/files-copy.ts";
import { statDescriptor, writeFully } from "../../kernel/files.ts";
import { readAt } from "../../kernel/read-at.ts";
import type { StepResult } from "../../model/result.ts";
import { describeBytes } from "../../model/units.ts";

const magic = Buffer.from("mini-isolate compile result 2\n");
const trailerBytes = 4 + magic.length;
/** Names of 20,000 files and what a compiler may print; more is not kept. */
const largestHeadBytes = 32 * 1024 * 1024;

type Artefact = readonly [path: string, mode: number, bytes: number];

/** What an entry says of itself. */
export interface EntryHead {
  readonly key: string;
  /** ISO 8601. */
  readonly created: string;
  readonly compile: StepResult;
  readonly artefacts: readonly Artefact[];
}

/**
 * Writes an entry with the artefacts of a compile directory in which no process works any more.
 * @param fd empty, opened for writing
 * @param from descriptor of that directory
 * @returns bytes written
 * @throws IsolateError of kind Io when there are none or it would have more than `mostBytes`, SyscallError
 */
export function writeEntry(fd: number, from: number, patterns: readonly string[], facts: Omit<EntryHead, "artefacts">, mostBytes: number): number {
  const artefacts: Artefact[] = [];
  let bytes = 0;
  const grow = (more: number) => {
    bytes += more;
    if (bytes > mostBytes) throw new IsolateError("Io", `cannot keep a compile result of more than ${describeBytes(mostBytes)[0]}`);
  };
  eachArtefact(from, patterns, (file, path, { mode, size }) => {
    // Before it is copied: a file may be large and have nothing in it.
    grow(size);
    if (copyAll(file, fd, size) !== size) throw new IsolateError("Io", `cannot keep ${JSON.stringify(path)}: it changes`);
    artefacts.push([path, mode & 0o777, size]);
  });
  if (artefacts.length === 0) throw new IsolateError("Io", "cannot keep a compile result without artefacts");
  const head = Buffer.from(JSON.stringify({ ...facts, artefacts } satisfies EntryHead));
  grow(head.length + trailerBytes);
  if (head.length > largestHeadBytes) throw new IsolateError("Io", `cannot keep a compile result with a description of ${describeBytes(head.length)[0]}`);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  writeFully(fd, Buffer.concat([head, length, magic]));
  return bytes;
}

/** Reads the head of an entry and checks it against the file. @returns null for anything but a whole entry of ours with this key; @throws SyscallError */
export function readHead(fd: number, key: string): EntryHead | null {
  const { mode, links, uid, size } = statDescriptor(fd);
  // No name any more: it was evicted just now, and is whole all the same.
  if ((mode & S.IFMT) !== S.IFREG || links > 1 || uid !== process.geteuid!() || size < trailerBytes) return null;
  const trailer = readAt(fd, size - trailerBytes, trailerBytes);
  if (!trailer.subarray(4).equals(magic)) return null;
  const headBytes = trailer.readUInt32LE(0);
  const contentBytes = size - trailerBytes - headBytes;
  if (headBytes > largestHeadBytes || contentBytes < 0) return null;
  const head = parse(readAt(fd, contentBytes, headBytes));
  if (!isHead(head) || head.key !== key) return null;
  return head.artefacts.reduce((sum, [, , bytes]) => sum + bytes, 0) === contentBytes ? head : null;
}

function parse(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString());
  } catch {
    return null;
  }
}

/** We wrote it; this is for a disk or a hand that changed it since. */
function isHead(head: unknown): head is EntryHead {
  if (!isObject(head) || typeof head["key"] !== "string" || typeof head["created"] !== "string") return false;
  const { compile, artefacts } = head;
  if (!isObject(compile) || compile["status"] !== "Success" || typeof compile["stdout"] !== "string" || typeof compile["stderr"] !== "string") return false;
  if (!isObject(compile["enforced"]) || !isObject(compile["resource_usage"])) return false;
  return Array.isArray(artefacts) && artefacts.length > 0 && artefacts.every(isArtefact);
}

function isArtefact(value: unknown): value is Artefact {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [path, mode, bytes] = value as unknown[];
  if (typeof path !== "string" || path.includes("\0") || path.split("/").some((part) => part === "" || part === "." || part === "..")) return false;
  return isCount(mode) && mode <= 0o777 && isCount(bytes);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/**
 * Copies the artefacts of an entry into a directory of a box.
 * @param fd at the beginning of the entry
 * @returns false when the entry has less than its head says
 * @throws IsolateError, SyscallError when the box cannot take them
 */
export function placeArtefacts(fd: number, { artefacts }: EntryHead, to: number, owner: Owner | null): boolean {
  let whole = true;
  for (const [path, mode, bytes] of artefacts) placeFile(to, path, mode, owner, (target) => (whole &&= copyAll(fd, target, bytes) === bytes));
  return whole;
}
