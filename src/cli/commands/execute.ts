/** `execute`: a source file, compiled if its language is, in a box. */
import { resolveStateDir } from "../../config/load.ts";
import { Isolate } from "../../instance/isolate.ts";
import type { SourceRequest } from "../../source/source-request.ts";
import type { Arguments } from "../args.ts";
import { buildRequest } from "../request.ts";
import { beforeRun, printPlan, requestedBox, runAndDeliver } from "../session.ts";
import { checkSource } from "../source.ts";

/** @returns the exit code */
export async function execute({ flags }: Arguments<"execute">): Promise<number> {
  // The strict pass has seen to it that there is a source.
  const asked: SourceRequest = {
    path: flags.source!, language: flags.language ?? null, packs: flags.pack, added: flags.add, entryPoint: flags["entry-point"] ?? null, cache: !flags["no-cache"],
  };
  const { box, source, problems, request } = await beforeRun(flags, async () => {
    const box = requestedBox({ boxId: flags["box-id"] ?? null, stateDir: resolveStateDir(flags["state-dir"]) });
    const checked = await checkSource(asked, () => Isolate.languages(asked.packs, box));
    return { box, ...checked, request: await buildRequest(flags) };
  });
  for (const problem of problems) request.options.warn?.(problem);
  if (flags.explain) return await printPlan(request, (used) => used.explainSource(source, request.options), box);
  return await runAndDeliver(request, (used, stdin, options) => used.runSource(source, stdin, options), box);
}
