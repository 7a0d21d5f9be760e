/** One client of the keeper: what it sent, what it is answered, and whether it is still there. */
import { writeSync } from "node:fs";
import { S } from "../kernel/constants.ts";
import { errno, SyscallError } from "../kernel/errno.ts";
import { closeDescriptor, statDescriptor, writeNow } from "../kernel/files.ts";
import { receive, sendBytes } from "../kernel/socket.ts";
import type { RunLoop } from "../executor/watch/run-loop.ts";
import { answer, frame, frameBytes, headerBytes, parseHeader, parseSignals, type RequestHeader } from "./protocol.ts";

/** How long a request may take from its first byte to its last. */
const requestPatienceMs = 10_000;
/** More than a client sends, so that a message with too many is told from one that is right. */
const mostDescriptors = 8;
const pieceBytes = 64 * 1024;
/** A client that does not read is not watched forever. */
const longMs = 3_600_000;

export interface Request {
  readonly header: RequestHeader;
  readonly body: Uint8Array;
}

export class Client {
  readonly #socket: number;
  readonly #loop: RunLoop;
  /** Its 0, 1 and 2 here; null: it has none. */
  readonly streams: [number | null, number | null, number | null] = [null, null, null];
  readonly #came: number[] = [];
  /** What is still to be sent, in order. */
  readonly #pending: Uint8Array[] = [];
  #unread = new Uint8Array(0);
  #throughSocket = false;
  #gone = false;
  #closed = false;
  onSignal: (number: number) => void = () => {};
  onGone: () => void = () => {};

  constructor(socket: number, loop: RunLoop) {
    this.#socket = socket;
    this.#loop = loop;
  }

  /** @returns null: it sent something else, or only a part, or has gone */
  async readRequest(): Promise<Request | null> {
    const deadline = performance.now() + requestPatienceMs;
    const head = await this.#readBytes(headerBytes, deadline);
    const header = head === null ? null : parseHeader(head);
    const body = header === null ? null : await this.#readBytes(header.bytes, deadline);
    if (header === null || body === null) return null;
    const given = header.open.filter((open) => open).length;
    if (given !== this.#came.length) return null;
    header.open.forEach((open, index) => (this.streams[index] = open ? this.#came.shift()! : null));
    return { header, body };
  }

  async #readBytes(wanted: number, deadlineMs: number): Promise<Uint8Array | null> {
    const bytes = new Uint8Array(wanted);
    for (let filled = 0; filled < wanted; ) {
      const { count, descriptors } = receive(this.#socket, bytes.subarray(filled), mostDescriptors);
      this.#came.push(...descriptors);
      if (count > 0) filled += count;
      else if (count !== -errno.EAGAIN) return null;
      else if (performance.now() > deadlineMs) return null;
      else await this.#loop.wait([this.#socket], deadlineMs - performance.now());
      if (this.#gone) return null;
    }
    return bytes;
  }

  /** Hears of signals, and of the end of the client, until {@link Client.close}. */
  async watch(): Promise<void> {
    while (!this.#closed && !this.#gone) {
      await this.#loop.wait([this.#socket], longMs);
      if (!this.#closed) this.#hear();
    }
  }

  #hear(): void {
    const chunk = new Uint8Array(256 * frameBytes);
    const { count, descriptors } = receive(this.#socket, chunk, mostDescriptors);
    for (const fd of descriptors) closeDescriptor(fd);
    if (count === -errno.EAGAIN) return;
    const bytes = count <= 0 ? null : Buffer.concat([this.#unread, chunk.subarray(0, count)]);
    const whole = bytes === null ? 0 : bytes.length - (bytes.length % frameBytes);
    const signals = bytes === null ? null : parseSignals(bytes.subarray(0, whole));
    if (bytes === null || signals === null) {
      this.#gone = true;
      this.onGone();
      return;
    }
    this.#unread = new Uint8Array(bytes.subarray(whole));
    for (const number of signals) this.onSignal(number);
  }

  /** Sends as soon as it can be sent; never waits. */
  answer(kind: number, value = 0): void {
    this.#send(frame(kind, value));
  }

  /**
   * Writes to the client's 1 or 2: directly what is taken at once, otherwise by the client itself, which may wait for its reader as long as it
   * likes. @throws what node:fs throws when it is written directly
   */
  write(fd: number, bytes: Uint8Array): void {
    const stream = this.streams[fd];
    if (stream == null) this.#throughSocket = true;
    for (let at = 0; at < bytes.length; ) {
      const rest = bytes.subarray(at);
      const direct = this.#throughSocket || stream == null ? 0 : writeAtOnce(stream, rest);
      if (direct > 0) at += direct;
      else {
        this.#throughSocket = true;
        const piece = rest.slice(0, pieceBytes);
        this.#send(frame(fd === 1 ? answer.output : answer.diagnostic, piece.length), piece);
        at += piece.length;
      }
    }
  }

  #send(...parts: Uint8Array[]): void {
    this.#pending.push(...parts);
    this.#sendNow();
  }

  /** @returns whether everything is sent, or nobody is there to get it */
  #sendNow(): boolean {
    while (this.#pending.length > 0) {
      const first = this.#pending[0]!;
      const sent = this.#gone ? first.length : sendBytes(this.#socket, first);
      if (sent === -errno.EAGAIN || sent === -errno.EINTR) return false;
      if (sent < 0) this.#gone = true;
      else if (sent < first.length) this.#pending[0] = first.subarray(sent);
      else this.#pending.shift();
    }
    return true;
  }

  /** Until everything that was answered is sent, or the client is gone. */
  async flush(): Promise<void> {
    while (!this.#sendNow()) await this.#loop.wait([], longMs, [this.#socket]);
  }

  /** Waits for it no longer: not for the rest of its request, and not for its taking what it was answered. */
  drop(): void {
    this.#gone = true;
    this.#loop.wakeAll();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const fd of [...this.streams, ...this.#came]) if (fd !== null) closeDescriptor(fd);
    closeDescriptor(this.#socket);
    // Its watcher waits for a descriptor that is no longer its own.
    this.#loop.wakeAll();
  }
}

/**
 * Writes what is taken without waiting. Others may write to the same pipe, so that it had room a moment ago says nothing; and a terminal may be held.
 * @returns how many bytes were written; 0: the client had better write it
 * @throws what node:fs throws
 */
function writeAtOnce(fd: number, bytes: Uint8Array): number {
  const type = statDescriptor(fd).mode & S.IFMT;
  if (type === S.IFREG) return writeSync(fd, bytes);
  const written = type === S.IFIFO ? writeNow(fd, bytes) : 0;
  if (written === -errno.EPIPE) throw new SyscallError("write", errno.EPIPE, `descriptor ${fd}`);
  return Math.max(0, written);
}
