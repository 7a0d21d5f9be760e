/** `completions SHELL`: a script that completes commands, verbs, flags and values. */
import { configError, exitCodes } from "../../model/errors.ts";
import type { Arguments } from "../args.ts";
import { fishScript } from "../completions/fish.ts";
import { bashScript, zshScript } from "../completions/posix.ts";
import { printText } from "../output.ts";

const scripts: Readonly<Record<string, () => string>> = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** @returns the exit code */
export async function completions({ operands: [shell, ...more] }: Arguments<"completions">): Promise<number> {
  const usage = "mini-isolate completions bash|zsh|fish";
  if (shell === undefined) throw configError("missing shell for completions", usage);
  if (!Object.hasOwn(scripts, shell)) throw configError(`unknown shell '${shell}' for completions`, usage);
  if (more.length > 0) throw configError(`unexpected argument '${more[0]}' for completions`, usage);
  printText(scripts[shell]!());
  return exitCodes.success;
}
