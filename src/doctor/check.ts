/** What a check is, and what it can find. Checks are data: the documentation and both output forms are made from them. */
import type { Host } from "./host.ts";

/**
 * - `pass`: as it should be
 * - `warn`: runs are a little weaker, or measurements less even
 * - `fail`: something that a run is meant to enforce is not enforced
 * - `skipped`: it cannot be looked at here, or does not concern this caller
 */
export type CheckState = "pass" | "warn" | "fail" | "skipped";

/** What a check found. */
export interface Finding {
  readonly state: CheckState;
  /** One line: what there is; for `skipped` why nobody looked. */
  readonly found: string;
  /** In place of the check's own, where this host's case is a special one. */
  readonly means?: string;
  readonly mend?: string;
}

export interface Check {
  /** `group.name`; part of the JSON form, so it stays. */
  readonly id: string;
  /** What is looked at, in a few words. */
  readonly title: string;
  /** How it is found out. */
  readonly how: string;
  /** The worst that it can find; `pass`: it only tells. */
  readonly worst: "pass" | "warn" | "fail";
  /** What follows for runs when it is not as it should be. */
  readonly means: string;
  /** The command that mends it, or where no command does what to do. */
  readonly mend: string;
  readonly look: (host: Host) => Finding | Promise<Finding>;
}

export interface CheckGroup {
  /** First part of the ids. */
  readonly name: string;
  readonly title: string;
  readonly checks: readonly Check[];
}

type Special = Pick<Finding, "means" | "mend">;

export const pass = (found: string): Finding => ({ state: "pass", found });
export const warn = (found: string, special: Special = {}): Finding => ({ state: "warn", found, ...special });
export const fail = (found: string, special: Special = {}): Finding => ({ state: "fail", found, ...special });
export const skipped = (reason: string): Finding => ({ state: "skipped", found: reason });
