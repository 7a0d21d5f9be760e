/** What an ordinary user waits for, against what root waits for: whole processes. */
import { chmodSync, chownSync, copyFileSync, mkdirSync } from "node:fs";
import { command, compare, type Contender, type Settings } from "./measure.ts";

const uid = 12_345;
const callers = ["root", "user"] as const;

/** @param base a directory of ours; @param binaries what is compared, by name */
export async function users(base: string, binaries: ReadonlyMap<string, string>, settings: Settings): Promise<void> {
  const directory = `${base}/users`;
  for (const path of [directory, ...callers.map((caller) => `${directory}/${caller}`)]) mkdirSync(path);
  for (const path of [base, directory]) chmodSync(path, 0o755);
  chownSync(`${directory}/user`, uid, uid);
  for (const [build, original] of binaries) {
    // A user cannot reach every place where a binary may lie.
    const binary = `${directory}/${build}`;
    copyFileSync(original, binary);
    chmodSync(binary, 0o755);
    const as = (caller: (typeof callers)[number], name: string, word: string, ...rest: readonly string[]): Contender => {
      const id = String(caller === "root" ? 0 : uid);
      // Root, too, comes by way of setpriv, which takes as long for both.
      const argv = ["/usr/bin/setpriv", "--reuid", id, "--regid", id, "--clear-groups", "--", binary, word, "--state-dir", `${directory}/${caller}/${build}`, ...rest];
      return command(`${caller}, ${name}`, argv);
    };
    for (const caller of callers) await as(caller, "init", "init", "--box-id", "0").once();
    const contenders = (name: string, ...flags: readonly string[]) => callers.map((caller) => as(caller, name, "run", "--silent", ...flags, "--", "/bin/true"));
    await compare(`run -- /bin/true of root and of an ordinary user, ${build}`, contenders("box 0", "--box-id", "0"), settings);
    for (const caller of callers) await as(caller, "cleanup", "cleanup", "--all").once();
    await compare(`the same in a temporary box, ${build}`, contenders("temporary box"), settings);
  }
}
