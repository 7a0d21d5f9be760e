/** The output validator of a package. */
import type { Checker, Program } from "../../problem.ts";
import { configError } from "../../../model/errors.ts";
import type { PackageFiles } from "../package/files.ts";
import { onlyProgram } from "../package/programs.ts";
import { kattisPacks } from "./package.ts";

/** Where each version has it; the other place is looked at, too. */
const places = { legacy: ["output_validators", "output_validator"], modern: ["output_validator", "output_validators"] } as const;

/**
 * @returns null: the package has none
 * @throws IsolateError of kind Config: several
 */
export function customValidator(files: PackageFiles, version: keyof typeof places): Program | null {
  for (const [index, place] of places[version].entries()) {
    // Of several programs in output_validators/ each would have to accept; output_validator/ is one program, whatever is in it.
    const program = onlyProgram(files, place, kattisPacks, place === "output_validators" ? "mistake" : "program");
    if (program === null) continue;
    if (index > 0) files.warn(`the output validator is in ${files.shown(place)}; this version of the format has it in ${places[version][0]}`);
    return program;
  }
  return null;
}

/** @param why what asks for a validator of the package's own; null: nothing does */
export function checkerOf(files: PackageFiles, program: Program | null, why: string | null, place: string): Checker {
  if (program !== null) return { kind: "program", protocol: "kattis", program, scale: 1 };
  if (why !== null) throw configError(`cannot judge with ${files.root}: ${why}, and there is no output validator in ${files.shown(place)}`, "the default validator cannot do that");
  return { kind: "built-in", name: "default" };
}
