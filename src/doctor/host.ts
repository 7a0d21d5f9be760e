/**
 * Everything that checks look at. They reach the host through this and nothing else, so tests can give them any host.
 * No reading throws: what is not there, or is closed to us, is null or empty.
 */
import type { KernelFeature } from "../kernel/features.ts";
import type { Step } from "../model/plan.ts";
import type { UidRange } from "../state/uids.ts";
import type { GroupTrial } from "./group-trial.ts";
import type { Compilers } from "./compilers.ts";
import type { StateTrial } from "./state-trial.ts";
import type { Trial } from "./trial.ts";

/** What is at a path; no link is followed. */
export interface Entry {
  readonly kind: "file" | "directory" | "link" | "other";
  readonly uid: number;
  /** Permission bits. */
  readonly mode: number;
}

/** A file system, as statfs(2) has it. */
export interface FileSystemSpace {
  /** Its magic number. */
  readonly type: number;
  readonly freeBytes: number;
  /** null: it has no fixed number of them. */
  readonly freeInodes: number | null;
}

/** How a small launch ended. */
export type LaunchOutcome =
  | { readonly kind: "done" }
  /** A step of it was refused. */
  | { readonly kind: "refused"; readonly does: string; readonly errno: number }
  /** It could not be started, or ended in another way. */
  | { readonly kind: "lost"; readonly reason: string };

export interface Host {
  /** Effective uid of the caller, as itself sees it. */
  readonly uid: number;
  /** The same, but of a root that is just one ordinary user in disguise the uid of that user. */
  readonly callerUid: number;
  readonly stateDir: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The uids that boxes of root get. */
  readonly uidRanges: readonly UidRange[];
  /** Why uids cannot be claimed for the whole host; null: they can. */
  readonly uidClaims: string | null;
  /** The file that is executed: our own binary. */
  readonly binary: string;
  /** The content of a file, without blanks at its end. */
  readonly text: (path: string) => string | null;
  /** The names in a directory, in order. */
  readonly names: (path: string) => readonly string[];
  readonly entry: (path: string) => Entry | null;
  /** Inode of what a path leads to. */
  readonly inode: (path: string) => number | null;
  readonly space: (path: string) => FileSystemSpace | null;
  /** As {@link import("../kernel/features.ts").askKernel}. */
  readonly feature: (feature: KernelFeature) => number;
  /** The hard limit up to `wanted` that a program can have; Infinity: none. */
  readonly reachableLimit: (resource: number, wanted: number) => number;
  /** Performs steps in a process of its own, which ends after them. @param inside in a new pid namespace, as pid 2; for an ordinary user in a new user namespace as well */
  readonly launch: (steps: readonly Step[], inside?: boolean) => Promise<LaunchOutcome>;
  /** The control group of a run, made and removed. */
  readonly group: () => Promise<GroupTrial>;
  readonly state: () => StateTrial;
  readonly compilers: () => Promise<Compilers>;
  /** Small programs, really run in a temporary box. */
  readonly trial: () => Promise<Trial>;
}
