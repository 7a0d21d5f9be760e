/** The checker of a request. */
import type { JobChecker } from "../../job.ts";
import type { Service } from "../../service.ts";
import { parseComparison } from "../../../judge/compare/comparison.ts";
import { messageOf } from "../../../model/errors.ts";
import { invalid } from "./invalid-request.ts";
import { languageFor } from "./language-for.ts";
import { allowedLimits } from "./limits.ts";
import type { Keeper } from "./keeper.ts";
import type { CheckerRequest } from "./schema/request.ts";

/** @throws InvalidRequest, HttpFault */
export async function makeChecker(checker: CheckerRequest | undefined, service: Service, bytes: Keeper, at: string): Promise<JobChecker | null> {
  if (checker === undefined) return null;
  if (typeof checker === "string") return { kind: "built-in", name: checker, args: [] };
  if ("name" in checker) return builtIn(checker.name, checker.args ?? [], at);
  const { protocol, source, files, args = [], limits } = checker;
  if ((source === undefined) === (files === undefined || files.length === 0)) throw invalid(`${at}.source`, "is needed, or files with the source first; not both");
  const language = languageFor(service.languages, checker.language, null, `${at}.`);
  const asked = allowedLimits(limits, service.config.run.most, `${at}.limits`);
  const other = Object.keys(asked).find((key) => key !== "time_limit" && key !== "cpu_time_limit" && key !== "memory_limit");
  if (other !== undefined) throw invalid(`${at}.limits.${other}`, "a checker has limits of CPU time and memory alone");
  return { kind: "program", protocol, language: language.id, files: await bytes.files(files ?? [{ name: "checker", content: source! }], `${at}.files`), args, ...(limits === undefined ? {} : { limits: asked }) };
}

function builtIn(name: Extract<JobChecker, { kind: "built-in" }>["name"], args: readonly string[], at: string): JobChecker {
  if (args.length > 0 && name !== "default") throw invalid(`${at}.args`, `${name} takes no flags`);
  try {
    if (args.length > 0) parseComparison(args);
  } catch (error) {
    throw invalid(`${at}.args`, messageOf(error));
  }
  return { kind: "built-in", name, args };
}
