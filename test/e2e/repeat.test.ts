// --repeat: the same thing several times, one document.
import { expect } from "bun:test";
import { openState } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { expectNothingLeft } from "../helpers/host.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/gcc"));
const shell = (script: string) => ["--", "/bin/sh", "-c", script];

claim("runs as often as asked, with the same input each time, and says what the runs took", async () => {
  await using state = openState();
  const input = state.file("input", "line\n");
  const { exitCode, result } = await state.json(["run", "--repeat", "3", "--processes", "2", "--input", input, ...shell("read line; echo $line >>all; /bin/cat all")]);
  expect([exitCode, result.stdout]).toEqual([0, "line\nline\nline\n"]);
  const { repeat } = result;
  expect(repeat).toMatchObject({ runs: 3, statuses: { Success: 3 } });
  for (const figures of [repeat!.cpu_time!, repeat!.wall_time!, repeat!.memory_peak!]) {
    expect(figures.min).toBeGreaterThan(0);
    expect(figures.median).toBeWithin(figures.min, figures.max + 1e-9);
    expect(figures.spread).toBeCloseTo(figures.max - figures.min, 6);
  }
  await expectNothingLeft(state);
});

claim("ends with the first run that fails, and with its exit code", async () => {
  await using state = openState();
  const third = await state.json(["run", "--repeat", "9", "--processes", "4", ...shell("echo x >>runs; [ $(wc -l <runs) -lt 3 ]")]);
  expect([third.exitCode, third.result.status, third.result.repeat?.statuses]).toEqual([1, "RuntimeError", { Success: 2, RuntimeError: 1 }]);
});

claim("compiles once, also without the cache", async () => {
  await using state = openState();
  const source = state.file("hello.c", "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }\n");
  const { stdout, stderr } = await state.mini(["execute", "--repeat", "4", "--no-cache", "--verbose", "--source", source]);
  expect(stderr.match(/^mini-isolate: compiling: /gm)).toHaveLength(1);
  expect(stderr.match(/^mini-isolate: run [1-4] of 4$/gm)).toHaveLength(4);
  expect(stdout).toContain("Runs: 4 (4 Success)\n");
  const broken = await state.json(["execute", "--repeat", "4", "--source", state.file("broken.c", "nonsense\n")]);
  expect([broken.exitCode, broken.result.repeat]).toEqual([6, undefined]);
});

claim("an input that can be read once only is refused, and so are flags that do not fit", async () => {
  await using state = openState();
  const piped = await state.mini(["run", "--repeat", "2", "--", "/bin/cat"], { through: ["/bin/sh", "-c", 'echo once | "$@"', "sh"] });
  expect([piped.exitCode, piped.stdout, piped.stderr]).toEqual([64, "", expect.stringMatching(/cannot repeat a run that reads a pipe[\s\S]*--input FILE/)]);
  for (const flag of ["--passthrough", "--inherit-fds", "--explain"]) {
    const { exitCode, stderr } = await state.mini(["run", "--repeat", "2", flag, "--", "/bin/true"]);
    expect([exitCode, stderr]).toEqual([64, expect.stringContaining(`--repeat and ${flag} exclude each other`)]);
  }
});
