/** The runtime in the binary, as a box gets it: our own file, mounted read-only. */
import { statSync, type Stats } from "../../kernel/fs.ts";
import { dirname } from "node:path";
import type { MountRule } from "../../model/mounts.ts";
import { runtimePath, runtimePlace } from "../../model/runtime.ts";
import { becomesAnother } from "./process.ts";
import type { Isolation, LaunchSpec } from "./spec.ts";

/**
 * Our own file by its path: the compiled binary, or Bun where we run from source. After an upgrade it is the new one. The kernel mounts
 * no file that has lost its name, so the one that we run could not be had any more.
 */
export function ownFile(): string {
  // As the kernel writes it when the name is gone, or leads to another file.
  return process.execPath.replace(/ \(deleted\)$/, "");
}

/** What `{bun}` stands for. */
export function runtimeIn(isolation: Isolation): string {
  return isolation === "none" ? ownFile() : runtimePath;
}

/** What brings it into a box. */
export function runtimeRules(): readonly MountRule[] {
  return [{ inside: runtimePlace, kind: "bind", source: ownFile(), writable: false, devices: false, noExec: false, maybe: false, recursive: false }];
}

/** Why the user of a program could not execute it, and what to do about that; null: it can be. */
export function runtimeProblem(spec: Pick<LaunchSpec, "isolation" | "ownUid" | "subordinate">): { readonly what: string; readonly advice: string } | null {
  const path = ownFile();
  const file = statOf(path);
  if (file === null) return { what: `${path}, the file of mini-isolate, is gone`, advice: "install it again" };
  if (!becomesAnother(spec)) return null;
  if ((file.mode & 0o005) !== 0o005) return { what: `other users may not read and execute ${path}, the file of mini-isolate`, advice: `chmod o+rx ${path}` };
  // A mount makes the directories above it meaningless. Without one the program walks through them.
  if (spec.isolation !== "none") return null;
  for (let above = dirname(path); ; above = dirname(above)) {
    if (((statOf(above)?.mode ?? 0o001) & 0o001) === 0) return { what: `other users may not enter ${above}, where the file of mini-isolate is`, advice: "install mini-isolate where everybody may execute it, such as /usr/local/bin" };
    if (above === "/") return null;
  }
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
