/** `execute`: compiles a source file if its language is compiled, and runs it in a box. */
import { configError } from "../../errors.ts";
import type { SourceRequest } from "../../model/request.ts";
import type { Arguments } from "../args.ts";
import { buildRequest } from "../request.ts";
import { printPlan, runAndDeliver } from "../session.ts";

/** @returns the exit code */
export async function execute({ flags, operands }: Arguments<"execute">): Promise<number> {
  if (flags.source === undefined) throw configError("no source file given", "mini-isolate execute --source FILE [flags]");
  if (operands.length > 0) throw configError(`unexpected argument '${operands[0]}'`, "execute takes flags only");
  const source: SourceRequest = { path: flags.source, language: flags.language ?? null, packs: flags.pack };
  const request = await buildRequest(flags);
  if (flags.explain) return await printPlan(request, (box) => box.explainSource(source, request.options));
  return await runAndDeliver(request, (box, stdin, options) => box.runSource(source, stdin, options));
}
