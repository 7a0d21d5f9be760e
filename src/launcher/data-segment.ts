/** Memory of the launcher, as it is laid out before it is there. */
import { dataAddress } from "./machine-code.ts";

const utf8 = new TextEncoder();

/** Bytes that will stand at an address; everything in them is addressed as it will be at run time. */
export class DataSegment {
  readonly #address: number;
  #bytes = new Uint8Array(32_768);
  /** The same bytes; both architectures are little endian. */
  #words = new Int32Array(this.#bytes.buffer);
  #used = 0;

  /** @param address a multiple of 8 */
  constructor(address: number = dataAddress) {
    this.#address = address;
  }

  /** Zeroed room, aligned to 8. @returns its address */
  reserve(bytes: number): number {
    this.#used = Math.ceil(this.#used / 8) * 8;
    const address = this.#address + this.#used;
    this.#used += bytes;
    this.#makeRoom(this.#used);
    return address;
  }

  append(bytes: Uint8Array): number {
    const address = this.reserve(bytes.length);
    this.writeBytes(address, bytes);
    return address;
  }

  writeBytes(address: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, address - this.#address);
  }

  /** A C string. */
  appendText(text: string): number {
    const at = this.#used;
    // UTF-8 has at most three bytes for each unit of a string; the closing NUL is there already.
    this.#makeRoom(at + text.length * 3 + 1);
    this.#used += utf8.encodeInto(text, this.#bytes.subarray(at)).written + 1;
    return this.#address + at;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.ceil(Math.max(bytes, this.#bytes.length * 2) / 8) * 8);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#words = new Int32Array(larger.buffer);
  }

  writeWord(address: number, value: number): void {
    // Room begins zeroed, and most words of most rows are.
    if (value === 0) return;
    // Not a DataView with bigints: it would cost more than all the rest.
    const at = (address - this.#address) >> 2;
    this.#words[at] = value;
    this.#words[at + 1] = Math.floor(value / 2 ** 32);
  }

  content(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }
}
