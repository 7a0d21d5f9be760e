/** Names of source files: what a source is called in the box, which names are refused, and what their parts are. */
import { configError } from "../model/errors.ts";

/** Longer names of added files are refused: compilers add to them. */
export const fileNameLimitBytes = 200;

/** What the file system allows. A source is called something else where its name is long, unless it is named after a class: the compiler says what it makes of that. */
export const sourceNameLimitBytes = 255;

/**
 * Checks a name that comes from outside: of a source, of an added file, of a class that the file has to be named after.
 * @throws IsolateError of kind Config that says what is wrong with it
 */
export function checkFileName(name: string, mostBytes = fileNameLimitBytes): void {
  const refuse = (reason: string) => configError(`cannot use ${JSON.stringify(name.slice(0, 100))} as the name of a source file: ${reason}`);
  if (name === "") throw refuse("it is empty");
  if (name === "." || name === "..") throw refuse("it is a directory");
  if (name.includes("/")) throw refuse("it contains a path separator");
  if (/\p{Cc}/u.test(name)) throw refuse("it contains a control character");
  const length = Buffer.byteLength(name);
  if (length > mostBytes) throw refuse(`it is ${length} bytes long, at most ${mostBytes} are allowed`);
}

/**
 * Compilers give a meaning to names: `sum_test.go`, `1.d`, `a b.m`, `-o.c`, `@x.cs`. This is a name that none of them has been seen to: a letter, then letters,
 * digits, `_` and `-`. What compilers add to it has room as well.
 */
const plainStem = /^[A-Za-z][A-Za-z0-9_-]{0,99}$/;

/** What a source is called in the box whose own name is not plain, without the extension. */
export const defaultStem = "main";

/** The caller's name without its extension if it is plain, else {@link defaultStem}. */
export function plainStemOf(name: string, known: readonly string[]): string {
  const extension = extensionOf(name, known);
  const stem = extension === "" ? name : name.slice(0, -extension.length);
  return plainStem.test(stem) ? stem : defaultStem;
}

/**
 * The extension that a source has in the box: as the pack writes it, since compilers know `.F90` from `.f90`. A source that was given to a language by its
 * name has the first one of the pack; where the pack has none it keeps its own.
 */
export function packExtensionOf(name: string, known: readonly string[]): string {
  const own = extensionOf(name, known);
  const same = known.find((extension) => extension === own) ?? known.find((extension) => extension.toLowerCase() === own.toLowerCase());
  return same ?? known[0] ?? (/^\.[A-Za-z0-9]{1,16}$/.test(own) ? own : "");
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
