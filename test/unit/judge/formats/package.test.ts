// What readers of problem packages share: files that lie inside, YAML with places, programs in their directories.
import { afterAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PackageFiles } from "../../../../src/judge/formats/package/files.ts";
import { isKattisName } from "../../../../src/judge/formats/package/names.ts";
import { onlyProgram } from "../../../../src/judge/formats/package/programs.ts";
import { mappingOf } from "../../../../src/judge/formats/package/yaml.ts";
import { MadePackages, type PackageContent, messageOf } from "../../../helpers/problem-package.ts";
import { detectFormat, readProblem } from "../../../../src/judge/formats/read.ts";

const packages = new MadePackages();
afterAll(() => packages.remove());
const made = (content: PackageContent) => packages.make(content);

describe("files", () => {
  test("are listed in byte order, without names that the format does not have", () => {
    const files = new PackageFiles(made({ "d/b": "", "d/B": "", "d/10": "", "d/2": "", "d/.hidden": "", "d/a b": "", "d/a\nb": "", "d/__pycache__/x": "" }), isKattisName);
    expect(files.list("d").map(({ name }) => name)).toEqual(["10", "2", "B", "b"]);
    expect(files.ignored("d")).toEqual(["__pycache__", "a\nb", "a b"]);
    expect(files.list("missing")).toEqual([]);
  });

  test("a link within the package is what it leads to, and is read by its own path", () => {
    const root = made({ "data/1.in": "x", "data/2.in": "->1.in", more: "->data", "deep/2.in": "->../data/2.in" });
    const files = new PackageFiles(root);
    expect(files.list("data").map(({ kind }) => kind)).toEqual(["file", "file"]);
    expect(files.text("more/2.in")).toBe("x");
    expect(files.at("deep/2.in")).toBe(join(root, "deep/2.in"));
  });

  test("a link out of the package, to nothing and to itself is refused when it is used, each in its own words", () => {
    const root = made({ "ok": "", passwd: "->/etc/passwd", out: "->..", gone: "->missing", self: "->self", relative: "->../../../../../../../../etc/passwd" });
    const files = new PackageFiles(root);
    expect(files.list()).toHaveLength(6);
    expect(messageOf(() => files.at("passwd"), root)).toBe("cannot use PKG/passwd: it leads out of the package, to /etc/passwd");
    expect(messageOf(() => files.text("relative"), root)).toBe("cannot use PKG/relative: it leads out of the package, to /etc/passwd");
    expect(messageOf(() => files.text("out/x"), root)).toBe(`cannot use PKG/out: it leads out of the package, to ${dirname(root)}`);
    expect(messageOf(() => files.list("out"), root)).toBe(`cannot use PKG/out: it leads out of the package, to ${dirname(root)}`);
    expect(messageOf(() => files.at("gone"), root)).toBe("cannot use PKG/gone: it is a link to a file that does not exist");
    expect(messageOf(() => files.at("self"), root)).toStartWith("cannot use PKG/self: ELOOP");
  });

  test("a path that a package names does not lead out of it", () => {
    const root = made({ "x": "" });
    const files = new PackageFiles(root);
    expect(files.find("a/../x")?.path).toBe("x");
    expect(messageOf(() => files.find("../x"), root)).toBe('cannot read "../x" for the problem PKG: it is outside of the package');
    expect(messageOf(() => files.find("/etc/passwd"), root)).toBe('cannot read "/etc/passwd" for the problem PKG: it is outside of the package');
    expect(messageOf(() => files.at("y"), root)).toBe("cannot read PKG/y: it is missing");
  });

  test("a text that is too large or no text is refused", () => {
    const root = made({ "large.yaml": "#".repeat(4 * 1024 * 1024 + 1), "directory.yaml/": "" });
    writeFileSync(join(root, "latin.yaml"), Buffer.from([0x6e, 0xe4]));
    const files = new PackageFiles(root);
    expect(messageOf(() => files.text("large.yaml"), root)).toBe("cannot read PKG/large.yaml: it is larger than 4 MB");
    expect(messageOf(() => files.text("latin.yaml"), root)).toBe("cannot read PKG/latin.yaml: it is not UTF-8 text");
    expect(messageOf(() => files.text("directory.yaml"), root)).toBe("cannot read PKG/directory.yaml: it is a directory");
  });
});

describe("YAML", () => {
  const warnings: string[] = [];
  const read = (text: string) => mappingOf(text, "p.yaml", (line) => warnings.push(line));

  test("broken text is an error with line and column", () => {
    expect(messageOf(() => read("a: 1\nb: [1, 2\nc: 3\n"))).toMatch(/^p\.yaml:3:1: /);
    expect(messageOf(() => read("a: 1\na: 2\n"))).toBe("p.yaml:2:1: duplicate key 'a'");
    expect(messageOf(() => read("- 1\n"))).toBe("p.yaml:1:1: must be a mapping, not a list");
    expect(read("# nothing\n").keys).toEqual([]);
  });

  test("a wrong value is an error with line and column", () => {
    const mapping = read("limits:\n  memory: much\n  time: -1\ntype: [a, 3]\nflag: maybe\n");
    expect(messageOf(() => mapping.mapping("limits").get("memory")!.integer())).toBe('p.yaml:2:11: limits.memory: must be a number, not "much"');
    expect(messageOf(() => mapping.mapping("limits").get("time")!.number({ above: 0 }))).toBe("p.yaml:3:9: limits.time: must be more than 0, not -1");
    expect(messageOf(() => mapping.get("limits")!.text())).toBe("p.yaml:2:3: limits: must be text, not a mapping");
    expect(messageOf(() => mapping.get("type")!.list()[1]!.word(["a", "b"]))).toBe('p.yaml:4:11: type.1: must be one of a, b, not "3"');
    expect(messageOf(() => mapping.get("flag")!.flag())).toBe('p.yaml:5:7: flag: must be true or false, not "maybe"');
  });

  test("text is what stands in the file, and words of YAML 1.1 are truth values", () => {
    const mapping = read("args: [1e-6, 007, 0x10, yes, '2']\nshow: yes\n");
    expect(mapping.get("args")!.list().map((value) => value.text())).toEqual(["1e-6", "007", "0x10", "yes", "2"]);
    expect(mapping.get("show")!.flag()).toBe(true);
  });

  test("a key that nobody knows is a warning with its place and the nearest key", () => {
    warnings.length = 0;
    const mapping = read("name: x\nlimits:\n  memori: 1\nzzzzzzzz: 2\n");
    mapping.get("name");
    const limits = mapping.mapping("limits");
    limits.get("memory");
    limits.warnOfUnknownKeys();
    mapping.warnOfUnknownKeys();
    expect(warnings).toEqual(["p.yaml:3:3: limits.memori: unknown key, which is ignored: did you mean 'memory'?", "p.yaml:4:1: zzzzzzzz: unknown key, which is ignored"]);
  });
});

describe("the program of a directory", () => {
  const program = (content: Readonly<Record<string, string>>) => {
    const root = made(content);
    const found = onlyProgram(new PackageFiles(root, isKattisName), "output_validator", []);
    return found === null ? null : [found.path, ...found.added].map((path) => path.slice(root.length + 1));
  };

  test("is a file, a directory in it, or the directory itself", () => {
    expect(program({ "output_validator/v.py": "", "output_validator/README.md": "" })).toEqual(["output_validator/v.py"]);
    expect(program({ "output_validator/v/v.py": "" })).toEqual(["output_validator/v"]);
    expect(program({ "output_validator/a.cpp": "", "output_validator/b.cpp": "" })).toEqual(["output_validator"]);
    expect(program({ "output_validator/run": "" })).toEqual(["output_validator"]);
    expect(program({ "output_validator/build": "", "output_validator/src/a.c": "" })).toEqual(["output_validator"]);
    expect(program({ "output_validator/v.cpp": "", "output_validator/testlib.h": "" })).toEqual(["output_validator/v.cpp", "output_validator/testlib.h"]);
    expect(program({ output_validator: "" })).toEqual(["output_validator"]);
    expect(program({ "output_validator/": "" })).toBeNull();
    expect(program({})).toBeNull();
  });

  test("of several validators none is chosen", () => {
    const root = made({ "output_validators/a.py": "", "output_validators/b.py": "" });
    expect(messageOf(() => onlyProgram(new PackageFiles(root), "output_validators", [], "mistake"), root)).toBe("cannot judge with PKG: there are 2 programs in PKG/output_validators (a.py, b.py), and one is run");
  });
});

describe("the format of a directory", () => {
  test("is found out by the file that each format has", async () => {
    const known: [string, Readonly<Record<string, string>>][] = [
      ["plain", { "1.in": "" }],
      ["kattis", { "problem.yaml": "name: x\n" }],
      ["kattis", { "problem.yaml": "problem_format_version: legacy\n" }],
      ["2025-09", { "problem.yaml": "problem_format_version: 2025-09\n" }],
      ["2025-09", { "problem.yaml": "problem_format_version: 2023-07-draft\n" }],
      ["domjudge", { "problem.yaml": "", "domjudge-problem.ini": "" }],
      ["polygon", { "problem.xml": "" }],
      ["cms", { "task.yaml": "" }],
      ["hydro", { "config.yaml": "" }],
      ["hydro", { "problem.yaml": "", "testdata/config.yaml": "" }],
    ];
    for (const [format, content] of known) expect(await detectFormat(made(content))).toBe(format as never);
  });

  test("an unknown version is an error with its place", async () => {
    const root = made({ "problem.yaml": "name: x\nproblem_format_version: 1.0\n" });
    await expect(readProblem(root)).rejects.toThrow(/problem\.yaml:2:25: problem_format_version: must be one of legacy, .*, not "1\.0"/);
  });

  test("an archive is to be unpacked", async () => {
    const root = made({ "p.zip": "" });
    const error = await readProblem(join(root, "p.zip")).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ message: `cannot judge with ${root}/p.zip: it is no directory` });
  });
});
