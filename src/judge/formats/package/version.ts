/** Which version of the problem package format a package is in. */
import { configError } from "../../../model/errors.ts";
import { PackageFiles } from "./files.ts";
import type { YamlMapping } from "./yaml-value.ts";
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
 * @param root the directory of a package
 * @throws IsolateError of kind Config: there is no problem.yaml, or it cannot be read, or names a version that nobody knows
 */
export function packageVersion(root: string): PackageVersion {
  const yaml = readMapping(new PackageFiles(root), "problem.yaml");
  if (yaml === null) throw configError(`cannot judge with ${root}: it has no problem.yaml`);
  return versionOf(yaml);
}

/** @param yaml problem.yaml @throws IsolateError of kind Config: a version that nobody knows */
export function versionOf(yaml: YamlMapping): PackageVersion {
  const given = yaml.get("problem_format_version");
  if (given === null) return "legacy";
  const version = names[given.text()];
  if (version === undefined) throw given.error(`must be one of ${Object.keys(names).join(", ")}, not ${JSON.stringify(given.text())}`);
  return version;
}
