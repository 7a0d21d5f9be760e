/**
 * What the surroundings decide, in the order flag, environment, default. The only module that reads the environment of the
 * caller.
 */
import { resolve } from "node:path";
import { configError } from "../model/errors.ts";
import { callerUid } from "../kernel/caller.ts";
import { bytesPerMebibyte, parseWholeNumber } from "../model/units.ts";

/** The variable that `--state-dir` stands before. */
export const stateDirVariable = "MINI_ISOLATE_STATE_DIR";

let surroundings: Readonly<Record<string, string | undefined>> = process.env;

/** From now on the environment of the caller is this one; null: that of this process. */
export function useEnvironment(environment: Readonly<Record<string, string>> | null): void {
  surroundings = environment ?? process.env;
}

/** What a process uses once and for all its runs. */
const usedOnce = ["MINI_ISOLATE_CGROUP", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "MINI_ISOLATE_LAUNCHER"] as const;

/** Whether a process with this environment would find its control groups as this one does. */
export function findsSameGroups(environment: Readonly<Record<string, string | undefined>>): boolean {
  // Root has no service manager of its own to ask.
  return usedOnce.every((name) => environment[name] === process.env[name] || (callerUid() === 0 && !name.startsWith("MINI_ISOLATE")));
}

/** What the guard of the binary sets for the engine (test/builds/guard.ts), unless the caller has set it. */
const engineSetting = ["BUN_JSC_thresholdForJITAfterWarmUp", "20000"] as const;

/** The environment that we were started with, as it is: `--full-env` and `--env NAME` hand it on. */
export function callerEnvironment(): Readonly<Record<string, string>> {
  const environment = { ...surroundings } as Record<string, string>;
  if (environment[engineSetting[0]] === engineSetting[1]) delete environment[engineSetting[0]];
  return environment;
}

/** Where boxes and their records live when nobody says otherwise. */
export function defaultStateDir(uid: number): string {
  return uid === 0 ? "/tmp/mini-isolate" : `/tmp/mini-isolate-${uid}`;
}

/**
 * The state directory, absolute: `--state-dir`, else `MINI_ISOLATE_STATE_DIR`, else the default of our user.
 * @throws IsolateError of kind Config when the variable is set and empty
 */
export function resolveStateDir(
  flag: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = surroundings,
  uid: number = callerUid(),
): string {
  const variable = environment[stateDirVariable];
  if (flag === undefined && variable === "") {
    throw configError(`cannot use ${stateDirVariable}: it is empty`, "unset it or give a directory");
  }
  return resolve(flag ?? variable ?? defaultStateDir(uid));
}

/** Where the service keeps its queue when nobody says otherwise: where the service manager says, else as the file hierarchy has it. */
export function serviceDataDir(of: "serve" | "worker" = "serve", environment: Readonly<Record<string, string | undefined>> = surroundings, uid = callerUid()): string {
  // The service manager names several with colons between them.
  const given = environment["STATE_DIRECTORY"]?.split(":")[0];
  if (given !== undefined && given.startsWith("/")) return `${given}/${of}`;
  if (uid === 0) return `/var/lib/mini-isolate/${of}`;
  return `${environment["XDG_STATE_HOME"] || `${environment["HOME"] || "/tmp"}/.local/state`}/mini-isolate/${of}`;
}

/** The variable that names the control group of version 2 that groups of runs are made in. */
export const cgroupVariable = "MINI_ISOLATE_CGROUP";

/** @returns null: we look for one. @throws IsolateError of kind Config when it is not absolute */
export function cgroupParent(): string | null {
  const path = surroundings[cgroupVariable];
  if (path === undefined) return null;
  if (!path.startsWith("/")) throw configError(`cannot use ${cgroupVariable} '${path}'`, "give the directory of a group, such as /sys/fs/cgroup/judge");
  return path.replace(/\/+$/, "");
}

/** A socket over which the service manager of a user can be asked; `direct`: its own, and not that of a message bus. */
export interface WayToManager {
  readonly socket: string;
  readonly direct: boolean;
}

/**
 * How the caller's programs find the user's service manager: its own socket in XDG_RUNTIME_DIR, then the message bus of
 * DBUS_SESSION_BUS_ADDRESS or of that directory. Whether anybody listens there is not asked.
 */
export function waysToManager(environment: Readonly<Record<string, string | undefined>> = surroundings, uid = callerUid()): readonly WayToManager[] {
  const directory = environment["XDG_RUNTIME_DIR"] || `/run/user/${uid}`;
  // Several addresses have semicolons between them, several keys of one commas; what is unusual in a path is written as %41.
  const path = /(?:^|;)unix:(?:[^;]*,)?path=([^,;]+)/.exec(environment["DBUS_SESSION_BUS_ADDRESS"] ?? "")?.[1];
  const bus = path?.replace(/%([0-9a-fA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))) ?? `${directory}/bus`;
  return [{ socket: `${directory}/systemd/private`, direct: true }, { socket: bus, direct: false }];
}

/** The variable that names the configuration of the compatible command line. @returns null: the usual places count */
export function compatConfigFile(): string | null {
  return surroundings["ISOLATE_CONFIG"] || null;
}

/** The variable that names packs for every run, with colons between them. */
export const packsVariable = "MINI_ISOLATE_PACKS";

/** Names of plugins and paths of packs, as `--pack` takes them. */
export function environmentPacks(): string[] {
  return (surroundings[packsVariable] ?? "").split(":").filter((pack) => pack !== "");
}

/** The uid of the user who became root by sudo(8), as sudo says it; null: nobody did. For advice only: anybody can set it. */
export function sudoUid(): number | null {
  const uid = parseWholeNumber(surroundings["SUDO_UID"] ?? "");
  return uid === null || uid === 0 || callerUid() !== 0 ? null : uid;
}

/** The variable that replaces the range of uids that boxes get. */
export const uidRangeVariable = "MINI_ISOLATE_UIDS";

/**
 * The uids that root's boxes get, `FIRST-LAST` in MINI_ISOLATE_UIDS; undefined: the default range.
 * @throws IsolateError of kind Config for anything but two uids in order, neither of them root's
 */
export function uidRange(): { readonly first: number; readonly last: number } | undefined {
  const text = surroundings[uidRangeVariable];
  if (text === undefined) return undefined;
  const [first, last, ...more] = text.split("-").map(parseWholeNumber);
  if (typeof first !== "number" || typeof last !== "number" || more.length > 0 || first < 1 || last < first || last > 2 ** 32 - 2) {
    throw configError(`cannot use ${uidRangeVariable} '${text}'`, "the form is FIRST-LAST, such as 70000-79999, without 0 (root)");
  }
  return { first, last };
}

/** The variable that says how large the compile cache may get, in MB; 0: there is none. */
export const cacheSizeVariable = "MINI_ISOLATE_CACHE_MB";
const defaultCacheMebibytes = 1024;
const largestCacheMebibytes = 2 ** 26;

/**
 * Size of the compile cache in bytes.
 * @throws IsolateError of kind Config for anything but a whole number of MB
 */
export function compileCacheBytes(): number {
  const text = surroundings[cacheSizeVariable];
  const mebibytes = text === undefined ? defaultCacheMebibytes : parseWholeNumber(text);
  if (mebibytes === null || mebibytes > largestCacheMebibytes) {
    throw configError(`cannot use ${cacheSizeVariable} '${text}'`, `give a whole number of MB up to ${largestCacheMebibytes}; 0 keeps nothing`);
  }
  return mebibytes * bytesPerMebibyte;
}

/** The variable COLUMNS. */
export function callerColumns(): string | undefined {
  return surroundings["COLUMNS"];
}

/** Whether colours are welcome on a terminal: NO_COLOR (no-color.org) is unset or empty, and TERM is not `dumb`. */
export function wantsColour(): boolean {
  return !surroundings["NO_COLOR"] && surroundings["TERM"] !== "dumb";
}

/** Whether TERM says that the terminal moves no cursor. */
export function isDumbTerminal(): boolean {
  return surroundings["TERM"] === undefined || surroundings["TERM"] === "" || surroundings["TERM"] === "dumb";
}

// Given only by the build that tests use to prove that their cases can fail (bun build --define TEST_BUILD=true).
declare const TEST_BUILD: boolean | undefined;

/** Beginnings of launch steps to leave out; always empty in a release, whatever the environment says. */
export function stepsLeftOut(): string[] {
  if (typeof TEST_BUILD === "undefined" || !TEST_BUILD) return [];
  return (surroundings["MINI_ISOLATE_WITHOUT"] ?? "").split(",").filter((text) => text !== "");
}

/** `MINI_ISOLATE_LAUNCHER=waits`: each run starts a launcher that waits, and takes it. So the tests of commands can go through what only pools have. */
export function launcherWaits(): boolean {
  return process.env["MINI_ISOLATE_LAUNCHER"] === "waits";
}
