/** What a box may be allowed beyond what the programs of a contest need (`--allow`). */
import { configError, exitCodes, IsolateError } from "./errors.ts";
import type { SeccompProfile } from "./seccomp.ts";

/**
 * - `locks`: flock(2) and record locks on files
 * - `fifos`: mkfifo(3)
 * - `tty`: pseudo-terminals of the box's own, and one as the controlling terminal under `--passthrough`
 * - `ptrace`: looking into and steering its own processes (debuggers, tracers, leak checkers)
 * - `abi32`: 32-bit programs, on x86
 */
export const permissions = ["locks", "fifos", "tty", "ptrace", "abi32"] as const;

export type Permission = (typeof permissions)[number];

/** Those that change what a policy says about a call. */
export type PolicyPermission = Exclude<Permission, "abi32">;

export function changesPolicy(permission: Permission): permission is PolicyPermission {
  return permission !== "abi32";
}

/** What each of several sources allows, each once, in the order of the list above. */
export function allPermissions(...sources: readonly (readonly Permission[])[]): readonly Permission[] {
  return sources.every(({ length }) => length === 0) ? [] : permissions.filter((permission) => sources.some((source) => source.includes(permission)));
}

/** @param who has the profile: `box 0`, `the run`, ... */
export function strictAllowsNothing(allowed: readonly Permission[], who: string): IsolateError {
  return configError(`cannot allow ${allowed.join(", ")}: the seccomp profile strict never does, and ${who} has it`, "use the profile default (--seccomp default), or leave --allow out");
}

/** Whether the two exclude each other. */
export function contradicts(allowed: readonly Permission[], profile: SeccompProfile): boolean {
  return allowed.length > 0 && profile === "strict";
}

/** `locks,fifos`. @returns null for a word that is no permission, with the word @throws IsolateError of kind Config */
export function parsePermissions(text: string, refuse: (reason: string) => IsolateError): readonly Permission[] {
  const words = text.split(",");
  const unknown = words.find((word) => !(permissions as readonly string[]).includes(word));
  if (unknown !== undefined) throw refuse(`${unknown === "" ? "a name is missing" : `unknown name '${unknown}'`}, the names are ${permissions.join(" ")}`);
  return allPermissions(words as Permission[]);
}

/** Without namespaces the terminals of the host are all that there are. */
export function hasNoTerminals(): IsolateError {
  return new IsolateError("Process", "cannot allow tty: this host has no namespaces for the box, so it cannot have terminals of its own", {
    exitCode: exitCodes.unavailable,
    hint: "run as root or where user namespaces are allowed; doctor says what is missing",
  });
}

/** Without a process namespace and without Landlock nothing keeps a tracer from the other processes of its user. */
export function tracesOthers(): IsolateError {
  return new IsolateError("Process", "cannot allow ptrace: this host has neither namespaces nor Landlock for the box, and a program could trace every process of its user", {
    exitCode: exitCodes.unavailable,
    hint: "run as root or where user namespaces are allowed; doctor says what is missing",
  });
}

/** 64-bit ARM has programs of another kind, which nobody asked for. */
export function hasNo32Bit(): IsolateError {
  return new IsolateError("Process", "cannot allow abi32: this is for 32-bit programs of x86, and this machine has another processor", { exitCode: exitCodes.unavailable });
}
