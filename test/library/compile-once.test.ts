// The same source at the same time: one compiler runs, and the others have its result.
import { expect } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Isolate, IsolatePool, type ExecutionResult } from "../../src/index.ts";
import { openState } from "../helpers/binary.ts";
import { openLibrary } from "../helpers/library-state.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const source = { path: "sum.c", bytes: Buffer.from('#include <stdio.h>\nint main(void) { puts("once"); }\n') };
const broken = { path: "sum.c", bytes: Buffer.from("int main(void) { return }\n") };
const outcome = ({ status, stdout, compile }: ExecutionResult) => [status, stdout, compile?.status];
const unfinished = (stateDir: string) => readdirSync(join(stateDir, ".cache/new"));

claim("one source, compiled by several runs of a process, starts one compiler", async () => {
  using state = openLibrary();
  await using pool = new IsolatePool({ boxes: 4, ...state });
  const lines: string[] = [];
  const results = await Promise.all(Array.from({ length: 4 }, () => pool.runSource(source, null, { trace: (line) => lines.push(line) })));
  expect(results.map(outcome)).toEqual(Array(4).fill(["Success", "once\n", "Success"]));
  expect(results.map(({ compile }) => compile!.cached).toSorted()).toEqual([false, true, true, true]);
  expect(lines.filter((line) => line.startsWith("compiling:"))).toHaveLength(1);
  expect(unfinished(state.stateDir)).toEqual([]);
});

claim("one source, compiled by several processes, starts one compiler", async () => {
  await using state = openState();
  const path = state.file("sum.c", source.bytes);
  const outcomes = await Promise.all([0, 1, 2].map(() => state.mini(["execute", "--verbose", "--source", path])));
  expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  expect(outcomes.flatMap(({ stderr }) => stderr.match(/^mini-isolate: compiling:/gm) ?? [])).toHaveLength(1);
});

claim("a source that does not compile is compiled by each run, and the others do not wait for one after the other", async () => {
  using state = openLibrary();
  await using pool = new IsolatePool({ boxes: 3, ...state });
  const results = await Promise.all([0, 1, 2].map(() => pool.runSource(broken)));
  expect(results.map(({ status, compile }) => [status, compile?.cached])).toEqual(Array(3).fill(["CompileError", false]));
  expect(unfinished(state.stateDir)).toEqual([]);
});

claim("a run that waits for another's compiler is ended at once by its signal", async () => {
  using state = openLibrary();
  const pack = join(state.base, "slow.yaml");
  writeFileSync(pack, "version: 1\nid: slow\nname: Slow\nextensions: [.slow]\ncompile: { command: [/bin/sh, -c, 'sleep 30; cp {source} out'], artefacts: [out], limits: { processes: 4 } }\nrun: { command: [/bin/cat, out] }\n");
  using first = Isolate.temporary({}, state);
  using second = Isolate.temporary({}, state);
  const [one, two] = [new AbortController(), new AbortController()];
  const slow = { path: "x.slow", bytes: Buffer.from("x"), packs: [pack] };
  const started = Promise.withResolvers<void>();
  const compiling = first.runSource(slow, null, { signal: one.signal, trace: (line) => line.startsWith("the program runs") && started.resolve() }).catch((error: unknown) => error);
  await started.promise;
  const waiting = second.runSource(slow, null, { signal: two.signal }).catch((error: unknown) => error);
  two.abort("enough");
  expect(await waiting).toBe("enough");
  one.abort("enough as well");
  expect(await compiling).toBe("enough as well");
  expect(unfinished(state.stateDir)).toEqual([]);
});
