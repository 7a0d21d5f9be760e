/** Why a command of the compatible command line ends with 2. */

/** `usage`: a fault of the arguments; the meta file stays empty. `fatal`: everything else, which the meta file tells too. */
export type FailureKind = "usage" | "fatal";

export class Failure extends Error {
  override readonly name = "Failure";
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

export function usage(message: string): Failure {
  return new Failure("usage", message);
}

export function fatal(message: string): Failure {
  return new Failure("fatal", message);
}
