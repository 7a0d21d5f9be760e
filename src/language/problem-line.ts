/** A mistake in a file, and the line that reports it. */

export interface PackProblem {
  readonly line: number;
  readonly column: number;
  /** `compile.limits.memory`; empty when the mistake is not in one field. */
  readonly path: string;
  readonly message: string;
}

/** `file:line:column: path: message` */
export function formatProblem(file: string, { line, column, path, message }: PackProblem): string {
  return `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`;
}
