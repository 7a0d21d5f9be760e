/** Whether what a version command said is still true, without asking it again. */
import { realpathSync, statSync } from "node:fs";
import { programCandidates } from "../executor/plan/resolve.ts";
import type { Language } from "../language/language.ts";
import { buildEnvironment, searchPath } from "../model/environment.ts";
import { identityOf } from "../source/cache/compiler.ts";
import { stateOfPackages } from "../source/cache/packages.ts";
import { questionOf, variablesOf } from "./toolchain.ts";

/**
 * Text that changes whenever the answer may: with the question, with the file of the program, and with what is installed on the host.
 * @returns null: there is nothing to ask, or the box may see another file than the host has under this path
 */
export function toolchainIdentity(language: Language): string | null {
  const { toolchain, mounts } = language;
  if (toolchain === null || toolchain.command[0] === "{bun}" || mounts.some((rule) => rule.includes("="))) return null;
  const path = searchPath(buildEnvironment(null, "/box", variablesOf(language)));
  for (const candidate of programCandidates(toolchain.command[0]!, path)) {
    if (!candidate.startsWith("/")) return null;
    const stat = statSync(candidate, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) continue;
    const parts = [questionOf(language), toolchain.pattern, realpathSync(candidate), identityOf(stat), stateOfPackages(null)];
    return new Bun.CryptoHasher("sha256").update(JSON.stringify(parts)).digest("hex");
  }
  return null;
}
