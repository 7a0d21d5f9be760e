/** The thread that waits for descriptors on behalf of a library's caller (see waiter.ts). */
import { pollReadable } from "../../kernel/process.ts";

declare const self: Worker;

self.onmessage = (event: MessageEvent<{ descriptors: readonly number[]; timeoutMs: number }>) => {
  self.postMessage(pollReadable(event.data.descriptors, event.data.timeoutMs).ready);
};
