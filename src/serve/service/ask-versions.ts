/**
 * Asks compilers and interpreters for their versions, in a process of its own: some of them take seconds, and the service answers meanwhile.
 * It is `languages list --json`, so that the service shows what the command shows.
 */

/** @returns versions by id of the language, without those that have none; null: nobody could be asked */
export type AskVersions = (packs: readonly string[], stateDir: string, signal: AbortSignal) => Promise<ReadonlyMap<string, string> | null>;

interface Listed {
  readonly id: string;
  readonly toolchain: { readonly version: string | null };
}

/** Asks with the program that this process is. */
export const askVersions: AskVersions = async (packs, stateDir, signal) => {
  const words = ["languages", "list", "--json", "--state-dir", stateDir, ...packs.flatMap((pack) => ["--pack", pack])];
  // From the source, the program is the runtime.
  const own = Bun.main.startsWith("/$bunfs/") ? [] : [Bun.main];
  try {
    // Whatever has become of its file meanwhile.
    const child = Bun.spawn(["/proc/self/exe", ...own, ...words], { argv0: process.execPath, stdin: "ignore", stdout: "pipe", stderr: "ignore", signal, killSignal: "SIGKILL" });
    const text = await new Response(child.stdout).text();
    if ((await child.exited) !== 0) return null;
    const listed = JSON.parse(text) as readonly Listed[];
    return new Map(listed.flatMap(({ id, toolchain: { version } }) => (version === null ? [] : [[id, version]])));
  } catch {
    return null;
  }
};
