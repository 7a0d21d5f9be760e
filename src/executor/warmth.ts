/**
 * Whether launchers are started before their runs (warm-launchers.ts), which one process decides for itself: it pays where run follows
 * run. What does it is loaded only then.
 */

import { launcherWaits } from "../config/load.ts";

type WarmLaunchers = typeof import("./warm-launchers.ts");

let most = 0;

/** One for each run, which is then launched no sooner: for tests. */
let always: boolean | null = null;

export function alwaysWarm(): boolean {
  return (always ??= launcherWaits());
}

/** How many launchers may wait in this process. */
export function mostWarmLaunchers(): number {
  return most;
}

/** null: nobody wants any. */
export function warm(): WarmLaunchers | null {
  return most === 0 && !alwaysWarm() ? null : (require("./warm-launchers.ts") as WarmLaunchers);
}

/**
 * From now on up to `count` launchers more wait for runs of this process, each in namespaces of its own (about 0.5 MB of the kernel's
 * memory). One is started while the program of a run before it runs, for another run of that kind; the first run of a kind is launched in
 * the usual way. They make no difference to what a run does or reports. Only root has them; for others nothing changes.
 * @returns ends them again; `close` may be called twice
 */
export function warmLaunchers(count: number): Disposable & { close(): void } {
  let mine = Math.max(0, Math.floor(count));
  most += mine;
  const close = () => {
    if (mine === 0) return;
    const set = warm();
    most -= mine;
    mine = 0;
    if (most === 0) set?.endAll();
    else set?.keepAtMost(most);
  };
  return { close, [Symbol.dispose]: close };
}
