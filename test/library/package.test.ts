// What is published: one module and its declarations. They are built here, type-checked as a stranger would, bundled in each way and run from an empty directory.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import packageJson from "../../package.json";
import { buildLibrary } from "../builds/library.ts";
import { openLibrary } from "../helpers/library-state.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

const top = join(import.meta.dir, "../..");
const fixtures = join(top, "test/fixtures/library");
const claim = claimWith(...sandbox);
let project: string;

async function output(command: readonly string[], cwd: string): Promise<string> {
  const child = Bun.spawn([...command], { cwd, stdin: "ignore", stdout: "pipe", stderr: "pipe", env: { PATH: "/usr/bin:/bin", HOME: cwd, NODE_NO_WARNINGS: "1" } });
  const [said, complained] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")}: ${said}${complained}`);
  return said;
}

beforeAll(async () => {
  project = makeTestDirectory("package");
  const installed = join(project, "node_modules/mini-isolate");
  mkdirSync(installed, { recursive: true });
  copyFileSync(join(top, "package.json"), join(installed, "package.json"));
  await buildLibrary(join(installed, "dist"));
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  for (const name of readdirSync(fixtures)) cpSync(join(fixtures, name), join(project, name));
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("the package", () => {
  test("needs no other at run time, and leads to one module and one file of declarations, which are published", () => {
    expect("dependencies" in packageJson).toBeFalse();
    expect(packageJson.exports["."]).toMatchObject({ types: "./dist/index.d.ts", bun: "./dist/index.js" });
    for (const path of Object.values(packageJson.exports["."])) expect(packageJson.files).toContain(path.slice(2));
    const text = readFileSync(join(project, "node_modules/mini-isolate/dist/index.js"), "utf8");
    const imports = new Bun.Transpiler({ loader: "js" }).scanImports(text).map(({ path }) => path).filter((path) => !isBuiltin(path) && !path.startsWith("bun:"));
    expect(imports).toEqual([]);
  });

  test.each(["NodeNext", "bundler"])("type-checks strictly without the types of any runtime (%s)", async (resolution) => {
    const compilerOptions = {
      strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false, noEmit: true, types: [],
      target: "ES2022", lib: ["ES2022", "ESNext.Disposable"], module: resolution === "bundler" ? "ESNext" : "NodeNext", moduleResolution: resolution,
    };
    const path = join(project, `tsconfig.${resolution}.json`);
    writeFileSync(path, JSON.stringify({ compilerOptions, files: ["strict.ts"] }));
    expect(await output([process.execPath, join(top, "node_modules/typescript/bin/tsc"), "-p", path], project)).toBe("");
  });
});

describe("from an empty directory, the library", () => {
  const program = "uses-everything.ts";
  const bundles: readonly (readonly [name: string, flags: readonly string[], run: readonly string[]])[] = [
    ["as it is installed", [], [process.execPath, program]],
    ["in a bundle", ["--target=bun", "--outfile", "one.js"], [process.execPath, "one.js"]],
    ["in a minified bundle", ["--target=bun", "--minify", "--outfile", "small.js"], [process.execPath, "small.js"]],
    ["in a bundle in several files", ["--target=bun", "--minify", "--splitting", "--outdir", "parts"], [process.execPath, "parts/uses-everything.js"]],
    ["in an executable", ["--compile", "--outfile", "alone"], ["alone"]],
    ["in a minified executable with bytecode, in several files", ["--compile", "--minify", "--bytecode", "--format=esm", "--splitting", "--outfile", "small"], ["small"]],
  ];

  for (const [name, flags, run] of bundles) {
    claim(`works ${name}`, async () => {
      using state = openLibrary();
      const made = join(state.base, "made");
      const empty = join(state.base, "empty");
      for (const path of [made, empty]) mkdirSync(path);
      const isInstalled = flags.length === 0;
      if (!isInstalled) await output([process.execPath, "build", join(project, program), ...flags], made);
      const command = run.map((word) => (word === process.execPath ? word : join(isInstalled ? project : made, word)));
      expect(JSON.parse(await output([...command, state.stateDir], empty))).toEqual({
        said: ["text", "compiled\n", "streamed", "Success", "pooled\n"], hasPack: true, refused: "Config",
      });
    });
  }
});
