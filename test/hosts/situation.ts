/** What a situation of a host is: how it is made, and what a run there must say of itself. */
import type { Requirement } from "../helpers/requires.ts";

/** The kernel's side of control groups on the machine that the tests run on. */
export type CgroupVersion = "v1" | "v2";

/** What stands in the way of a run and what does not: the fields of `enforced`. */
export interface Expected {
  /** Memory, CPU time and processes: by a control group of that version, or by other means; null: not tried. */
  readonly groups: Readonly<Record<CgroupVersion, boolean | null>>;
  readonly network: string;
  readonly filesystem: string;
  /** `own`: each box has its own uid; `caller`: the program runs as who called. */
  readonly user: "own" | "caller";
}

/** What a situation is made in: directories as they are outside. */
export interface Ground {
  /** Of this test, everybody may pass through it. */
  readonly base: string;
  /** The state directory. */
  readonly state: string;
  /** The binary, where everybody may execute it. */
  readonly binary: string;
  /** Where everybody may execute a program of test/fixtures/hosts. */
  tool(name: string): Promise<string>;
}

export interface Situation {
  /** In titles and in the table of the docs. */
  readonly name: string;
  /** One sentence for people: what the host, the container or the caller is like. */
  readonly about: string;
  readonly expected: Expected;
  readonly needs: readonly Requirement[];
  /** Owner of the state directory on the host; without it the caller of the tests. */
  readonly owner?: number;
  /** The directory below {@link Ground.base} that is `/` there. */
  readonly root?: string;
  /** What a uid of the result is on the host; without it the same. */
  uidOutside?(uid: number): number;
  /** Words in front of the binary, which make the situation. */
  through(ground: Ground): Promise<readonly string[]> | readonly string[];
}

/** Nothing but namespaces and an own uid: what root has wherever namespaces can be had. */
export const fullIsolation = { network: "namespace", filesystem: "pivot_root", user: "own" } as const;

/** By groups in every version, or in none. */
export const always = { v1: true, v2: true } as const;
export const never = { v1: false, v2: false } as const;
