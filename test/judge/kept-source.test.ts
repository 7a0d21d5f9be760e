// A source that runs many times in boxes of one process: read, planned and compiled once, and the same program in each run.
import { expect } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { plainRun, stdinFrom, type Overrides } from "../../src/model/request.ts";
import { IsolatePool } from "../../src/pool/isolate-pool.ts";
import { KeptSource } from "../../src/source/kept-source.ts";
import { openState } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/gcc"), executable("/usr/bin/python3"));

/** Says who it is; then puts another program in its own place. */
const replacing = `#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
int main(int argc, char **argv) {
  printf("the original\\n");
  for (int i = 0; i < 2; i++) {
    if (i == 1) { rename(argv[0], "away"); unlink("away"); }
    FILE *f = fopen(argv[0], i == 0 ? "r+" : "w");
    if (f == 0) continue;
    fputs("#!/bin/sh\\necho replaced\\n", f);
    fclose(f);
    chmod(argv[0], 0755);
  }
  return 0;
}
`;

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

for (const cache of [true, false]) {
  claim(`is compiled once${cache ? "" : ", also without the compile cache"}, and is the same program in each run, whatever a run does to it`, async () => {
    await using state = openState();
    await using pool = new IsolatePool({ boxes: 2, stateDir: state.directory });
    const steps: string[] = [];
    const path = state.file("replacing.c", replacing);
    const run = (kept: KeptSource, overrides: Overrides = {}) =>
      pool.use((box) => box.runSource({ path, language: null, packs: [], cache, kept }, stdinFrom(null), { ...plainRun, overrides, trace: (line) => void steps.push(line) }));
    const kept = new KeptSource();
    const first = await run(kept);
    expect([first.stdout, first.compile?.cached]).toEqual(["the original\n", false]);
    // What is in the file now is another source.
    writeFileSync(path, "no C at all");
    const more = [...(await Promise.all([run(kept), run(kept)])), await run(kept, { maxCpu: 1 }), await run(kept)];
    expect(more.map(({ stdout, compile }) => [stdout, compile?.cached])).toEqual(Array(4).fill(["the original\n", true]));
    expect(steps.filter((line) => line.startsWith("compiling:"))).toHaveLength(1);
    const held = descriptors();
    kept[Symbol.dispose]();
    expect(descriptors()).toBe(held - 1);
    const after = await run(kept);
    expect(after.phase).toBe("compile");
    kept[Symbol.dispose]();
  });
}

claim("each run has its own limits and arguments", async () => {
  await using state = openState();
  await using pool = new IsolatePool({ boxes: 1, stateDir: state.directory });
  using kept = new KeptSource();
  const path = state.file("args.py", "import sys, resource\nprint(sys.argv[1:], resource.getrlimit(resource.RLIMIT_CPU)[0])\n");
  const run = async (args: readonly string[], maxCpu: number) => (await pool.use((box) => box.runSource({ path, language: null, packs: [], args, kept }, stdinFrom(null), { ...plainRun, overrides: { maxCpu } }))).stdout;
  const of = (stdout: string) => stdout.split("] ").map((part, index) => (index === 0 ? part : Number(part)));
  const seen = [await run(["a"], 3), await run(["b", "c"], 3), await run(["a"], 6), await run(["a"], 3)].map(of);
  expect(seen.map(([args]) => args)).toEqual(["['a'", "['b', 'c'", "['a'", "['a'"]);
  expect(seen[2]![1]).toBeGreaterThan(seen[0]![1] as number);
  expect([seen[1]![1], seen[3]![1]]).toEqual([seen[0]![1], seen[0]![1]]);
});

claim("a source that does not compile is refused in each run", async () => {
  await using state = openState();
  await using pool = new IsolatePool({ boxes: 1, stateDir: state.directory });
  using kept = new KeptSource();
  const path = state.file("broken.c", "int main( {\n");
  const run = () => pool.use((box) => box.runSource({ path, language: null, packs: [], kept }, stdinFrom(null), plainRun));
  expect([(await run()).phase, (await run()).phase]).toEqual(["compile", "compile"]);
});
