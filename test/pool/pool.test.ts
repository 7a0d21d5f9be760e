// The pool of the library: boxes that are kept for many runs.
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Isolate, IsolateError, IsolatePool, type PoolOptions } from "../../src/index.ts";
import { cgroupDirectories, mountsBelow } from "../helpers/host.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);
const shell = (text: string) => ["/bin/sh", "-c", text];

/** A pool with a state directory of its own, which `await using` removes. */
function openPool(options: Omit<PoolOptions, "stateDir">): AsyncDisposable & { readonly pool: IsolatePool; readonly stateDir: string } {
  const base = makeTestDirectory("pool");
  const stateDir = join(base, "state");
  const pool = new IsolatePool({ ...options, stateDir });
  return {
    pool,
    stateDir,
    [Symbol.asyncDispose]: async () => {
      await pool.close();
      expect(readdirSync(stateDir).filter((name) => name.startsWith("tmp-"))).toEqual([]);
      expect(mountsBelow(base)).toEqual([]);
      rmSync(base, { recursive: true, force: true });
    },
  };
}

async function errorOf(run: () => unknown): Promise<IsolateError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof IsolateError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("a pool", () => {
  claim("runs programs with input, and with limits for one run", async () => {
    await using opened = openPool({ boxes: 1, config: { process_limit: 4, time_limit: 5 } });
    const { pool } = opened;
    expect(await pool.execute("/bin/cat", "hello")).toMatchObject({ status: "Success", stdout: "hello" });
    expect(await pool.execute(["/bin/cat"], new Uint8Array([65]))).toMatchObject({ stdout: "A" });
    expect((await pool.execute(shell("while :; do :; done"), null, { maxCpu: 0.1 })).status).toBe("TimeLimit");
    expect((await pool.execute(["/bin/false"])).status).toBe("RuntimeError");
  });

  claim("runs as many at the same time as it has boxes", async () => {
    await using opened = openPool({ boxes: 2, config: { process_limit: 4 } });
    const [first, second] = await Promise.all([0, 1].map(async () => (await opened.pool.execute(shell("readlink /proc/self/ns/pid; stat -c %u /box; sleep 0.3"))).stdout.split("\n")));
    // Two that ran at the same time share neither namespace nor user.
    expect([first![0] === second![0], first![1] === second![1]]).toEqual([false, false]);
  });

  claim("runs the others in the order in which they came", async () => {
    await using opened = openPool({ boxes: 1, config: { process_limit: 4 } });
    const ended: number[] = [];
    await Promise.all([0.1, 0, 0.05, 0].map((seconds, index) => opened.pool.execute(shell(`sleep ${seconds}`)).then(() => void ended.push(index))));
    expect(ended).toEqual([0, 1, 2, 3]);
  });

  claim("gives each run an empty working directory, whatever the last one did to it", async () => {
    await using opened = openPool({ boxes: 1, config: { process_limit: 8 } });
    const deep = "mkdir -p a/b/c; echo x > a/b/c/d; ln -s /etc/passwd link; mkfifo pipe; chmod 0 a; chmod 0 /box";
    for (let round = 0; round < 3; round++) {
      const { stdout, status } = await opened.pool.execute(shell(`ls -A; stat -c %a /box; ${deep}`));
      expect([round, status, stdout]).toEqual([round, "Success", "700\n"]);
    }
  });

  claim("keeps files when it is told to", async () => {
    await using opened = openPool({ boxes: 1, keepFiles: true, config: { process_limit: 8 } });
    await opened.pool.execute(shell("echo kept > file"));
    expect((await opened.pool.execute(["/bin/cat", "file"])).stdout).toBe("kept\n");
  });

  claim("gives a box for several steps", async () => {
    await using opened = openPool({ boxes: 1 });
    const seen = await opened.pool.use(async (box) => {
      writeFileSync(join(box.workdir, "in"), "given", { mode: 0o644 });
      const { stdout } = await box.execute(["/bin/cat", "in"]);
      return [stdout, box.id.startsWith("tmp-")];
    });
    expect(seen).toEqual(["given", true]);
    expect((await opened.pool.execute(["/bin/cat", "in"])).status).toBe("RuntimeError");
  });

  claim("has its box back when the steps end with an error", async () => {
    await using opened = openPool({ boxes: 1 });
    await expect(opened.pool.use(() => Promise.reject(new TypeError("mine")))).rejects.toThrow("mine");
    expect((await opened.pool.execute(["/bin/true"])).status).toBe("Success");
  });

  claim("compiles and runs a source", async () => {
    await using opened = openPool({ boxes: 1 });
    const source = join(opened.stateDir, "../hello.c");
    writeFileSync(source, '#include <stdio.h>\nint main(void) { int a; scanf("%d", &a); printf("%d\\n", a + 1); }\n');
    for (const number of [1, 41]) expect((await opened.pool.executeFile(source, String(number))).stdout).toBe(`${number + 1}\n`);
  });

  claim("runs without launchers that wait, too", async () => {
    await using opened = openPool({ boxes: 1, launchers: 0 });
    for (let round = 0; round < 2; round++) expect((await opened.pool.execute(["/bin/true"])).status).toBe("Success");
  });
});

test("refuses what makes no sense", async () => {
  for (const options of [{ boxes: 0 }, { boxes: 1.5 }, { boxes: Number.NaN }, { boxes: 1, launchers: -1 }, { boxes: 1, config: { instance_id: "a" } }]) {
    const error = await errorOf(() => new IsolatePool(options));
    expect([error.kind, error.hint === null]).toEqual(["Config", false]);
  }
});

describe("closing a pool", () => {
  claim("lets what runs end, refuses who waits, and removes every box", async () => {
    await using opened = openPool({ boxes: 1, config: { process_limit: 4 } });
    const running = opened.pool.execute(shell("sleep 0.2; echo done"));
    const waiting = errorOf(() => opened.pool.execute(["/bin/true"]));
    const closed = opened.pool.close();
    expect((await waiting).message).toContain("closed");
    expect((await running).stdout).toBe("done\n");
    await closed;
    expect(readdirSync(opened.stateDir).filter((name) => name.startsWith("tmp-"))).toEqual([]);
    expect((await errorOf(() => opened.pool.execute(["/bin/true"]))).kind).toBe("Process");
    await opened.pool.close();
  });

  claim("by `using` removes everything at once when nothing runs", async () => {
    const base = makeTestDirectory("pool");
    const stateDir = join(base, "state");
    const ids: string[] = [];
    {
      using pool = new IsolatePool({ boxes: 3, stateDir });
      await Promise.all([1, 2, 3].map(() => pool.use(async (box) => {
        ids.push(box.id);
        await box.execute(["/bin/true"]);
      })));
    }
    expect(readdirSync(stateDir).filter((name) => name.startsWith("tmp-"))).toEqual([]);
    expect(cgroupDirectories().filter((path) => ids.some((id) => path.includes(id)))).toEqual([]);
    rmSync(base, { recursive: true, force: true });
  });
});

describe("a process with a pool that is killed", () => {
  for (const mode of ["idle", "busy"]) {
    claim(`leaves no process (${mode}), and its boxes go with the next cleanup`, async () => {
      const base = makeTestDirectory("pool");
      const stateDir = join(base, "state");
      const child = Bun.spawn([process.execPath, join(import.meta.dir, "supervisor.ts"), stateDir, mode], { stdout: "pipe", stderr: "inherit" });
      const reader = child.stdout.getReader();
      expect(Buffer.from((await reader.read()).value!).toString()).toStartWith("ready");
      const below = () => readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isChildOf(name, child.pid));
      if (mode === "busy") await Bun.sleep(100);
      await until("launchers wait", () => below().length >= 2);
      const pids = below();
      child.kill("SIGKILL");
      await child.exited;
      await until("everything has ended", () => pids.every(hasEnded));
      expect(mountsBelow(base)).toEqual([]);
      // The next one to make a temporary box removes what the dead one left, when its processes have been reaped.
      await until("its boxes are gone", () => {
        Isolate.temporary({}, { stateDir }).cleanup();
        return readdirSync(stateDir).filter((name) => name.startsWith("tmp-")).length === 0;
      }, 20_000);
      rmSync(base, { recursive: true, force: true });
    });
  }
});

/** Whoever inherits it may take a while to reap it. */
function hasEnded(pid: string): boolean {
  try {
    return /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
  } catch {
    return true;
  }
}

/** Launchers and inits, which are children of the process that has the pool. */
function isChildOf(pid: string, parent: number): boolean {
  try {
    return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) === parent;
  } catch {
    return false;
  }
}
