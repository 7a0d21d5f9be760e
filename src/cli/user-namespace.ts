/** For callers who are not root: the same command again, as root of a user namespace, where the host allows it. */
import { callerEnvironment, resolveStateDir } from "../config/load.ts";
import { means } from "../executor/plan/means.ts";
import type { FlagValues } from "./flags.ts";

/**
 * @param argv the command and its arguments
 * @returns the exit code of the command, or null when it has to be carried out here
 * @throws IsolateError for a state directory or a box that is not ours
 */
export async function runElsewhere(argv: readonly string[], flags: Pick<FlagValues<"run">, "state-dir" | "box-id">): Promise<number | null> {
  if (means().isolation !== "none") return null;
  // Whose the state directory is can be told only here: inside, everybody but us is nobody.
  const { Isolate } = await import("../instance/isolate.ts");
  Isolate.load(flags["box-id"] ?? "0", { stateDir: resolveStateDir(flags["state-dir"]) });
  const { runInUserNamespace, userNamespacesWork } = await import("../executor/user-namespace.ts");
  if (!(await userNamespacesWork())) return null;
  return await runInUserNamespace([...ownCommand(), ...argv], callerEnvironment());
}

/** How this program is started: the compiled binary by itself, otherwise Bun with the entry. */
function ownCommand(): readonly string[] {
  const compiled = import.meta.path.startsWith("/$bunfs/");
  return compiled ? [process.execPath] : [process.execPath, new URL("../main.ts", import.meta.url).pathname];
}
