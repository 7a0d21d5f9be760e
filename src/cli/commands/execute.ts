/** `execute`: a source file, compiled if its language is, in a box. */
import { resolveStateDir } from "../../config/load.ts";
import { Isolate } from "../../instance/isolate.ts";
import type { SourceRequest } from "../../source/source-request.ts";
import type { Arguments } from "../args.ts";
import { flagNamed } from "../flags.ts";
import { buildRequest, standardInput } from "../request.ts";
import { beforeRun, printPlan, requestedBox, runAndDeliver } from "../session.ts";
import { checkSource } from "../../source/check-source.ts";

/** @param argv all arguments of the command @returns the exit code */
export async function execute({ flags, operands: args }: Arguments<"execute">, argv: readonly string[]): Promise<number> {
  const { box, source, problems, request } = await beforeRun(flags, async () => {
    // The strict pass has seen to it that there is a source.
    const named = flags.source === standardInput ? (await import("../piped-source.ts")).pipedSource(flags) : { path: flags.source! };
    const asked: SourceRequest = {
      ...named, language: flags.language ?? null, packs: flags.pack, added: flags.add, args, entryPoint: flags["entry-point"] ?? null, cache: !flags["no-cache"],
    };
    const box = requestedBox({ boxId: flags["box-id"] ?? null, stateDir: resolveStateDir(flags["state-dir"]) });
    const checked = await checkSource(asked, () => Isolate.languages(asked.packs, box));
    return { box, ...checked, request: await buildRequest(flags) };
  });
  const misplaced = misplacedFlag(argv, args);
  if (misplaced !== null) request.options.warn?.(`${misplaced} stands after the source, so the program gets it: flags of execute come before the source (a -- before the source says that you mean it)`);
  for (const problem of problems) request.options.warn?.(problem);
  if (flags.explain) return await printPlan(request, (used) => used.explainSource(source, request.options), box);
  return await runAndDeliver(request, (used, stdin, options) => used.runSource(source, stdin, options), box);
}

/** An argument of the program that is a flag of ours, unless a `--` says that it is the program's; null: there is none. @param args the end of `argv` */
function misplacedFlag(argv: readonly string[], args: readonly string[]): string | null {
  const first = argv.length - args.length;
  if (args.length === 0 || argv[first - 1] === "--" || argv[first - 2] === "--") return null;
  return args.find((word) => word.startsWith("--") && flagNamed("execute", word.slice(2).split("=", 1)[0]!) !== null) ?? null;
}
