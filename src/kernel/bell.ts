/** A descriptor by which one part of a process wakes another that waits in ppoll(2): eventfd(2). */
import { call } from "./ffi.ts";
import { EFD } from "./constants.ts";
import { closeDescriptor, readSome, writeSome } from "./files.ts";

export class Bell {
  /** Readable from the ringing on, until it is silenced. */
  readonly descriptor: number;
  #open = true;

  /** @throws SyscallError */
  constructor() {
    this.descriptor = call("eventfd2", "", 0, EFD.CLOEXEC | EFD.NONBLOCK);
  }

  ring(): void {
    if (this.#open) writeSome(this.descriptor, new Uint8Array(new BigUint64Array([1n]).buffer));
  }

  silence(): void {
    readSome(this.descriptor, new Uint8Array(8));
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeDescriptor(this.descriptor);
  }
}
