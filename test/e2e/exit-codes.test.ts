// Exit code 1 means that a program ran and failed. What is wrong with the host, the caller or us has another code, and a sentence.
import { describe, expect } from "bun:test";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openState, plainPath, type State } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, executable, sandbox, slow } from "../helpers/requires.ts";
import { start } from "../helpers/running.ts";
import { ordinaryUid } from "../helpers/test-directory.ts";
import { nextMessage, startFixture } from "../helpers/temporary.ts";

const claim = claimWith(...sandbox);
const util = claimWith(...sandbox, executable("/usr/bin/unshare"), executable("/usr/bin/prlimit"), executable("/usr/bin/setpriv"));

const patient = claimWith(...sandbox, slow);

const run = ["run", "--silent", "--", "/bin/true"];

/** A shell that prepares something and becomes the binary with its arguments. */
const after = (script: string): readonly string[] => ["bash", "-c", `${script}; exec "$@"`, "bash"];
/** The same in a mount namespace of its own, so that nothing that is mounted reaches the host. */
const mounted = (script: string): readonly string[] => ["unshare", "--mount", "--propagation", "private", ...after(script)];

interface Case {
  readonly title: string;
  readonly through: readonly string[];
  readonly code: number;
  readonly says: RegExp;
  readonly args?: readonly string[];
}

const starved = /^mini-isolate: cannot start: the engine could not reserve memory for its code\nhint: .*ulimit -v/;

const cases: readonly Case[] = [
  { title: "too little address space", through: after("ulimit -v 500000"), code: 69, says: starved },
  { title: "too little data", through: after("ulimit -d 1000000"), code: 69, says: starved },
  { title: "an engine without its JIT", through: ["env", "BUN_JSC_useJIT=0"], code: 69, says: starved },
  { title: "a stack below that of the box", through: after("ulimit -s 512"), code: 5, says: /cannot set RLIMIT_STACK.*\(ulimit -Hs\)/ },
  { title: "descriptors for nothing but the start", through: after("ulimit -n 5"), code: 5, says: /EMFILE/ },
  { title: "descriptors for half of a run", through: after("ulimit -n 14"), code: 5, says: /^mini-isolate: cannot .*EMFILE/ },
  { title: "a CPU time limit of the caller", through: after("ulimit -t 3"), code: 5, says: /cannot set RLIMIT_CPU/ },
  { title: "files that may have no byte", through: after("ulimit -f 0"), code: 5, says: /EFBIG/ },
  { title: "a standard output that is full", through: ["bash", "-c", '"$@" >/dev/full', "bash"], args: ["--json"], code: 5, says: /^mini-isolate: cannot write to standard output: ENOSPC/ },
  { title: "a state directory on a read-only file system", through: mounted('mount --bind "$STATE" "$STATE"; mount -o remount,bind,ro "$STATE"'), code: 5, says: /EROFS/ },
  { title: "no room for a state directory", through: mounted('mount -t tmpfs -o nr_inodes=1 none "$SCRATCH"'), args: ["--state-dir", "SCRATCH/state"], code: 5, says: /ENOSPC/ },
];

/** Names no program as failed: our codes, and a sentence of ours that is no stack. */
function expectFault(outcome: { exitCode: number; stdout: string; stderr: string }, code: number, says: RegExp): void {
  expect(outcome.stderr).toMatch(says);
  expect(outcome.stderr).not.toMatch(/^\s+at /m);
  expect([outcome.exitCode, outcome.stdout]).toEqual([code, ""]);
}

describe("has a code of its own and a sentence, and is no failed program:", () => {
  for (const { title, through, code, says, args = [] } of cases) {
    util(title, async () => {
      await using state = openState();
      await boxWith(state, []);
      const [command = "", ...rest] = args.includes("--json") ? ["run", "--", "/bin/true"] : run;
      const placed = args.map((arg) => arg.replace("SCRATCH", state.scratch));
      const env = { STATE: state.directory, SCRATCH: state.scratch };
      expectFault(await state.mini([command, ...placed, ...rest], { through, env }), code, says);
      expect((await state.mini(run)).exitCode).toBe(0);
    });
  }

  util("a disk that is full before the run begins", async () => {
    await using state = openState();
    // Made here, since mounts end with the shell.
    const script = 'mount -t tmpfs -o size=128k none "$SCRATCH"; "$1" init --state-dir "$SCRATCH/state" >/dev/null; dd if=/dev/zero of="$SCRATCH/rest" bs=1k 2>/dev/null';
    const outcome = await state.mini(["run", "--state-dir", join(state.scratch, "state"), "--", "/bin/true"], { through: mounted(script), env: { SCRATCH: state.scratch } });
    expectFault(outcome, 5, /^mini-isolate: cannot .*: ENOSPC \(no space left on device\)\nhint: the disk is full/);
  });

  util("an ordinary user's host without /dev/null", async () => {
    await using state = openState();
    const script = "mount -t tmpfs none /dev";
    const user = ["setpriv", "--reuid", String(ordinaryUid), "--regid", String(ordinaryUid), "--clear-groups"];
    const through = ["unshare", "--mount", "--propagation", "private", "bash", "-c", `${script}; exec "$@"`, "bash", ...user];
    // Open, or the runtime itself would look for /dev/null.
    const place = `/var/tmp/mini-isolate-no-null-${process.pid}`;
    const outcome = await state.mini(["run", "--state-dir", place, "--", "/bin/true"], { through, input: "x" });
    rmSync(place, { recursive: true, force: true });
    expectFault(outcome, 69, /^mini-isolate: cannot open \/dev\/null: ENOENT .*\nhint: programs need it/);
  });
});

describe("is no obstacle at all:", () => {
  for (const [title, script] of [
    ["umask 777", "umask 777"],
    ["a closed standard input", "exec 0<&-"],
    ["a closed standard error", "exec 2>&-"],
    ["no place for temporary files", "export TMPDIR=/no/such/directory; mount -t tmpfs -o ro none /var/tmp"],
  ] as const) {
    util(title, async () => {
      await using state = openState();
      const outcome = await state.mini(["run", "--json", "--", "/bin/true"], { through: mounted(script), env: { STATE: state.directory } });
      expect([outcome.exitCode, JSON.parse(outcome.stdout).status]).toEqual([0, "Success"]);
      expect(readdirSync(state.directory).filter((name) => name.startsWith("tmp-"))).toEqual([]);
    });
  }
});

describe("something of ours that nobody catches", () => {
  for (const how of ["throw", "reject"]) {
    claim(`ends with the code of an internal error: ${how}`, async () => {
      const entry = join(import.meta.dir, "../../src/main.ts");
      const preload = join(import.meta.dir, "../fixtures/executor/throw-later.ts");
      const { ended } = start([process.execPath, "--preload", preload, entry, "--version"], { env: { PATH: plainPath, THROW: how } });
      const outcome = await ended;
      expect(outcome.exitCode).toBe(5);
      expect(outcome.stderr).toContain("mini-isolate: internal error: thrown by nobody");
    });
  }
});

describe("a writer of instances.json that is stopped", () => {
  patient("is named to those who wait for it, with exit code 75, and does not hold up runs in temporary boxes", async () => {
    await using state: State = openState();
    await boxWith(state, [], { id: "a" });
    const holder = startFixture("hold-records", state.directory);
    await nextMessage(holder);
    holder.kill("SIGSTOP");
    try {
      expect((await state.mini(run)).exitCode).toBe(0);
      const outcome = await state.mini(["init", "--box-id", "b"], { timeoutMs: 55_000 });
      expectFault(outcome, 75, new RegExp(`^mini-isolate: cannot lock ${state.directory}/instances.lock: process ${holder.pid} has had it for more than 30 s\nhint: .*kill -CONT ${holder.pid}`));
    } finally {
      holder.kill("SIGCONT");
      holder.stdin.end();
      await holder.exited;
    }
    expect((await state.mini(["init", "--box-id", "b"])).exitCode).toBe(0);
  }, { timeout: 90_000 });
});
