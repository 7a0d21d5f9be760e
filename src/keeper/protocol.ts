/**
 * What goes over the socket between a client and the keeper. The client is machine code, so everything is in words of fixed size, little
 * endian, and strings are sent as they lie in its memory.
 *
 *     request  magic, bytes that follow, number of arguments, bytes of the working directory, which of 0, 1 and 2 are open (bits); the
 *              working directory with its NUL; arguments and environment, each with its NUL. The open descriptors come with the first byte
 *     signal   1, number                                             from the client, at any time after its request
 *     answer   kind, value; after an `output` so many bytes          from the keeper
 */

/** `MIK` and the version of all this. A client or keeper of another version is not understood: the client then does without. */
export const magic = 0x31_4b_49_4d;

export const headerBytes = 20;
export const frameBytes = 8;

/** Longest request: the kernel gives a process at most 6 MB of arguments and environment (execve(2)). */
export const longestRequest = 8 * 1024 * 1024;

/** Kinds of answers, and what their value is. */
export const answer = {
  /** Nothing. From now on only the keeper can say how it went. */
  accepted: 1,
  /** Nothing. The client is to execute the program itself; nothing was done. */
  executeYourself: 2,
  /** Bytes that follow, for the client's descriptor 1. */
  output: 3,
  /** Bytes that follow, for the client's descriptor 2. */
  diagnostic: 4,
  /** The exit code. */
  ended: 5,
  /** Number of a signal that the client is to die of. */
  dieOf: 6,
} as const;

export const signalFrame = 1;

export interface RequestHeader {
  readonly bytes: number;
  readonly argumentCount: number;
  readonly directoryBytes: number;
  /** Which of 0, 1 and 2 come with it. */
  readonly open: readonly [boolean, boolean, boolean];
}

/** @param bytes at least {@link headerBytes} @returns null for what no client of this version sends */
export function parseHeader(bytes: Uint8Array): RequestHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [first, length, argumentCount, directoryBytes, open] = [0, 4, 8, 12, 16].map((at) => view.getUint32(at, true)) as [number, number, number, number, number];
  const holds = first === magic && length <= longestRequest && argumentCount >= 1 && argumentCount <= length && directoryBytes >= 2 && directoryBytes < length && open < 8;
  return holds ? { bytes: length, argumentCount, directoryBytes, open: [(open & 1) !== 0, (open & 2) !== 0, (open & 4) !== 0] } : null;
}

export interface Words {
  readonly directory: string;
  /** With the client's own name first. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** @returns null for what is not UTF-8, or not as the header says: the client had better execute the program itself, which explains it */
export function parseWords({ argumentCount, directoryBytes }: RequestHeader, body: Uint8Array): Words | null {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return null;
  }
  if (!text.endsWith("\0") || body[directoryBytes - 1] !== 0) return null;
  const [directory = "", ...strings] = text.slice(0, -1).split("\0");
  if (Buffer.byteLength(directory) !== directoryBytes - 1 || strings.length < argumentCount || !directory.startsWith("/")) return null;
  const environment: Record<string, string> = Object.create(null) as Record<string, string>;
  // Of a name that is there twice getenv(3) finds the first.
  for (const variable of strings.slice(argumentCount)) {
    const equals = variable.indexOf("=");
    if (equals > 0) environment[variable.slice(0, equals)] ??= variable.slice(equals + 1);
  }
  return { directory, argv: strings.slice(0, argumentCount), environment };
}

/** An answer without what may follow it. */
export function frame(kind: number, value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([kind, value]).buffer);
}

/** The signals in the frames of a client; null: it sent something else. @param bytes whole frames */
export function parseSignals(bytes: Uint8Array): number[] | null {
  const words = new Uint32Array(bytes.slice().buffer);
  const found: number[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const number = words[at + 1]!;
    if (words[at] !== signalFrame || number < 1 || number > 64) return null;
    found.push(number);
  }
  return found;
}
