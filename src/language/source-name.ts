/** Names of source files: which are refused, and what their parts are. */
import { configError } from "../model/errors.ts";

/** Longer names are refused; the file system's own limit is 255, and compilers add to a name. */
export const sourceNameLimitBytes = 200;

/**
 * Checks a name that is to become a file in the box. It may begin with a dash or hold blanks: commands get it
 * in a form that cannot be an option (see {@link asOperand}).
 * @throws IsolateError of kind Config that says what is wrong with it
 */
export function checkSourceName(name: string): void {
  const refuse = (reason: string) => configError(`cannot use ${JSON.stringify(name.slice(0, 100))} as the name of a source file: ${reason}`);
  if (name === "") throw refuse("it is empty");
  if (name === "." || name === "..") throw refuse("it is a directory");
  if (name.includes("/")) throw refuse("it contains a path separator");
  if (/\p{Cc}/u.test(name)) throw refuse("it contains a control character");
  const length = Buffer.byteLength(name);
  if (length > sourceNameLimitBytes) throw refuse(`it is ${length} bytes long, at most ${sourceNameLimitBytes} are allowed`);
}

/**
 * The extension as far as these languages know it, with the dot: the longest that fits, else what follows the
 * last dot; empty when there is none or nothing stands before it.
 */
export function extensionOf(name: string, known: readonly string[]): string {
  const fitting = known.filter((extension) => hasExtension(name, extension)).toSorted((a, b) => b.length - a.length);
  if (fitting[0] !== undefined) return name.slice(-fitting[0].length);
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot) : "";
}

/** Whether a name ends in an extension and has something before it, whatever the case of the letters. */
export function hasExtension(name: string, extension: string): boolean {
  return name.length > extension.length && name.toLowerCase().endsWith(extension.toLowerCase());
}

/** A name as the start of a word of a command: `-x.c` would be an option and `@x.c` a file of options. */
export function asOperand(name: string): string {
  return /^[-@]/.test(name) ? `./${name}` : name;
}
