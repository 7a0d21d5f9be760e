/** Builds the binary of a platform, by the commands that package.json has for the own one. */
import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import packageJson from "../../package.json";
import { guardFile } from "./guard.ts";
import type { Platform } from "./platforms.ts";
import { fetchRuntime } from "./runtimes.ts";

const top = join(import.meta.dir, "../..");

/**
 * @param target the file to make
 * @param flags further flags of `bun build`
 * @throws Error when the runtime cannot be had, or the build fails
 */
export async function buildFor(platform: Platform, target: string, flags: readonly string[] = []): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  const directory = mkdtempSync(join(dirname(target), ".build-"));
  try {
    const runtime = await fetchRuntime(platform, directory);
    // The file's name becomes part of the binary, so all have the same at first.
    const made = join(directory, "mini-isolate");
    const command = packageJson.scripts.build.replace(/^bun /, `${process.execPath} `).replace(/--outfile \S+$/, '"$@"');
    const given = [`--target=${platform.target}`, `--compile-executable-path=${runtime}`, ...flags, "--outfile", made];
    const build = Bun.spawn(["/bin/sh", "-c", command, "sh", ...given], { cwd: top, stdin: "ignore", stdout: "ignore", stderr: "pipe" });
    const said = await new Response(build.stderr).text();
    if ((await build.exited) !== 0) throw new Error(`cannot build for ${platform.name}: ${said}`);
    guardFile(made);
    renameSync(made, target);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
