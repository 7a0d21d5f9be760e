/** A container engine that has the recipe's image. */
import { existsSync, statfsSync } from "node:fs";
import type { Outcome } from "../../helpers/running.ts";

export interface Engine {
  readonly name: "Docker" | "Podman";
  /** Root of its containers is an ordinary user of the host. */
  readonly rootless: boolean;
  /** Its client, for programs that call one, and what it finds its places by. */
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  /** A command of the engine, to its end. */
  command(words: readonly string[]): Promise<Outcome>;
}


const OVERLAYFS_SUPER_MAGIC = 0x794c_7630;

/** Where the tests run in a container themselves, its layers cannot be the ground of others: images are copied then. */
export const storageDriver = statfsSync("/tmp").type === OVERLAYFS_SUPER_MAGIC ? "vfs" : "overlay";

/** Runs a command in a fresh container of the image. @param options of the engine */
export function runIn(engine: Engine, options: readonly string[], words: readonly string[]): Promise<Outcome> {
  return engine.command(["run", "--rm", "--network", "none", ...options, "judge", ...words]);
}

/** Of the engine that is installed; 0 where there is none. */
export function majorVersion(name: Engine["name"]): number {
  const program = name === "Docker" ? "/usr/sbin/dockerd" : "/usr/bin/podman";
  return existsSync(program) ? Number(/[0-9]+/.exec(Bun.spawnSync([program, "--version"]).stdout.toString())?.[0] ?? 0) : 0;
}
