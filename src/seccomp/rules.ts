/** The form of a policy for system calls: rules as data, each with its reason. */

/** An error number that a refused call gives back; the program goes on. */
export type RefusalErrno = (typeof refusalErrnos)[number];

export const refusalErrnos = ["EPERM", "EINVAL", "ENOSYS", "ENOMEM", "ENOTTY", "EOPNOTSUPP", "EAFNOSUPPORT", "EPROTONOSUPPORT"] as const;

/**
 * - `kill`: the call is never made, and everything in the box ends; where no listener can be had, the process alone, by SIGSYS
 * - `ignore`: the call is not made and gives back success; only for wishes that the kernel, too, may leave unfulfilled
 */
export type Action = "allow" | "kill" | "ignore" | RefusalErrno;

/** The same for several calls. */
export interface Rule {
  readonly action: Action;
  /** Names with blanks between them. */
  readonly calls: string;
  readonly reason: string;
  /** An allow list cannot have these calls on it: what they do cannot be looked at. */
  readonly unchecked?: true;
}

/**
 * A question about one argument. The low 32 bits count: the kernel takes an int there, and would accept a value whose other bits are
 * set to pass a comparison (CVE-2019-10063).
 */
export interface Condition {
  /** Position, from 0. */
  readonly argument: 0 | 1 | 2 | 3 | 4 | 5;
  readonly argumentName: string;
  /** The bits that are looked at; left out: all 32. */
  readonly mask?: number;
  /**
   * - `one of`, `none of`: it is one of the values, or none
   * - `any bit of`: a bit of one of the values is set
   * - `any bit but`: a bit is set that none of the values has
   */
  readonly test: "one of" | "none of" | "any bit of" | "any bit but";
  readonly values: Readonly<Record<string, number>>;
}

/** What holds for some values of the arguments. */
export interface Case {
  /** All of them must hold. */
  readonly when: readonly Condition[];
  readonly then: Action;
}

/** Decides by the arguments of a call that is otherwise allowed. */
export interface ArgumentRule {
  readonly call: string;
  /** The first case that holds decides. */
  readonly cases: readonly Case[];
  /** When no case holds. */
  readonly otherwise: Action;
  readonly reason: string;
}

/** Calls of numbers that no table knows get ENOSYS in every policy, those of a foreign ABI kill. */
export interface Policy {
  readonly name: string;
  /** The first rule that names a call counts. */
  readonly rules: readonly Rule[];
  readonly arguments: readonly ArgumentRule[];
  /** Known calls that no rule names. */
  readonly otherwise: Action;
}
