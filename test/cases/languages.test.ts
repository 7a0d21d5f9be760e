// Languages as contests run them: what people of other judges reported, tried with the compilers of this host.
import { describe, expect } from "bun:test";
import { openState, type State } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const python = executable("/usr/bin/python3");
const gxx = executable("/usr/bin/g++");

const execute = async (state: State, source: string, ...flags: readonly string[]) => (await state.json(["execute", "--source", source, ...flags])).result;

describe("Python's output", () => {
  const lost = "import os, signal\nprint('printed')\nos.kill(os.getpid(), signal.SIGKILL)\n";

  claimWith(...sandbox, python)("of `python` is kept when the program is killed; `python-buffered` and contests write it in blocks", async () => {
    await using state = openState();
    const source = state.file("a.py", lost);
    const printed = async (...flags: readonly string[]) => (await execute(state, source, ...flags)).stdout;
    expect(await printed()).toBe("printed\n");
    expect(await printed("--language", "python-buffered")).toBe("");
    expect(await printed("--pack", "codeforces")).toBe("");
  });

  claimWith(...sandbox, python)("is written by one call for many prints in `python-buffered`, by one for each in `python`", async () => {
    await using state = openState();
    const source = state.file("a.py", "import sys\nfor i in range(1000): print(i)\nprint(sys.stdout.write_through, file=sys.stderr)\n");
    expect((await execute(state, source)).stderr).toBe("True\n");
    const buffered = await execute(state, source, "--language", "python-buffered");
    expect([buffered.stderr, buffered.language, buffered.stdout.length]).toEqual(["False\n", "python-buffered", 3890]);
  });
});

describe("threads", () => {
  /** Starts as many threads as its input says, all of which are there at the same time. */
  const holding = `
#include <barrier>
#include <cstdio>
#include <thread>
#include <vector>
int main() {
  int count = 0;
  if (std::scanf("%d", &count) != 1) return 1;
  std::barrier all(count + 1);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; i++) threads.emplace_back([&] { all.arrive_and_wait(); });
  all.arrive_and_wait();
  for (auto &thread : threads) thread.join();
  std::puts("done");
}
`;

  for (const pack of ["icpc", "ioi", "kattis", "codeforces"]) {
    claimWith(...sandbox, gxx)(`std::thread works under --pack ${pack}, 64 processes and threads at a time`, async () => {
      await using state = openState();
      const source = state.file("a.cpp", holding);
      const roomy = await execute(state, source, "--pack", pack, "--max-memory", "1024", "--input", state.file("63", "63"));
      expect([roomy.status, roomy.stdout]).toEqual(["Success", "done\n"]);
      const crowded = await execute(state, source, "--pack", pack, "--max-memory", "1024", "--input", state.file("64", "64"));
      expect([crowded.status, crowded.error_message]).toEqual(["ProcessLimit", expect.stringContaining("the process limit of 64, ")]);
    }, { timeout: 60_000 });
  }

  claimWith(...sandbox, gxx)("of the built-in C++ are one, and the message names the flag for more", async () => {
    await using state = openState();
    const source = state.file("a.cpp", holding);
    const input = state.file("2", "2");
    const refused = await execute(state, source, "--input", input);
    expect([refused.status, refused.limit, refused.error_message]).toEqual(["ProcessLimit", "processes", expect.stringMatching(/raise it with --processes$/)]);
    expect((await execute(state, source, "--input", input, "--processes", "3")).stdout).toBe("done\n");
  });

  // NumPy starts a thread for each processor.
  for (const [pack, language] of [["ioi", "cpython"], ["kattis", "cpython3"], ["codeforces", "python"]] as const) {
    claimWith(...sandbox, python)(`Python's threads work under --pack ${pack} (cms-dev/cms#1259)`, async () => {
      await using state = openState();
      const source = state.file("a.py", "import threading\nall = threading.Barrier(33)\nfor _ in range(32): threading.Thread(target=all.wait).start()\nall.wait()\nprint('done')\n");
      expect((await execute(state, source, "--pack", pack, "--language", language)).stdout).toBe("done\n");
    });
  }

  claimWith(...sandbox, gxx)("--processes of a temporary box counts before the number of a pack", async () => {
    await using state = openState();
    const source = state.file("a.cpp", holding);
    const input = state.file("8", "8");
    expect((await execute(state, source, "--pack", "codeforces", "--input", input, "--processes", "9")).status).toBe("Success");
    expect((await execute(state, source, "--pack", "codeforces", "--input", input, "--processes", "8")).error_message).toContain("the process limit of 8, ");
  });
});
