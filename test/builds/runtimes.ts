/**
 * The Bun of another platform. `npm install` takes only that of the own one; the others would be 300 MB more on every developer's disk.
 * So a build fetches what it needs through npm, which keeps it in its own cache, and believes only the hash in package-lock.json.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Platform } from "./platforms.ts";

const top = join(import.meta.dir, "../..");

/** A package as package-lock.json pins it. */
export interface Pinned {
  readonly version: string;
  /** `sha512-` and the hash of the package's archive in base64. */
  readonly integrity: string;
}

/** @throws Error when package-lock.json does not pin the package by a SHA-512 */
export function pinned(name: string): Pinned {
  const lock = JSON.parse(readFileSync(join(top, "package-lock.json"), "utf8")) as { packages: Record<string, Partial<Pinned>> };
  const { version, integrity } = lock.packages[`node_modules/${name}`] ?? {};
  if (version === undefined || !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? "")) throw new Error(`package-lock.json has no SHA-512 of ${name}`);
  return { version, integrity: integrity! };
}

/** @throws Error when these are not the bytes of the archive that is pinned */
export function mustBe(archive: Uint8Array, name: string, { version, integrity }: Pinned): void {
  const found = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
  if (found !== integrity) throw new Error(`${name}@${version} is not what package-lock.json says: ${found} instead of ${integrity}`);
}

/**
 * Fetches the runtime of a platform into a directory of its own below `directory`.
 * @returns the path of the executable
 * @throws Error when npm cannot fetch it, or when it is not the one that is pinned
 */
export async function fetchRuntime({ name, runtime }: Platform, directory: string): Promise<string> {
  const pin = pinned(runtime);
  const own = join(directory, name);
  mkdirSync(own, { recursive: true });
  // pack and not install: it takes the package of a foreign platform, and nothing of it is unpacked or executed.
  await run(["npm", "pack", "--silent", "--ignore-scripts", "--prefer-offline", "--pack-destination", own, `${runtime}@${pin.version}`]);
  const archive = readFileSync(join(own, readdirSync(own)[0]!));
  mustBe(archive, runtime, pin);
  await run(["tar", "-xzf", "-", "-C", own, "--strip-components=2", "package/bin/bun"], archive);
  return join(own, "bun");
}

async function run(command: readonly string[], input?: Uint8Array): Promise<void> {
  const child = Bun.spawn([...command], { cwd: top, stdin: input ?? "ignore", stdout: "ignore", stderr: "pipe" });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")}: ${said.trim()}`);
}
