/** The thread that waits for descriptors on behalf of a library's caller (see waiter.ts). */
import { pollReadable } from "../../kernel/process.ts";

declare const self: Worker;

self.onmessage = (event: MessageEvent<{ readable: readonly number[]; timeoutMs: number; writable?: readonly number[]; urgent?: readonly number[] }>) => {
  const { readable, timeoutMs, writable, urgent } = event.data;
  self.postMessage(pollReadable(readable, timeoutMs, writable, urgent).ready);
};
