/**
 * The packs that a box keeps, in `<state>/<id>/packs.json`: a copy of what `init --pack` named, made when the box was made. The box's
 * home is ours alone and no part of what the program sees; the hash in the record tells whether the file is still what we wrote.
 */
import { fsyncSync, readFileSync } from "node:fs";
import { configError, type IsolateError } from "../model/errors.ts";
import type { Box } from "../executor/plan/prepare.ts";
import { AT_FDCWD, O, S } from "../kernel/constants.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, openAt, statDescriptor, writeFully } from "../kernel/files.ts";
import { keptSuffix, type MergedLanguage } from "../language/extend.ts";
import type { NamedPacks, PackOrigin } from "../language/named-packs.ts";
import { withDirectory } from "../box/files.ts";
import { ioFault } from "../state/io-fault.ts";
import { describeBytes } from "../model/units.ts";

/** Larger copies are neither written nor read. */
export const keptPacksLimitBytes = 8 * 1024 * 1024;

const fileName = "packs.json";
/** Of the form of the file. */
const version = 1;

/** Packs as they go into a box. */
export interface PackedPacks {
  readonly origins: readonly PackOrigin[];
  /** The text of the file. */
  readonly text: string;
  /** Of that text, in hexadecimal. */
  readonly sha256: string;
}

/** @throws IsolateError of kind Config when the packs are too large to be kept */
export function packPacks({ packs, origins }: NamedPacks): PackedPacks {
  let length = 0;
  const bounded = (text: string): string => {
    length += Buffer.byteLength(text) + 1;
    if (length > keptPacksLimitBytes - 100) throw configError(`cannot keep the language packs: with all that they extend they are larger than ${describeBytes(keptPacksLimitBytes)[0]}`);
    return text;
  };
  // Language by language: what a few lines extend can be large a thousand times over.
  const texts = packs.map((languages) => `[${languages.map((language) => bounded(JSON.stringify(language))).join(",")}]`);
  const text = `{"version":${version},"packs":[${texts.join(",\n")}]}\n`;
  return { origins, text, sha256: sha256Of(Buffer.from(text)) };
}

/** Writes the file of a box that has none, whose lock is held. @throws IsolateError of kind Io */
export function writeKeptPacks(home: string, { text }: PackedPacks): void {
  try {
    withDirectory(home, (directory) => {
      const fd = openAt(directory, fileName, O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW, 0o600);
      try {
        writeFully(fd, Buffer.from(text));
        fsyncSync(fd);
      } finally {
        closeDescriptor(fd);
      }
    });
  } catch (error) {
    throw ioFault(`write ${home}/${fileName}`, error);
  }
}

/**
 * The packs that a box keeps, in the order in which they were given; none for most boxes.
 * @throws IsolateError of kind Config when the file is missing or is not what was written, Io when it cannot be read
 */
export function readKeptPacks({ config, home }: Pick<Box, "config" | "home">): readonly (readonly MergedLanguage[])[] {
  if (config.packs_sha256 === null) return [];
  const path = `${home}/${fileName}`;
  const refuse = (reason: string): IsolateError =>
    configError(`cannot use the language packs that box ${config.instance_id} keeps: ${path} ${reason}`, `make the box again with: mini-isolate init --force --box-id ${config.instance_id} --pack ...`);
  let fd: number;
  try {
    fd = openAt(AT_FDCWD, path, O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.NOCTTY);
  } catch (error) {
    const number = errnoOf(error);
    if (number === errno.ENOENT) throw refuse("is missing");
    if (number === errno.ELOOP || number === errno.ENXIO) throw refuse("is not a regular file");
    throw ioFault(`open ${path}`, error);
  }
  let bytes: Uint8Array;
  try {
    const { mode, size } = statDescriptor(fd);
    if ((mode & S.IFMT) !== S.IFREG) throw refuse("is not a regular file");
    if (size > keptPacksLimitBytes) throw refuse(`has ${describeBytes(size, keptPacksLimitBytes).join(", more than ")}`);
    bytes = readFileSync(fd);
  } catch (error) {
    throw ioFault(`read ${path}`, error);
  } finally {
    closeDescriptor(fd);
  }
  if (sha256Of(bytes) !== config.packs_sha256) throw refuse("is not what was written when the box was made (its sha256 is another one)");
  const kept = JSON.parse(new TextDecoder().decode(bytes)) as KeptFile;
  if (kept.version !== version) throw refuse(`has the form ${kept.version}, and this program knows ${version}`);
  return kept.packs.map((languages) => languages.map(marked));
}

interface KeptFile {
  readonly version: number;
  readonly packs: readonly (readonly MergedLanguage[])[];
}

function marked({ merged, chain }: MergedLanguage): MergedLanguage {
  return { merged, chain: chain.map(({ origin, written }) => ({ origin: origin + keptSuffix, written })) };
}

function sha256Of(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}
