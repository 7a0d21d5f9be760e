/** The form of a policy for system calls: rules as data, each with its reason. */

/** An error number that a refused call gives back; the program goes on. */
export type RefusalErrno = "EPERM" | "EINVAL" | "ENOSYS" | "EOPNOTSUPP" | "EAFNOSUPPORT";

/** `kill`: the call is never made, and everything in the box ends; where no listener can be had, the process alone, by SIGSYS. */
export type Action = "allow" | "kill" | RefusalErrno;

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
 * Decides by one argument of a call that is otherwise allowed. The low 32 bits count: the kernel takes an int
 * there, and would accept a value whose other bits are set to pass a comparison (CVE-2019-10063).
 */
export interface ArgumentRule {
  readonly call: string;
  /** Position, from 0. */
  readonly argument: 0 | 1;
  readonly argumentName: string;
  /** `any bit of`: one of the bits of the values is set; `one of`: it is one of the values. */
  readonly test: "any bit of" | "one of";
  readonly values: Readonly<Record<string, number>>;
  /** When the test holds. */
  readonly then: Action;
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
