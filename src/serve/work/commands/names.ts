/** The working directory of commands, as programs see it. */
import { means } from "../../../executor/plan/means.ts";

const shownAt = "/w";

/** Rules for the box; without namespaces there is no other place than the one on the host. */
export function workdirMounts(): readonly string[] {
  return means().isolation === "none" ? [] : ["box=", `${shownAt.slice(1)}=./box:rw`];
}

/** Where a command begins; null: in the directory as it is on the host. */
export function workdirShown(): string | null {
  return means().isolation === "none" ? null : shownAt;
}

/** A name that a command is told, relative to its working directory. */
export function nameInside(name: string): string {
  const plain = name.startsWith(`${shownAt}/`) ? name.slice(shownAt.length + 1) : name;
  return plain.replace(/^(\.\/+)+/, "");
}
