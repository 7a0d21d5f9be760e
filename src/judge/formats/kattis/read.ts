/** A package of the problem package format of Kattis, in whatever version it says. */
import { configError } from "../../../model/errors.ts";
import type { Problem } from "../../problem.ts";
import { versionOf } from "../package/version.ts";
import { readMapping } from "../package/yaml.ts";
import { readLegacy } from "./legacy.ts";
import { readModern } from "./modern.ts";
import { openPackage } from "./package.ts";

/**
 * @param path the directory of the package
 * @throws IsolateError of kind Config: it is no such package, or needs what we do not do
 */
export function readKattis(path: string): Problem {
  const files = openPackage(path);
  const yaml = readMapping(files, "problem.yaml");
  if (yaml === null) throw configError(`cannot judge with ${path}: it has no problem.yaml`, "a package has one, and its tests in data/secret; give a directory with tests alone with --format plain");
  const version = versionOf(yaml);
  return version === "legacy" ? readLegacy(files, yaml) : readModern(files, yaml, version);
}
