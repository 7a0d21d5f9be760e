// The package as its users have it: packed, installed into an empty project without a registry, and used there under Bun, under Node and by tsc.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { buildLibrary } from "../builds/library.ts";
import { binaryPath, plainPath } from "../helpers/binary.ts";
import { openLibrary } from "../helpers/library-state.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

const top = join(import.meta.dir, "../..");
const node = "/usr/bin/node";
const npm = executable("/usr/bin/npm");
const isInstallable = npm.missing === null;
let base: string;
let project: string;

async function output(command: readonly string[], cwd: string, environment: Record<string, string> = {}): Promise<string> {
  const child = Bun.spawn([...command], { cwd, stdin: "ignore", stdout: "pipe", stderr: "pipe", env: { PATH: plainPath, HOME: base, ...environment } });
  const [said, complained] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")}: ${said}${complained}`);
  return said;
}

beforeAll(async () => {
  base = makeTestDirectory("installed");
  const packed = join(base, "packed");
  project = join(base, "project");
  for (const path of [join(packed, "dist"), project]) mkdirSync(path, { recursive: true });
  for (const name of ["package.json", "README.md"]) cpSync(join(top, name), join(packed, name));
  await buildLibrary(join(packed, "dist"));
  // In place of 100 MB that would be compressed and taken apart again: a script that becomes them.
  writeFileSync(join(packed, "dist/mini-isolate"), `#!/bin/sh\nexec ${binaryPath} "$@"\n`, { mode: 0o755 });
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }');
  if (!isInstallable) return;
  await output(["/usr/bin/npm", "pack", "--ignore-scripts", "--silent"], packed);
  const file = readdirSync(packed).find((name) => name.endsWith(".tgz"))!;
  await output(["/usr/bin/npm", "install", "--offline", "--no-audit", "--no-fund", "--silent", join(packed, file)], project);
  for (const path of ["node/uses-everything.mjs", "node/judges.mjs", "library/strict.ts"]) cpSync(join(top, "test/fixtures", path), join(project, path.split("/")[1]!));
}, 60_000);

afterAll(() => rmSync(base, { recursive: true, force: true }));

/** What the program says under either runtime. */
const everything = {
  config: [64 * 1024 * 1024, 3, 20, [["A", "b"]]],
  echoed: "text", nothing: "", words: "--json|a b||", limited: "TimeLimit", failed: 1, environment: "c-\n",
  compiled: ["compiled\n", "c", true], wrong: "CompileError", written: ["['--json', 'b c']\n", "x\n", "x\n", "string"], readOnly: { made: { bytes: 2, text: "x\n" } }, copied: ["Success", "", true],
  first: "got one\n", second: "got two\n", errors: "done\n", verdict: "Success",
  pieces: ["ab", "", true], thrower: "by the caller", flood: [8 * 1024 * 1024, true], aborted: "enough", again: "again\n",
  busy: ["LockBusy", 75], refused: ["Config", 64], unknown: ["Config", 64], missing: ["Config", 64], languages: [".c"], explained: true,
  gone: [false, ["Config", 64]], twice: ["Config", 64], named: [["b1"], "b1", null, null],
  pooled: ["a", "b", "c"], closed: ["Process", 5], left: [],
};

describe("the package, installed into an empty project,", () => {
  const claim = claimWith(...sandbox, npm, executable(node));

  claim("has the library for both runtimes, the declarations and the binary, and needs no other package", async () => {
    expect(readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["mini-isolate"]);
    expect(readdirSync(join(project, "node_modules/mini-isolate/dist")).toSorted()).toEqual(["index.d.ts", "index.js", "mini-isolate", "node.js"]);
    expect(await output([join(project, "node_modules/.bin/mini-isolate"), "--version"], project)).toStartWith("mini-isolate ");
    const text = readFileSync(join(project, "node_modules/mini-isolate/dist/node.js"), "utf8");
    expect(new Bun.Transpiler({ loader: "js" }).scanImports(text).filter(({ path }) => !isBuiltin(path) || path.startsWith("bun"))).toEqual([]);
    expect(text).not.toMatch(/\bBun\./);
  });

  for (const [name, runtime] of [["Bun", process.execPath], ["Node", node]] as const) {
    claim(`does and says the same under ${name}`, async () => {
      using state = openLibrary();
      expect(JSON.parse(await output([runtime, "uses-everything.mjs", state.stateDir], project))).toEqual(everything);
    }, { timeout: 60_000 });
  }

  for (const [name, runtime] of [["Bun", process.execPath], ["Node", node]] as const) {
    claim(`judges under ${name}: events as tests end, decided again without a run, and ended by an abort`, async () => {
      using state = openLibrary();
      mkdirSync(join(state.base, "tests"));
      for (const number of [1, 2]) for (const ending of ["in", "ans"]) writeFileSync(join(state.base, `tests/${number}.${ending}`), `${number}\n`);
      writeFileSync(join(state.base, "echo.sh"), "read n; if [ $n = 2 ]; then echo 3; else echo $n; fi\n");
      const said = JSON.parse(await output([runtime, "judges.mjs", state.base, state.stateDir], project));
      expect(said).toEqual({
        kinds: ["begin", "compiled", "test", "begin", "test", "submission", "end"], verdicts: ["1 AC", "2 WA"], last: "WA", again: "TLE",
        aborted: "enough", refused: ["Config", "cannot use 0 as jobs: it must be greater than 0"], missing: "Config",
      });
    });
  }

  for (const [title, program, environment, printed] of [
    ["takes the binary that the option names", 'Isolate.listAll({ binary: "/nowhere" })', {}, "Config cannot use /nowhere as the binary (the option binary): it is no file that can be executed"],
    ["takes the binary of the environment", "Isolate.listAll()", { MINI_ISOLATE_BINARY: "/etc/passwd" }, "Config cannot use /etc/passwd as the binary (MINI_ISOLATE_BINARY): it is no file that can be executed"],
    ["says how a binary ended that says nothing", "Isolate.listAll()", { MINI_ISOLATE_BINARY: "/bin/false" }, "Process cannot learn what mini-isolate did: it ended with exit code 1 and said nothing"],
  ] as const) {
    claim(`under Node, ${title}`, async () => {
      const script = `import { Isolate } from "mini-isolate"; try { ${program}; } catch (error) { console.log(error.kind, error.message); }`;
      expect(await output([node, "--input-type=module", "--eval", script], project, environment)).toBe(`${printed}\n`);
    });
  }

  claim("under Node, removes a temporary box that nobody cleaned up", async () => {
    using state = openLibrary();
    const script = `import { Isolate } from "mini-isolate"; console.log(Isolate.temporary({}, { stateDir: ${JSON.stringify(state.stateDir)} }).workdir);`;
    const workdir = (await output([node, "--input-type=module", "--eval", script], project)).trim();
    expect([workdir.startsWith(state.stateDir), existsSync(workdir)]).toEqual([true, false]);
  });

  test.skipIf(!isInstallable)("type-checks strictly, as Node resolves it, without any types of Node", async () => {
    const compilerOptions = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false, noEmit: true, types: [], target: "ES2022", lib: ["ES2022", "ESNext.Disposable"], module: "NodeNext" };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["strict.ts"] }));
    expect(await output([process.execPath, join(top, "node_modules/typescript/bin/tsc"), "-p", "."], project)).toBe("");
  });
});
