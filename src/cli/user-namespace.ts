/** For callers who are not root: the same command again, as root of a user namespace, where the host allows it. */
import { callerEnvironment } from "../config/load.ts";
import { detectIsolation } from "../executor/isolation.ts";

/** @returns the exit code of the command, or null when it has to be carried out here */
export async function runElsewhere(argv: readonly string[]): Promise<number | null> {
  if (detectIsolation() !== "none") return null;
  const { runInUserNamespace, userNamespacesWork } = await import("../executor/user-namespace.ts");
  if (!(await userNamespacesWork())) return null;
  return await runInUserNamespace([...ownCommand(), ...argv], callerEnvironment());
}

/** How this program is started: the compiled binary by itself, otherwise Bun with the entry. */
function ownCommand(): readonly string[] {
  const compiled = import.meta.path.startsWith("/$bunfs/");
  return compiled ? [process.execPath] : [process.execPath, new URL("../main.ts", import.meta.url).pathname];
}
