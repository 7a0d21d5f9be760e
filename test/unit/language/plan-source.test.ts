import { describe, expect, test } from "bun:test";
import { totalmem } from "node:os";
import { artefactMatcher } from "../../../src/language/artefacts.ts";
import { builtInLanguages } from "../../../src/language/builtin.ts";
import type { Language } from "../../../src/language/language.ts";
import { planSource, type SourceInput } from "../../../src/language/plan-source.ts";
import { languagesIn } from "../../helpers/packs.ts";

const mebibyte = 2 ** 20;

function builtIn(id: string): Language {
  return builtInLanguages().find((language) => language.id === id)!;
}

function pack(yaml: string): Language {
  return languagesIn(`version: 1\nid: x\nname: X\n${yaml}`, "x.yaml")[0]!;
}

function plan(language: Language | null, fileName: string, input: Partial<SourceInput> = {}) {
  return planSource(language, {
    fileName, source: new TextEncoder().encode("class Main { public static void main(String[] a) {} }"),
    memoryBytes: 128 * mebibyte, cpuTimeSeconds: 10, workdir: "/box", ...input,
  });
}

describe("the built-in languages, with 128 MB and 10 s", () => {
  test.each([
    { id: "python", file: "a.py", run: ["/usr/bin/python3", "-u", "main.py"], processes: 1 },
    { id: "python-buffered", file: "a.py", run: ["/usr/bin/python3", "main.py"], processes: 1 },
    { id: "javascript", file: "a.js", run: ["node", "--max-old-space-size=128", "a.js"], processes: 32 },
    { id: "shell", file: "a.sh", run: ["/bin/bash", "a.sh"], processes: 32 },
    { id: "c", file: "a.c", run: ["./a"], processes: 1 },
    { id: "cpp", file: "a.cc", run: ["./a"], processes: 1 },
    { id: "rust", file: "a.rs", run: ["./a"], processes: 1 },
    { id: "go", file: "a.go", run: ["./main"], processes: 32 },
    {
      id: "java", file: "a.java", processes: 64,
      run: ["/usr/bin/java", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xss64m", "-Xmx80m", "-Dfile.encoding=UTF-8", "-cp", "/box", "Main"],
    },
  ])("$id runs as $run", ({ id, file, run, processes }) => {
    const planned = plan(builtIn(id), file);
    expect(planned.run.command).toEqual([...run]);
    expect([planned.language, planned.run.minimumProcesses, planned.stagedMode]).toEqual([id, processes, 0o644]);
  });

  test.each([
    { id: "c", file: "a.c", compile: "/usr/bin/gcc -x c -O2 -std=gnu17 -static -o ./a a.c -lm", artefacts: ["a"] },
    { id: "cpp", file: "a.cc", compile: "/usr/bin/g++ -x c++ -O2 -std=gnu++20 -static -o ./a a.cc", artefacts: ["a"] },
    {
      id: "rust", file: "a-b.rs", artefacts: ["a-b"],
      compile: "/usr/bin/rustc --edition 2021 -C opt-level=3 -C target-feature=+crt-static --crate-name main -o ./a-b a-b.rs",
    },
    { id: "go", file: "a.go", compile: "/usr/bin/go build -o ./main main.go", artefacts: ["main"] },
    {
      id: "java", file: "a.java", artefacts: ["**/*.class"],
      compile:
        "/usr/bin/javac -J-XX:+UseSerialGC -J-XX:TieredStopAtLevel=1 -J-XX:-UsePerfData -J-Xmx1792m -encoding UTF-8 -d . Main.java",
    },
  ])("$id compiles as $compile", ({ id, file, compile, artefacts }) => {
    const planned = plan(builtIn(id), file);
    expect(planned.compile?.command.join(" ")).toBe(compile);
    expect(planned.compile!.artefacts).toEqual([...artefacts]);
  });

  test("Go's collector knows the limit, the compiler's variables are not the program's", () => {
    const { compile, run } = plan(builtIn("go"), "a.go");
    expect(run.environment).toEqual([["GOMAXPROCS", "4"], ["GOMEMLIMIT", "112MiB"]]);
    expect(Object.fromEntries(compile!.environment)).toMatchObject({ GOMAXPROCS: "4", CGO_ENABLED: "0", GOCACHE: "/tmp/go-cache" });
  });

  test("Java sees its configuration in both steps", () => {
    const { compile, run } = plan(builtIn("java"), "a.java");
    expect(compile!.mounts).toContain("etc/java-17-openjdk:maybe");
    expect(run.mounts).toEqual(compile!.mounts);
  });

  test("a language that was named takes a file of any name", () => {
    expect(plan(builtIn("c"), "prog.txt").compile!.command).toContain("prog.c");
    expect(plan(builtIn("go"), "prog.txt").stagedName).toBe("main.go");
    expect(plan(builtIn("java"), "prog").stagedName).toBe("Main.java");
  });
});

describe("names", () => {
  test("a source without extension is not overwritten by the program", () => {
    const { compile, run } = plan(pack("compile: {command: 'c -o {executable} {source}'}\nrun: {command: '{executable}'}"), "prog");
    expect(compile!.command).toEqual(["c", "-o", "./prog.out", "prog"]);
    expect([run.command[0], compile!.artefacts[0]]).toEqual(["./prog.out", "prog.out"]);
  });

  test.each([
    { file: "sum.cpp", id: "cpp", staged: "sum.cpp" },
    { file: "sum-v2_final.cc", id: "cpp", staged: "sum-v2_final.cc" },
    { file: "SUM.CC", id: "cpp", staged: "SUM.cc" },
    { file: "sum.C", id: "cpp", staged: "sum.C" },
    { file: "sum.c", id: "cpp", staged: "sum.C" },
    { file: "sum.h", id: "c", staged: "sum.c" },
    { file: "sum", id: "c", staged: "sum.c" },
    { file: "a.b.cpp", id: "cpp", staged: "main.cpp" },
    { file: "1.rs", id: "rust", staged: "main.rs" },
    { file: "-o.c", id: "c", staged: "main.c" },
    { file: "@x.c", id: "c", staged: "main.c" },
    { file: "my 'prog'.cpp", id: "cpp", staged: "main.cpp" },
    { file: "a{stem}*[b]?.c", id: "c", staged: "main.c" },
    { file: "größe.sh", id: "shell", staged: "main.sh" },
    { file: `${"a".repeat(100)}.c`, id: "c", staged: `${"a".repeat(100)}.c` },
    { file: `${"a".repeat(101)}.c`, id: "c", staged: "main.c" },
    { file: "random.py", id: "python", staged: "main.py" },
    { file: "sum_test.go", id: "go", staged: "main.go" },
    { file: "x.test.mjs", id: "javascript", staged: "main.mjs" },
  ])("$file in $id is called $staged", ({ file, id, staged }) => {
    expect(plan(builtIn(id), file).stagedName).toBe(staged);
  });

  test("an added file keeps its name, and cannot become an option; a source that we name gives way to it", () => {
    const { compile } = plan(builtIn("c"), "a b.c", { added: ["-x.c", "@y.c", "main.c", "main2.c", "h.h"] });
    expect(compile!.command.slice(-6)).toEqual(["main3.c", "./-x.c", "./@y.c", "main.c", "main2.c", "-lm"]);
    expect(plan(builtIn("python"), "a.py", { added: ["main.py"] }).stagedName).toBe("main2.py");
    expect(plan(builtIn("cpp"), "x.h", { added: ["x.cpp"] }).stagedName).toBe("main.cpp");
    expect(() => plan(builtIn("c"), "a.c", { added: ["a.c"] })).toThrow('two files would be called "a.c" in the box');
    expect(() => plan(builtIn("java"), "a.java", { added: ["Main.java"] })).toThrow('two files would be called "Main.java" in the box');
  });

  test("a pack may put the caller's name together with its own", () => {
    const language = pack("extensions: [.one, .two]\nsource_name: 'x{stem}{extension}'\nrun: {command: ['{stem}', '--in={source}', '{extension}']}");
    expect(plan(language, "a.TWO").run.command).toEqual(["xa", "--in=xa.two", ".two"]);
    expect(plan(language, "-a.three", { startsElsewhere: true }).run.command).toEqual(["xmain", "--in=/box/xmain.one", ".one"]);
  });

  test("a run that starts in another directory names its files by absolute paths", () => {
    const elsewhere = { startsElsewhere: true };
    expect(plan(builtIn("python"), "-a.py", elsewhere).run.command).toEqual(["/usr/bin/python3", "-u", "/box/main.py"]);
    expect(plan(builtIn("c"), "a.c", elsewhere).run.command).toEqual(["/box/a"]);
    expect(plan(builtIn("c"), "a.c", elsewhere).compile!.command).toContain("./a");
    expect(plan(null, "a", elsewhere).run.command).toEqual(["/box/a"]);
  });

  test.each([
    { name: "", reason: "it is empty" },
    { name: ".", reason: "it is a directory" },
    { name: "..", reason: "it is a directory" },
    { name: "a/b.c", reason: "it contains a path separator" },
    { name: "/a.c", reason: "it contains a path separator" },
    { name: "a\nb.c", reason: "it contains a control character" },
    { name: "a\0.c", reason: "it contains a control character" },
    { name: "a\u001b[31m.c", reason: "it contains a control character" },
    { name: "a\u009b.c", reason: "it contains a control character" },
    { name: `${"a".repeat(254)}.c`, reason: "it is 256 bytes long" },
    { name: `${"ü".repeat(127)}.c`, reason: "it is 256 bytes long" },
  ])("a name is refused: $reason", ({ name, reason }) => {
    for (const language of [builtIn("c"), builtIn("java"), null]) expect(() => plan(language, name)).toThrow(reason);
    expect(() => plan(builtIn("c"), "a.c", { added: [name] })).toThrow(reason);
  });

  test("an added file that only lies beside the source is not handed to the compiler", () => {
    const { compile } = plan(builtIn("cpp"), "a.cpp", { added: ["b.cpp", "c.cpp"], inTrees: ["d/e.cpp"], onlyBeside: ["b.cpp", "d/e.cpp"] });
    expect(compile!.command.filter((word) => word.endsWith(".cpp"))).toEqual(["a.cpp", "c.cpp"]);
    // And it gives way to the source.
    expect(plan(builtIn("java"), "a.java", { added: ["Main.java"], onlyBeside: ["Main.java"] }).stagedName).toBe("Main.java");
    expect(plan(builtIn("python"), "a.py", { added: ["main.py"], onlyBeside: ["main.py"] }).stagedName).toBe("main.py");
  });

  test("a file that keeps its name may have as many bytes as a file can have, one that is added 200", () => {
    expect(plan(null, "a".repeat(255)).stagedName).toHaveLength(255);
    expect(plan(builtIn("c"), `${"a".repeat(253)}.c`).stagedName).toBe("main.c");
    expect(() => plan(builtIn("c"), "a.c", { added: ["h".repeat(201)] })).toThrow("it is 201 bytes long, at most 200 are allowed");
  });
});

describe("limits", () => {
  const language = pack("run: {command: 'x {memory_mb} {memory_mb-28} {time_s}'}\ncompile: {command: 'c {memory_mb-48} {time_s}', limits: {memory: 1GiB, time: 1.5s}}");

  test("each step has its own", () => {
    const { compile, run } = plan(language, "a.x", { cpuTimeSeconds: 2.1 });
    expect(compile!.command).toEqual(["c", "976", "2"]);
    expect(run.command).toEqual(["x", "128", "100", "3"]);
  });

  test("without a limit the memory is that of the machine and the time the largest there is", () => {
    const machine = Math.floor(totalmem() / mebibyte);
    expect(plan(language, "a.x", { memoryBytes: null, cpuTimeSeconds: null }).run.command).toEqual(["x", `${machine}`, `${machine - 28}`, "2592000"]);
  });

  test("a memory limit that leaves nothing is refused", () => {
    expect(() => plan(language, "a.x", { memoryBytes: 28 * mebibyte })).toThrow(
      "the memory limit of 28 MB leaves nothing for {memory_mb-28} in the language pack",
    );
  });

  test("a memory limit below what the runtime needs is refused", () => {
    expect(() => plan(builtIn("java"), "a.java", { memoryBytes: 64 * mebibyte })).toThrow(
      "cannot run java with a memory limit of 64 MB: it needs at least 80 MB",
    );
    expect(plan(builtIn("java"), "a.java", { memoryBytes: 80 * mebibyte }).run.command).toContain("-Xmx32m");
  });
});

test("{dir} is the directory that a step works in, which without namespaces is not the same for both", () => {
  const language = pack("compile: {command: 'cc -I{dir} {sources}'}\nrun: {command: 'x {dir}'}");
  const planned = plan(language, "a.x", { workdir: "/state/0/box", compileDir: "/state/0/compile" });
  expect([planned.compile!.command, planned.run.command]).toEqual([["cc", "-I/state/0/compile", "a.x"], ["x", "/state/0/box"]]);
  expect(plan(language, "a.x").compile!.command).toEqual(["cc", "-I/box", "a.x"]);
});

describe("arguments of the program", () => {
  const args = ["-x", "a b", "", "{source}", "--", "*"];

  test("stand where the pack has {args}, each a word, and nothing in them is filled in", () => {
    const language = pack("run: {command: 'x {args} {source}'}");
    expect(plan(language, "a.x", { args }).run.command).toEqual(["x", ...args, "a.x"]);
    expect(plan(language, "a.x").run.command).toEqual(["x", "a.x"]);
  });

  test("stand at the end where the pack does not name a place, also of a file that is executed directly", () => {
    expect(plan(builtIn("c"), "a.c", { args }).run.command).toEqual(["./a", ...args]);
    expect(plan(null, "a", { args }).run.command).toEqual(["./a", ...args]);
    expect(plan(pack("run: {command: 'x {{args}}'}"), "a.x", { args: ["1"] }).run.command).toEqual(["x", "{args}", "1"]);
  });

  test("are not the compiler's, which must not name them", () => {
    expect(plan(builtIn("c"), "a.c", { args }).compile).toEqual(plan(builtIn("c"), "a.c").compile);
    expect(() => pack("run: {command: x}\ncompile: {command: 'c {args}'}")).toThrow("placeholder {args} has no meaning here");
  });
});

test("a file that is executed directly is made executable and has no compile step", () => {
  expect(plan(null, "script.xyz")).toEqual({
    language: null, stagedName: "script.xyz", stagedMode: 0o755, mainClass: null, compile: null,
    run: { command: ["./script.xyz"], environment: [], usesRuntime: false, mounts: [], network: "none", allow: [], minimumProcesses: 1, seccomp: null },
  });
});

test("variables of a step come after those of the language and replace them", () => {
  const language = pack("environment: {A: 1, B: '{stem}'}\nrun: {command: x, environment: {A: '{source}', C: 3}}");
  expect(plan(language, "a.x").run.environment).toEqual([["A", "a.x"], ["B", "a"], ["C", "3"]]);
});

describe("artefactMatcher", () => {
  test.each([
    { glob: "**/*.class", path: "Main.class", matches: true },
    { glob: "**/*.class", path: "a/b/Main$1.class", matches: true },
    { glob: "**/*.class", path: "Main.java", matches: false },
    { glob: "*.class", path: "a/Main.class", matches: false },
    { glob: "./a", path: "a", matches: true },
    { glob: "a", path: "b/a", matches: false },
    { glob: "**", path: "a/.hidden/b", matches: true },
    { glob: "*.{{o,a}}", path: "x.o", matches: true },
  ])("$glob and $path: $matches", ({ glob, path, matches }) => {
    const language = pack(`run: {command: x}\ncompile: {command: c, artefacts: ['${glob}']}`);
    expect(artefactMatcher(plan(language, "s.x").compile!.artefacts)(path)).toBe(matches);
  });
});
