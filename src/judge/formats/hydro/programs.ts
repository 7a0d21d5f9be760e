/** The programs of a problem of Hydro: checker, interactor, manager. */
import { builtInCheckers, type BuiltInChecker, type Checker, type CheckerProtocol, type Program } from "../../problem.ts";
import { nearestName } from "../../../model/nearest.ts";
import type { PackageFiles } from "../package/files.ts";
import type { YamlMapping, YamlValue } from "../package/yaml-value.ts";
import { fileOf } from "./config.ts";
import { locate } from "./data.ts";
import { languageFor } from "./languages.ts";

/** Packs that submissions and programs of the jury are in: the built-in languages, and more of them. */
export const packs = ["extra"] as const;

const builtIns = { default: "lines", strict: "exact" } as const;
const protocols = ["testlib", "syzoj", "hustoj", "lemon", "qduoj", "kattis"] as const satisfies readonly CheckerProtocol[];
const checkerTypes = [...(Object.keys(builtIns) as (keyof typeof builtIns)[]), ...protocols];

/** What points are out of. `auto`: percent if more than 1. */
const scales = { testlib: "auto", syzoj: 100, hustoj: 1, lemon: "test", qduoj: 1, kattis: "test" } as const satisfies Record<(typeof protocols)[number], Extract<Checker, { kind: "program" }>["scale"]>;

/** Replace the commands of the language that a program is compiled and run with. */
const commandScripts = ["compile.sh", "execute.sh"];

/** @throws IsolateError of kind Config: no checker where one is needed, one that is not there, a kind that nobody knows */
export function readChecker(config: YamlMapping, files: PackageFiles, added: readonly string[]): Checker {
  const [kind, checker] = [config.get("checker_type"), config.get("checker")];
  const type = kind === null ? "default" : (checkerTypes.find((known) => known === kind.text()) ?? null);
  if (type === null) {
    const near = nearestName(kind!.text(), checkerTypes);
    throw kind!.error(`must be one of ${checkerTypes.join(", ")}, not ${JSON.stringify(kind!.text())}${near === null ? "" : `: did you mean '${near}'?`}`);
  }
  if (type === "default" || type === "strict") {
    // Hydro compiles no checker then.
    checker?.warn(`is ignored: checker_type is ${type}, which compares by itself`);
    return { kind: "built-in", name: builtIns[type] };
  }
  if (checker === null) throw kind!.error(`is ${type}, and there is no checker`);
  const name = nameOf(checker);
  if (!name.includes(".")) return builtInOf(name, type, checker);
  return { kind: "program", protocol: type, program: readProgram(checker, files, "checker", added), scale: scales[type] };
}

/** A name without a point is one of the checkers that come with testlib. */
function builtInOf(name: string, type: string, value: YamlValue): Checker {
  const known = builtInCheckers.filter((one) => one !== "default" && one !== "white-diff" && one !== "lines" && one !== "exact");
  const found = known.find((one) => one === name) as BuiltInChecker | undefined;
  if (found === undefined) {
    const near = nearestName(name, known);
    throw value.error(`${JSON.stringify(name)} is no checker that is built in (${known.join(", ")})${near === null ? "" : `: did you mean '${near}'?`}`);
  }
  if (type !== "testlib") throw value.error(`${name} is a checker of testlib, and checker_type is ${type}`);
  return { kind: "built-in", name: found };
}

/** @param value a file, or `{file, lang}` */
export function readProgram(value: YamlValue, files: PackageFiles, what: string, added: readonly string[]): Program {
  const file = fileOf(value.isMapping ? value.mapping().get("file") : value);
  if (file === null) throw value.error("must be a file, or a mapping with file and lang");
  const language = value.isMapping ? (value.mapping().get("lang")?.text() ?? "auto") : "auto";
  return { path: locate(files, file, what), language: language === "auto" ? null : languageFor(language), added, packs, root: files.root };
}

function nameOf(checker: YamlValue): string {
  return checker.isMapping ? (checker.mapping().get("file") ?? checker).text() : checker.text();
}

/** Files beside a program or a submission. @throws IsolateError of kind Config: missing, or scripts that take the place of commands */
export function readExtraFiles(value: YamlValue | null, files: PackageFiles): string[] {
  return (value?.list() ?? []).map((one) => {
    const name = one.text();
    if (commandScripts.includes(name)) throw one.error(`${name} is not done: commands of languages are those of the packs (--pack)`);
    return locate(files, fileOf(one)!, "file");
  });
}
