/**
 * `--version` and the help texts, without the rest of the command line, and without calls of libc: loading each of them would take longer
 * than the answer.
 */
import type { CommandName } from "./flags.ts";
import { helpTexts } from "./help-texts.ts" with { type: "macro" };
import { versionLine } from "./version.ts";

export { versionLine };

/** The help text of a command, or of the whole when `command` is null; plain text, ends with a line feed. */
export async function helpText(command: CommandName | null): Promise<string> {
  return (await textNamed(command ?? ""))!;
}

/** @returns undefined when there is no command of that name */
async function textNamed(name: string): Promise<string | undefined> {
  const texts = await helpTexts();
  return Object.hasOwn(texts, name) ? texts[name] : undefined;
}

/**
 * @param argv one or two arguments
 * @returns whether that was the whole command, and is written; if not, the command line finds out why
 */
export async function answerShortly(argv: readonly string[]): Promise<boolean> {
  const text = await answerTo(argv);
  return text !== undefined && (await written(text));
}

async function answerTo([first = "", second]: readonly string[]): Promise<string | undefined> {
  if (second === undefined) {
    if (first === "--version") return `${versionLine()}\n`;
    return first === "help" || isHelpFlag(first) ? await textNamed("") : undefined;
  }
  if (first === "help") return await textNamed(second);
  return isHelpFlag(second) ? await textNamed(first) : undefined;
}

function isHelpFlag(word: string): boolean {
  return word === "--help" || word === "-h";
}

/** O_CLOEXEC of every architecture (open(2)). */
const closeOnExec = 0o2000000;
const flagsField = "flags:";

/** Whether standard output was open when we were started. The runtime puts a descriptor that is close-on-exec where it was not. */
async function outputIsOpen(): Promise<boolean> {
  const text = await Bun.file("/proc/self/fdinfo/1").text();
  const at = text.indexOf(flagsField);
  return at >= 0 && (Number.parseInt(text.slice(at + flagsField.length), 8) & closeOnExec) === 0;
}

async function written(text: string): Promise<boolean> {
  try {
    if (!(await outputIsOpen())) return false;
    await Bun.write(Bun.file(1), text);
    return true;
  } catch {
    // No /proc, a full disk, nobody who reads.
    return false;
  }
}
