// What the binary executes before its runtime: the code, and how it is put into a file. What it is for: test/cases/host-faults.test.ts.
import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { guardCode } from "../builds/guard-code.ts";
import { withGuard } from "../builds/guard.ts";
import { architectures, assembleIn, link } from "../helpers/assemble.ts";
import { binaryPath, openState } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { temporaryDirectory } from "../helpers/temporary.ts";

const sources = join(import.meta.dir, "../fixtures/builds");

for (const { architecture, assembler, run, runner } of architectures) {
  describe(architecture, () => {
    claimWith(...assembler)("its bytes are those of the source", () => {
      expect(guardCode[architecture]).toBe(assembleIn(architecture, sources, `guard-${architecture}.s`));
    });

    claimWith(...assembler, ...runner)("a program with a guard ends as it did, and with 69 where its working directory was removed", () => {
      using directory = temporaryDirectory();
      const program = link(architecture, join(sources, `end-with-7-${architecture}.s`), directory.path, {}, ["--build-id"]);
      const guarded = join(directory.path, "guarded");
      writeFileSync(guarded, withGuard(readFileSync(program)));
      chmodSync(guarded, 0o755);
      const end = (path: string, before = "") => {
        const { exitCode, stderr } = Bun.spawnSync(["/bin/sh", "-c", `${before}exec "$@"`, "sh", ...run, path], { cwd: directory.path, stdin: "ignore" });
        return [exitCode, stderr.toString()];
      };
      expect([end(program), end(guarded)]).toEqual([[7, ""], [7, ""]]);
      const gone = "mkdir gone; cd gone; rmdir ../gone; ";
      expect(end(program, gone)).toEqual([7, ""]);
      expect(end(guarded, `${gone}export BUN_BE_BUN=0 BUN_BE_BUN_=1; `)[0]).toBe(69);
      expect(end(guarded, `${gone}export BUN_BE_BUN=1; `)).toEqual([7, ""]);
      expect(end(guarded, gone)).toEqual([69, "mini-isolate: cannot start: the working directory was removed\nhint: change to a directory that is there (cd)\n"]);
    });

    const compiler = architecture === (process.arch === "arm64" ? "aarch64" : "x86_64") ? "/usr/bin/gcc" : `/usr/bin/${architecture}-linux-gnu-gcc`;
    claimWith(executable(compiler), ...runner)("a command has the engine's setting, one that stays has not, and a caller's own is left alone", () => {
      using directory = temporaryDirectory();
      const program = join(directory.path, "program");
      // Not at a random address, as the binary of Bun, and with the address of setenv looked up when it is called.
      expect(Bun.spawnSync([compiler, "-no-pie", "-Wl,-z,lazy", "-Wl,--build-id", "-o", program, join(sources, "print-engine-setting.c"), join(sources, "call-setenv.c")]).stderr.toString()).toBe("");
      const guarded = join(directory.path, "guarded");
      writeFileSync(guarded, withGuard(readFileSync(program)));
      chmodSync(guarded, 0o755);
      const libraries = run.length === 0 ? [] : ["-L", `/usr/${architecture}-linux-gnu`];
      const says = (words: readonly string[], env: Record<string, string> = {}) => Bun.spawnSync([...run, ...libraries, guarded, ...words], { env, stdin: "ignore" }).stdout.toString().trim();
      expect(["run --box-id b", "execute", "", "k", "--version"].map((words) => says(words.split(" ").filter((word) => word !== "")))).toEqual(Array.from({ length: 5 }, () => "20000"));
      expect(["keeper", "batch --jobs 2"].map((words) => says(words.split(" ")))).toEqual(["not set", "not set"]);
      expect(says(["run"], { BUN_JSC_thresholdForJITAfterWarmUp: "700" })).toBe("700");
      expect(says(["run"], { BUN_BE_BUN: "1" })).toBe("not set");
    });
  });
}

claimWith(...sandbox)("the engine's setting does not reach a program, and a caller's own does", async () => {
  await using state = openState();
  const seen = async (env: Record<string, string>) => (await state.mini(["run", "--passthrough", "--full-env", "--", "/usr/bin/env"], { env })).stdout.split("\n").filter((line) => line.startsWith("BUN_JSC"));
  expect(await seen({})).toEqual([]);
  expect(await seen({ BUN_JSC_thresholdForJITAfterWarmUp: "700" })).toEqual(["BUN_JSC_thresholdForJITAfterWarmUp=700"]);
});

test("what npm run build makes has a guard, and gets no second one", () => {
  const binary = readFileSync(binaryPath);
  expect(withGuard(binary).length).toBe(binary.length);
});

test("what is no ELF file, or is for another processor, is refused", () => {
  const other = Buffer.alloc(64);
  other.write("\x7fELF\x02", "latin1");
  for (const file of [Buffer.from("#!/bin/sh\n"), Buffer.alloc(0), other]) expect(() => withGuard(file)).toThrow("cannot guard");
});
