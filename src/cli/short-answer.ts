/**
 * `--version` and the help texts, without the rest of the command line, and without calls of libc: loading each of them would take longer
 * than the answer.
 */
import { helpColumns, helpStateDir } from "../config/for-help.ts";
import { renderPage, type Page } from "./help/page.ts";
import { helpTexts, usualHelpTexts } from "./help-texts.ts" with { type: "macro" };
import { versionLine } from "./version.ts";
import { defaultWidth, usableWidth } from "./wrap.ts";

export { versionLine };

/** That of the pages that the build makes. */
const usualStateDir = "/tmp/mini-isolate";

/** The help text of a page, or of the whole when `name` is null; plain text, ends with a line feed. */
export async function helpText(name: string | null): Promise<string> {
  return (await textNamed(name ?? ""))!;
}

/** Whether there is a page of this name: a command, a verb (`languages list`) or a topic. */
export async function isHelpPage(name: string): Promise<boolean> {
  return Object.hasOwn(usualHelpTexts(), name);
}

/** @returns undefined when there is no page of that name */
async function textNamed(name: string): Promise<string | undefined> {
  const [usual, width, stateDir] = [usualHelpTexts(), await helpWidth(), helpStateDir()];
  if (!Object.hasOwn(usual, name)) return undefined;
  const known = width === defaultWidth ? withStateDir(usual[name]!, stateDir) : null;
  return known ?? renderPage(JSON.parse(helpTexts()[name]!) as Page, width, stateDir);
}

/** Bringing a page into lines takes longer than all the rest. @returns null when it has to be done, as a line would be too long */
function withStateDir(usual: string, stateDir: string): string | null {
  if (stateDir === usualStateDir || !usual.includes(usualStateDir)) return usual;
  const text = usual.replaceAll(usualStateDir, stateDir);
  return text.split("\n").every((line) => line.length <= defaultWidth) ? text : null;
}

async function helpWidth(): Promise<number> {
  const columns = helpColumns();
  if (columns !== undefined || !(await outputMayBeTerminal())) return usableWidth(columns, () => null);
  return (await import("./width.ts")).outputWidth();
}

/** Of the numbers of devices: memory, which /dev/null is (Documentation/admin-guide/devices.txt of Linux). */
const memoryDevices = 1;

/** Only a terminal is worth loading what asks for its width. */
async function outputMayBeTerminal(): Promise<boolean> {
  try {
    const stat = await Bun.file(1).stat();
    return stat.isCharacterDevice() && stat.rdev >> 8 !== memoryDevices;
  } catch {
    return false;
  }
}

/**
 * @param argv one to three arguments
 * @returns whether that was the whole command, and is written; if not, the command line finds out why
 */
export async function answerShortly(argv: readonly string[]): Promise<boolean> {
  const text = await answerTo(argv);
  return text !== undefined && (await written(text));
}

async function answerTo([first = "", second, third]: readonly string[]): Promise<string | undefined> {
  if (third !== undefined) {
    if (first === "help") return await textNamed(`${second} ${third}`);
    return isHelpFlag(third) ? await textNamed(`${first} ${second}`) : undefined;
  }
  if (second === undefined) {
    if (first === "--version") return `${versionLine()}\n`;
    return first === "help" || isHelpFlag(first) ? await textNamed("") : undefined;
  }
  if (first === "help") return await textNamed(second);
  if (!isHelpFlag(second)) return undefined;
  // A topic is no command.
  return isTopic(first) ? undefined : await textNamed(first);
}

/** Topics have pages, and no flags. */
function isTopic(name: string): boolean {
  return ["result", "packs", "mounts", "exit-codes"].includes(name);
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
