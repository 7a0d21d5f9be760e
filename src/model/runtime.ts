/**
 * The JavaScript runtime in the binary. A binary that Bun compiled is Bun itself when BUN_BE_BUN is set, so a pack can name it where
 * nothing is installed: `{bun}`.
 */

/** Where it is in a box with a root of its own, without the leading slash. Not below /usr, which is the host's. */
export const runtimePlace = "runtime/bun";

/** Its path there. */
export const runtimePath = `/${runtimePlace}`;

/** Variables of every step that uses it. A pack may say otherwise. */
export const runtimeEnvironment: readonly (readonly [name: string, value: string])[] = [
  ["BUN_BE_BUN", "1"],
  // What it keeps for the next start is gone with the box.
  ["BUN_RUNTIME_TRANSPILER_CACHE_PATH", "0"],
  ["BUN_ENABLE_CRASH_REPORTING", "0"],
  ["DO_NOT_TRACK", "1"],
  // It knows its user by these alone.
  ["USER", "box"],
  ["SHELL", "/bin/sh"],
];
