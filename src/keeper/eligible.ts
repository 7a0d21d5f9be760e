/** Which commands the keeper carries out: those that wait only where others can go on, and that name nothing by what is the client's alone. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { isTerminal } from "../kernel/files.ts";
import { isEligibleIsolate, isIsolate } from "./as-isolate.ts";
import type { Client } from "./client.ts";
import type { Words } from "./protocol.ts";

const commands: ReadonlySet<string> = new Set(["run", "execute", "init", "list", "info", "cleanup"]);
/** They wait in the kernel, or are about descriptors that did not come with the request. */
const excluded: ReadonlySet<string> = new Set(["--wait", "--inherit-fds", "--help", "-h"]);
/** Descriptors and processes by name: in the keeper they would be its own. */
const ownNames = /\/dev\/fd\/|\/proc\/(self|thread-self)\b/;
/** The client's own streams by name. */
const ownStreams = /^\/dev\/std(in|out|err)$/;
/**
 * Files that are read and written as the thread goes on. Whoever waits for a named pipe that nobody has opened, a terminal that is held or a
 * full pipe would keep all others waiting, so these must be regular files.
 */
const opened: ReadonlySet<string> = new Set(["--result", "--output", "--meta", "--stdout", "--stderr", "--source", "--pack", "--add"]);

/** The flags of a command, before the program. */
function flagsOf(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return argv.slice(2, end < 0 ? argv.length : end);
}

/** Whether the program gets the client's own streams. */
export function passesStreams(words: Words): boolean {
  return isIsolate(words) || flagsOf(words.argv).includes("--passthrough");
}

export function isEligible(words: Words, { streams }: Client): boolean {
  const { argv, directory } = words;
  if (isIsolate(words)) return !argv.some((word) => ownNames.test(word)) && isEligibleIsolate(words, (path) => waits(resolve(directory, path)));
  const flags = flagsOf(argv);
  if (!commands.has(argv[1] ?? "") || flags.some((flag) => excluded.has(flag)) || argv.some((word) => ownNames.test(word))) return false;
  // A source on the client's standard input is read to its end, whoever waits.
  if (argv[1] === "execute" && argv.some((word) => word === "-" || word === "--source=-")) return false;
  // A terminal of its own for the program, which is relayed to the client's.
  if (passesStreams(words) && streams.some((fd) => fd !== null && isTerminal(fd))) return false;
  return flags.every((flag, index) => {
    const [name = "", ...value] = flag.split("=");
    if (!opened.has(name)) return true;
    const path = value.length > 0 ? value.join("=") : flags[index + 1];
    return path === undefined || !waits(resolve(directory, path));
  });
}

/** What is not there, or is a directory, is refused without waiting. */
function waits(path: string): boolean {
  if (ownStreams.test(path)) return true;
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat !== undefined && !stat.isFile() && !stat.isDirectory() && path !== "/dev/null";
  } catch {
    // The command itself says what is wrong with it.
    return false;
  }
}
