/** The host that we are on. */
import { lstatSync, readdirSync, readFileSync, statfsSync, statSync } from "node:fs";
import { callerEnvironment, uidRange } from "../config/load.ts";
import { callerUid } from "../kernel/caller.ts";
import { askKernel } from "../kernel/features.ts";
import { reachableLimit } from "../kernel/process.ts";
import { defaultUids } from "../state/uids.ts";
import { openHostUids } from "../state/host-uids.ts";
import { lookForCompilers } from "./compilers.ts";
import { failedGroup, tryGroup } from "./group-trial.ts";
import type { Entry, FileSystemSpace, Host } from "./host.ts";
import { launchSteps } from "./launch.ts";
import { tryState } from "./state-trial.ts";
import { runTrial } from "./trial.ts";

/** No file that is looked at is as long. */
const longestText = 1 << 22;

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function text(path: string): string | null {
  return orNull(() => readFileSync(path, "latin1").slice(0, longestText).trimEnd());
}

function entry(path: string): Entry | null {
  return orNull(() => {
    const found = lstatSync(path);
    const kind = found.isFile() ? "file" : found.isDirectory() ? "directory" : found.isSymbolicLink() ? "link" : "other";
    return { kind, uid: found.uid, mode: found.mode & 0o7777 };
  });
}

function space(path: string): FileSystemSpace | null {
  return orNull(() => {
    const { type, bsize, bavail, files, ffree } = statfsSync(path);
    return { type, freeBytes: bsize * bavail, freeInodes: files === 0 ? null : ffree };
  });
}

/** Once, however many checks ask. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

function whyNoClaims(): string | null {
  const claims = openHostUids();
  if (typeof claims === "string") return claims;
  claims.close();
  return null;
}

export function thisHost(stateDir: string): Host {
  const uid = process.geteuid!();
  const named = uidRange();
  return {
    uid,
    callerUid: callerUid(),
    stateDir,
    environment: callerEnvironment(),
    uidRanges: named === undefined ? defaultUids() : [named],
    uidClaims: uid === 0 ? whyNoClaims() : null,
    binary: process.execPath,
    text,
    names: (path) => orNull(() => readdirSync(path).toSorted()) ?? [],
    entry,
    inode: (path) => orNull(() => statSync(path).ino),
    space,
    feature: askKernel,
    reachableLimit,
    launch: launchSteps,
    group: once(() => tryGroup().catch(failedGroup)),
    state: once(() => tryState(stateDir)),
    compilers: once(lookForCompilers),
    trial: once(() => runTrial(stateDir)),
  };
}
