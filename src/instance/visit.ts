/** What the caller of a run has to do in its box, before and after. */
import { means } from "../executor/plan/means.ts";
import type { Box } from "../executor/plan/prepare.ts";
import type { RunOptions } from "../model/request.ts";
import type { ExecutionResult } from "../model/result.ts";

/** @throws what `options.visit` throws before the run, what `run` throws, IsolateError of kind Config for files that cannot leave the box */
export async function visited(box: Box, { visit = null, filesOut = null }: RunOptions, run: () => Promise<ExecutionResult>): Promise<ExecutionResult> {
  if (visit === null && filesOut === null) return await run();
  const { file_size_limit: fileSize, disk_limit: disk, output_limit: output } = box.config;
  const out = filesOut === null ? null : (await import("../box/files-out.ts")).openFilesOut(filesOut, { copied: fileSize ?? disk ?? Infinity, read: output });
  try {
    visit?.before({ workdir: box.workdir, owner: means().ownUid ? { uid: box.uid, gid: box.gid } : null });
    const result = await run();
    if (out === null) return result;
    return { ...result, files: result.phase === "compile" ? out.none("the program was not run") : out.take(box.workdir) };
  } finally {
    out?.close();
  }
}
