/**
 * Whether the other end of standard output was closed when we wrote to it: a reader who has seen enough, as `head` has. Imports nothing: it is
 * asked also where nothing more can be loaded.
 */
let nobodyReads = false;

export function noteUnread(): void {
  nobodyReads = true;
}

export function isUnread(): boolean {
  return nobodyReads;
}
