/** Where the binary is: the caller's choice, that of the environment, the one of the package, the one in PATH. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { IsolateError } from "../model/errors.ts";
import { binaryVariable, chosenBinary, searchPath } from "./environment.ts";

const name = "mini-isolate";

/** @throws IsolateError of kind Config when what was chosen cannot be executed, Process when there is none */
export function findBinary(option: string | undefined): string {
  if (option !== undefined) return chosen(option, "the option binary");
  const variable = chosenBinary();
  if (variable !== null) return chosen(variable, binaryVariable);
  // In the package, this module lies in dist/ beside the binary.
  const beside = fileURLToPath(new URL(name, import.meta.url));
  const found = [beside, ...searchPath().map((directory) => join(directory, name))].find(isExecutable);
  if (found !== undefined) return found;
  throw new IsolateError("Process", `cannot find ${name}: it is neither at ${beside} nor in PATH`, { exitCode: 69, aboutHost: false, hint: `set ${binaryVariable} to its path` });
}

function chosen(path: string, by: string): string {
  if (isExecutable(path)) return path;
  throw new IsolateError("Config", `cannot use ${path} as the binary (${by}): it is no file that can be executed`, { hint: "give the path of mini-isolate" });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
