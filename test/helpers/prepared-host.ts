/** A host that a test prepares for one command: mounts, limits and directories of its own, and nothing of it reaches the real host. */
import { join } from "node:path";
import type { State } from "./binary.ts";
import { ordinaryUid } from "./test-directory.ts";

/** A mount namespace of its own, where a script prepares the host and becomes the command. @param user a command that comes in between */
export const after = (script: string, ...user: readonly string[]): readonly string[] => ["unshare", "--mount", "--propagation", "private", "bash", "-c", `${script}\nexec "$@"`, "bash", ...user];

/** Becomes an ordinary user. */
export const asUser = ["setpriv", "--reuid", String(ordinaryUid), "--regid", String(ordinaryUid), "--clear-groups"];

/** For a script: mounts a tmpfs on `$PLACE` that everybody can write to. */
export const tmpfs = (options: string) => `mount -t tmpfs -o mode=777,${options} none "$PLACE"`;

/** Two directories that everybody can pass and write to: one for what a script mounts, and one beside it. */
export function places(state: State): { readonly place: string; readonly beside: string } {
  const [place, beside] = [join(state.scratch, "place"), join(state.scratch, "beside")];
  Bun.spawnSync(["mkdir", "-p", "-m", "777", place, beside]);
  Bun.spawnSync(["chmod", "a+x", join(state.scratch, ".."), state.scratch]);
  return { place, beside };
}
