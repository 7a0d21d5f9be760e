/** Which version of the problem package format a package is in. */
import { configError } from "../../../model/errors.ts";
import { PackageFiles } from "./files.ts";
import { readMapping } from "./yaml.ts";

export const packageVersions = ["legacy", "2023-07", "2025-09"] as const;
export type PackageVersion = (typeof packageVersions)[number];

/** Other names of versions that a package may give; a draft is read as what it became. */
const names: Readonly<Record<string, PackageVersion>> = {
  legacy: "legacy", "legacy-icpc": "legacy", icpc: "legacy",
  "2023-07": "2023-07", "2023-07-draft": "2023-07",
  "2025-09": "2025-09", "2025-09-draft": "2025-09", draft: "2025-09",
};

/**
 * @param root the directory of a package with a problem.yaml
 * @throws IsolateError of kind Config: problem.yaml cannot be read, or names a version that nobody knows
 */
export function packageVersion(root: string): PackageVersion {
  const file = readMapping(new PackageFiles(root), "problem.yaml");
  if (file === null) throw configError(`cannot judge with ${root}: it has no problem.yaml`);
  const given = file.get("problem_format_version");
  if (given === null) return "legacy";
  const version = names[given.text()];
  if (version === undefined) throw given.error(`must be one of ${Object.keys(names).join(", ")}, not ${JSON.stringify(given.text())}`);
  return version;
}
