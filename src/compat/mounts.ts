/** What the rules of a run come to: mounts with their flags, and the private directories that stand behind `tmp`. */
import { MS } from "../kernel/constants.ts";
import { chmodSync, mkdirSync, statSync } from "../kernel/fs.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { changeOwnerOf } from "../kernel/owner.ts";
import { makeDirectories } from "./directories.ts";
import type { Rule } from "./rules.ts";

export interface Mount {
  readonly inside: string;
  /** Absolute path, or the name of a file system. */
  readonly outside: string;
  /** As messages name it. */
  readonly shown: string;
  readonly kind: "bind" | "fs";
  /** Of mount(2). */
  readonly flags: number;
}

/** @param home the box's own directory */
export function mountsOf(rules: readonly Rule[], home: string): Mount[] {
  return rules.flatMap((rule): Mount[] => {
    const { inside, outside, options } = rule;
    const has = (option: Rule["options"][number]) => options.includes(option);
    const path = outside!.startsWith("./") ? `${home}/${outside!.slice(2)}` : outside!;
    if (has("maybe") && !isDirectory(path)) return [];
    const readOnly = (has("rw") ? 0 : MS.RDONLY) | (has("noexec") ? MS.NOEXEC : 0);
    const noDevices = has("dev") ? 0 : MS.NODEV;
    if (has("fs")) return [{ inside, outside: outside!, shown: outside!, kind: "fs", flags: readOnly | (has("rw") ? 0 : noDevices) }];
    return [{ inside, outside: path, shown: outside!, kind: "bind", flags: MS.BIND | (has("norec") ? 0 : MS.REC) | MS.NOSUID | noDevices | readOnly }];
  });
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Makes what stands behind the `tmp` rules, as far as it is missing: what a program left there stays until the box is removed. @throws Failure */
export function makePrivateDirectories(rules: readonly Rule[], home: string, uid: number, gid: number): void {
  const wanted = rules.filter(({ options }) => options.includes("tmp"));
  if (wanted.length === 0) return;
  makeDirectories(`${home}/tmp`, 0o755);
  for (const { outside } of wanted) {
    const path = `${home}/${outside!.slice(2)}`;
    try {
      mkdirSync(path, 0o700);
    } catch (error) {
      if (errnoOf(error) === errno.EEXIST) continue;
      throw error;
    }
    chmodSync(path, 0o700);
    changeOwnerOf(path, uid, gid);
  }
}

/** As `-v` shows a mount. */
export function describeMount({ inside, shown, kind, flags }: Mount): string {
  return `${kind === "fs" ? "Mounting" : "Binding"} ${shown} on ${inside} (flags ${flags.toString(16)})`;
}
