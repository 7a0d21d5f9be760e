import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { builtInLanguages, builtInOrigin } from "../../../src/language/builtin.ts";
import { checkPack } from "../../../src/language/load.ts";
import { formatProblem } from "../../../src/language/problem-line.ts";
import { normalizeLanguage } from "../../../src/language/normalize.ts";
import type { CompileLimits } from "../../../src/language/language.ts";

const directory = join(import.meta.dir, "../../../languages");
const files = readdirSync(directory).toSorted();

describe("the embedded languages", () => {
  test("are the files in languages/, each named after its id", () => {
    expect(files).toEqual(builtInLanguages().map(({ id }) => `${id}.yaml`).toSorted());
  });

  test.each(files)("%s passes all checks, and the embedded form is the same as the checked one", (file) => {
    const { languages, problems } = checkPack(readFileSync(join(directory, file), "utf8"), builtInOrigin);
    expect(problems.map((problem) => formatProblem(file, problem))).toEqual([]);
    expect(languages.map((language) => normalizeLanguage(language, 0))).toEqual(builtInLanguages().filter(({ id }) => `${id}.yaml` === file));
  });

  test("claim no id, alias or extension twice", () => {
    const names = builtInLanguages().flatMap(({ id, aliases }) => [id, ...aliases]);
    const extensions = builtInLanguages().flatMap((language) => language.extensions);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(extensions).size).toBe(extensions.length);
  });

  test("compile with limits that a run does not have", () => {
    const compiled = builtInLanguages().filter(({ compile }) => compile !== null);
    expect(compiled.map(({ id }) => id)).toEqual(["typescript", "c", "cpp", "rust", "go", "java"]);
    for (const { compile } of compiled) {
      expect(Object.values(compile!.limits satisfies CompileLimits).every((limit) => Number.isFinite(limit) && limit > 0)).toBe(true);
    }
  });

  test("name programs of the system only, by an absolute path or from PATH, and the runtime in the binary", () => {
    for (const { compile, run } of builtInLanguages()) {
      for (const step of [compile, run]) if (step !== null) expect(step.command[0]).toMatch(/^(\/usr\/bin\/|\/bin\/|node$|\{bun\}$|\{executable\}$)/);
    }
  });

  test("are made once", () => {
    expect(builtInLanguages()).toBe(builtInLanguages());
  });
});

test("looking up and planning a built-in language loads neither the YAML parser nor valibot", () => {
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  const loaded = new Set<string>();
  const load = (path: string) => {
    if (loaded.has(path)) return;
    loaded.add(path);
    if (!path.endsWith(".ts")) return;
    for (const { kind, path: imported } of transpiler.scanImports(readFileSync(path, "utf8"))) {
      if (kind === "import-statement") load(imported.startsWith(".") ? join(path, "..", imported) : imported);
    }
  };
  for (const file of ["registry.ts", "resolve.ts", "plan-source.ts"]) load(join(import.meta.dir, "../../../src/language", file));
  expect([...loaded].filter((path) => !path.startsWith("/"))).toEqual(["node:fs", "node:os"]);
  expect([...loaded].some((path) => path.endsWith("/languages/cpp.yaml"))).toBe(true);
});
