/** Where a keeper can be reached: a listening socket, and its name in the file system. */
import { AT_FDCWD } from "../kernel/constants.ts";
import { closeDescriptor, tryUnlinkAt } from "../kernel/files.ts";
import { identityOf } from "./own-file.ts";

export class Endpoint {
  /** Non-blocking. */
  readonly listener: number;
  /** Its name, to be removed at the end; null: somebody else made it. */
  readonly path: string | null;
  readonly #identity: string;
  #closed = false;

  constructor(listener: number, path: string | null) {
    this.listener = listener;
    this.path = path;
    this.#identity = path === null ? "" : identityOf(path);
  }

  /** Whether its name still leads to it. Somebody may have removed it, or two keepers have begun at the same moment. */
  isReachable(): boolean {
    return this.path === null || identityOf(this.path) === this.#identity;
  }

  /** Twice does no harm. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.path !== null && this.isReachable()) tryUnlinkAt(AT_FDCWD, this.path, 0);
    closeDescriptor(this.listener);
  }
}
