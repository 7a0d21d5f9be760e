/** Boxes that nobody cleaned up go when the process ends by itself. */

export interface Removable {
  cleanup(): void;
}

const left = new Set<Removable>();
let isAsked = false;

export function cleanUpAtExit(box: Removable): void {
  left.add(box);
  if (isAsked) return;
  isAsked = true;
  process.once("exit", () => {
    for (const each of [...left]) {
      try {
        each.cleanup();
      } catch {
        // It is too late to tell anybody; `mini-isolate cleanup --all` removes it.
      }
    }
  });
}

export function removed(box: Removable): void {
  left.delete(box);
}
