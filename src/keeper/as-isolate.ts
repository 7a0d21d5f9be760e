/** Clients that have the command line of ioi/isolate: they are called by its name. */
import { readOptions, WrongOption } from "../compat/getopt.ts";
import { options } from "../compat/options.ts";
import type { Words } from "./protocol.ts";

/** As the first word of a command line, it has the rest read as `isolate` does. */
export const isolateCommand = "isolate";

export function isIsolate({ argv }: Words): boolean {
  const name = argv[0] ?? "";
  return name.slice(name.lastIndexOf("/") + 1) === isolateCommand;
}

/** They wait in the kernel, or are about what did not come with the request. */
const excluded: readonly string[] = ["wait", "inherit-fds", "tty-hack"];

/** @param waits whether to open a path can take long */
export function isEligibleIsolate({ argv }: Words, waits: (path: string) => boolean): boolean {
  try {
    for (const { form, value } of readOptions(argv.slice(1), options, [])) {
      if (excluded.includes(form.name) || (form.name === "meta" && value !== "-" && waits(value!))) return false;
    }
  } catch (error) {
    // What is wrong is said by the command itself.
    if (!(error instanceof WrongOption)) throw error;
  }
  return true;
}
