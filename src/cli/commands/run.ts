/** `run`: a program in a box. */
import { configError } from "../../model/errors.ts";
import { splitWords } from "../../language/words.ts";
import type { Arguments } from "../args.ts";
import { buildRequest } from "../request.ts";
import { beforeRun, printPlan, requestedBox, runAndDeliver } from "../session.ts";

/** @returns the exit code */
export async function run({ flags, operands }: Arguments<"run">): Promise<number> {
  const command = commandOf(operands);
  const { request, box } = await beforeRun(flags, async () => {
    const request = await buildRequest(flags);
    return { request, box: requestedBox(request) };
  });
  if (flags.explain) return await printPlan(request, (used) => used.explain(command, request.options), box);
  return await runAndDeliver(request, (used, stdin, options) => used.run(command, stdin, options), box);
}

/**
 * The program and its arguments. One argument with blanks in it is split as a shell splits words, without a shell.
 * @throws IsolateError of kind Config when nothing is left to run
 */
export function commandOf(operands: readonly string[]): readonly string[] {
  const [only] = operands;
  if (only === undefined) throw configError("no program given", "mini-isolate run [flags] PROGRAM [ARGS...]");
  const words = operands.length === 1 && /[ \t\n]/.test(only) ? splitWords(only) : operands;
  if (words[0] === undefined || words[0] === "") throw configError("the program's name is empty", "mini-isolate run [flags] PROGRAM [ARGS...]");
  return words;
}
