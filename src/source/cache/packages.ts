/**
 * What is installed on the host, as far as package managers know: they write to these files whenever they change something. So a compiler
 * behind a wrapper script, a header or a library of the system that is replaced makes another key, without asking anybody for a version.
 */
import { statSync } from "node:fs";
import { identityOf } from "./compiler.ts";

/** dpkg, rpm (old place and new), apk, pacman (a directory with one for each package). */
const databases = ["var/lib/dpkg/status", "var/lib/rpm", "usr/lib/sysimage/rpm", "lib/apk/db/installed", "var/lib/pacman/local"];

/** Text for a key. @param root the directory that is the box's root, or null: that of the host */
export function stateOfPackages(root: string | null): string[] {
  return databases.flatMap((path) => {
    const stat = statSync(`${root ?? ""}/${path}`, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? [] : [`${path}:${identityOf(stat)}`];
  });
}
