/** The directory of `--records`: one file in it, which is checked before anything runs and written when all has. */
import { join } from "node:path";
import { existsSync, mkdirSync, readFileSync, statSync } from "../../kernel/fs.ts";
import type { SubmissionResult } from "../../judge/events.ts";
import type { JudgeOptions } from "../../judge/options.ts";
import { decideAgain, readKept, type Kept } from "../../judge/kept.ts";
import { configError, IsolateError } from "../../model/errors.ts";
import { namedFault } from "../../model/host-fault.ts";
import { ResultFile } from "../result-file.ts";

const fileName = "records.json";

/** @throws IsolateError when it cannot be written later, or would replace a file that holds no records */
export function openRecords(directory: string): ResultFile {
  const path = join(directory, fileName);
  try {
    if (!existsSync(directory)) mkdirSync(directory);
    else if (!statSync(directory).isDirectory()) throw configError(`cannot keep records in ${directory}: it is no directory`);
    if (existsSync(path) && statSync(path).size > 0) readKept(readFileSync(path, "utf8"), path);
  } catch (error) {
    if (error instanceof IsolateError) throw new IsolateError("Config", `cannot keep records in ${directory}: the ${fileName} that is there would be lost`, { hint: "name another directory, or remove this file", cause: error });
    throw namedFault(`keep records in ${directory}`, error);
  }
  return ResultFile.open(path, "records");
}

/** What was kept, decided again. @throws IsolateError of kind Config when there is nothing of the kind */
export function rejudged(directory: string, { limits = {}, combination, rerunClose }: JudgeOptions): { readonly kept: Kept; readonly results: readonly SubmissionResult[] } {
  const path = join(directory, fileName);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw namedFault(`read ${path}`, error);
  }
  const kept = readKept(text, path);
  const changed = {
    ...(limits.cpuTime === undefined ? {} : { cpu_time_limit: limits.cpuTime }),
    ...(limits.wallTime === undefined ? {} : { wall_time_limit: limits.wallTime }),
    ...(limits.memory === undefined ? {} : { memory_limit: limits.memory }),
  };
  const results = decideAgain(kept, { limits: changed, near: rerunClose ?? 0, ...(combination === undefined ? {} : { combination }) });
  return { kept, results };
}
