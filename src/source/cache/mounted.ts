/**
 * What a compile step reads of the host besides its compiler. Of the system (the default mounts, or a root of the caller's) and of the tree that
 * the compiler lies in only the top is looked at: the compiler stands for them. Everything else that is mounted (the headers of a
 * task, a library) is looked at file by file.
 */
import { lstatSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { IsolateError } from "../../model/errors.ts";
import type { ResolvedMount } from "../../executor/plan/spec.ts";
import { reasonOf } from "../../kernel/errno.ts";
import { defaultMounts } from "../../model/mounts.ts";
import { identityOf } from "./compiler.ts";

/** Files and directories of one mount that are looked at; with more a compile step is not kept. */
const mostEntries = 5000;

/**
 * Text for a key that changes when something changes in what is mounted.
 * @param root the box's chroot_dir, or null
 * @param compiler path of the compiler on the host, or null
 * @throws IsolateError of kind Io when that cannot be said
 */
export function stateOfMounts(mounts: readonly ResolvedMount[], root: string | null, compiler: string | null): string[] {
  return mounts.flatMap((mount): string[] => {
    const { kind, source, sourceType, writable } = mount;
    if (kind !== "bind" || source === "./box" || sourceType === "link") return [];
    if (writable) throw new IsolateError("Io", `cannot keep what is compiled with ${source} mounted: the compiler can write to it`);
    try {
      const top = statSync(source, { bigint: true });
      const standsForItself = top.isDirectory() && !isSystem(mount, root) && !(compiler?.startsWith(`${source}/`) ?? false);
      return [identityOf(top), ...(standsForItself ? filesBelow(source) : [])];
    } catch (error) {
      if (error instanceof IsolateError) throw error;
      throw new IsolateError("Io", `cannot keep what is compiled with ${source} mounted: ${reasonOf(error)}`);
    }
  });
}

function isSystem({ inside, source }: ResolvedMount, root: string | null): boolean {
  if (root !== null) return source === `${root}/${inside}`;
  return defaultMounts.some((rule) => rule.kind === "bind" && rule.inside === inside && rule.source === source);
}

function filesBelow(top: string): string[] {
  const states: string[] = [];
  const ahead = [Buffer.from(top)];
  for (let directory = ahead.pop(); directory !== undefined; directory = ahead.pop()) {
    for (const name of readdirSync(directory, "buffer").toSorted(Buffer.compare)) {
      if (states.length >= mostEntries) throw new IsolateError("Io", `cannot keep what is compiled with ${top} mounted: it has more than ${mostEntries} files`);
      const path = Buffer.concat([directory, slash, name]);
      const stat = lstatSync(path, { bigint: true });
      states.push(`${path.toString("latin1")}:${identityOf(stat)}:${stat.isSymbolicLink() ? readlinkSync(path, "latin1") : ""}`);
      if (stat.isDirectory()) ahead.push(path);
    }
  }
  return states;
}

const slash = Buffer.from("/");
