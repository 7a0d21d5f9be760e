// Programs with threads and children, and their compilers, run unhindered under both policies for system calls.
import { describe, expect } from "bun:test";
import { join } from "node:path";
import { seccompProfiles } from "../../src/model/seccomp.ts";
import { openState } from "../helpers/binary.ts";
import { claimWith, executable, groupOfCommands, sandbox } from "../helpers/requires.ts";

/** Each prints 42. */
const programs = [
  { file: "children.c", what: "fork, popen, posix_spawn, system and a shared semaphore in C", needs: ["/usr/bin/gcc"] },
  { file: "threads.cpp", what: "threads and std::async in C++", needs: ["/usr/bin/g++"] },
  { file: "pools.py", what: "threading, multiprocessing, asyncio, subprocess and socketpair in Python", needs: ["/usr/bin/python3"] },
  { file: "workers.js", what: "worker_threads and execSync in Node", needs: ["/usr/bin/node"] },
  { file: "Pool.java", what: "a thread pool, a parallel stream and a child in Java", needs: ["/usr/bin/javac", "/usr/bin/java"] },
  { file: "channels.go", what: "goroutines, a child and a socket in Go", needs: ["/usr/bin/go"] },
  { file: "threads.rs", what: "threads, channels and a child in Rust", needs: ["/usr/bin/rustc"] },
  { file: "pipes.sh", what: "pipes, process substitution and background jobs in bash", needs: ["/bin/bash", "/usr/bin/awk"] },
];

describe.each([...seccompProfiles])("under %s", (profile) => {
  for (const { file, what, needs } of programs) {
    claimWith(...sandbox, ...(file.endsWith(".java") ? [groupOfCommands] : []), ...needs.map(executable))(`${what} work`, async () => {
      await using state = openState();
      const flags = ["--seccomp", profile, "--processes", "64", "--max-memory", "512", "--max-cpu", "20", "--max-time", "40"];
      const { result } = await state.json(["execute", ...flags, "--source", join(import.meta.dir, "../fixtures/parallel", file)], { timeoutMs: 100_000 });
      expect([result.compile?.stderr ?? "", result.stderr, result.status, result.stdout]).toEqual(["", "", "Success", "42\n"]);
    }, { timeout: 120_000 });
  }
});
