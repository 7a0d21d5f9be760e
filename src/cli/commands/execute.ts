/** `execute`: a source file, compiled if its language is, in a box. */
import type { SourceRequest } from "../../model/request.ts";
import type { Arguments } from "../args.ts";
import { buildRequest } from "../request.ts";
import { printPlan, runAndDeliver } from "../session.ts";
import { checkSource } from "../source.ts";

/** @returns the exit code */
export async function execute({ flags }: Arguments<"execute">): Promise<number> {
  // The strict pass has seen to it that there is one.
  const source: SourceRequest = { path: flags.source!, language: flags.language ?? null, packs: flags.pack };
  await checkSource(source);
  const request = await buildRequest(flags);
  if (flags.explain) return await printPlan(request, (box) => box.explainSource(source, request.options));
  return await runAndDeliver(request, (box, stdin, options) => box.runSource(source, stdin, options));
}
