// What somebody outside sees of a run while it goes on, and how its output is taken.
import { describe, expect } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { RunLoop } from "../../src/executor/watch/run-loop.ts";
import type { RunningBox } from "../../src/model/moments.ts";
import { plainRun, type RunOptions } from "../../src/model/request.ts";
import { IsolatePool } from "../../src/pool/isolate-pool.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/python3"));
const shell = (text: string) => ["/bin/sh", "-c", text];

async function withPool(work: (pool: IsolatePool, loop: RunLoop, directory: string) => Promise<void>): Promise<void> {
  const directory = makeTestDirectory("moments");
  const pool = new IsolatePool({ boxes: 1, stateDir: `${directory}/state`, config: { process_limit: 8 } });
  const loop = new RunLoop();
  try {
    await loop.work(() => work(pool, loop, directory));
  } finally {
    await pool.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @returns options that write down what is heard */
function listener(waiter: RunLoop): { readonly heard: unknown[]; readonly options: RunOptions; box(): RunningBox } {
  const heard: unknown[] = [];
  let running: RunningBox | null = null;
  const moments: RunOptions["moments"] = {
    started: (box) => {
      running = box;
      heard.push("started");
    },
    ended: (exitCode, signal) => void heard.push(["ended", exitCode, signal]),
    killed: (reason) => void heard.push(["killed", reason]),
  };
  return { heard, options: { ...plainRun, waiter, moments }, box: () => running! };
}

const nothing = { kind: "empty" } as const;

describe("the moments of a run", () => {
  claim("are its start and its end, or the kill for a limit", () =>
    withPool(async (pool, loop) => {
      const run = async (text: string, overrides: RunOptions["overrides"] = {}) => {
        const { heard, options } = listener(loop);
        await pool.use((box) => box.run(shell(text), nothing, { ...options, overrides }));
        return heard;
      };
      expect(await run("exit 3")).toEqual(["started", ["ended", 3, null]]);
      expect(await run("kill -SEGV $$")).toEqual(["started", ["ended", null, 11]]);
      expect(await run("while :; do :; done", { maxCpu: 0.1, maxTime: 20 })).toEqual(["started", ["killed", "cpu"]]);
      expect(await run("sleep 5", { maxTime: 0.1 })).toEqual(["started", ["killed", "wall"]]);
      expect(await run("/bin/sleep 0.3 & exit 0")).toEqual(["started", ["ended", 0, null]]);
    }));

  claim("are not told of what never ran, nor of a compiler", () =>
    withPool(async (pool, loop, directory) => {
      const absent = listener(loop);
      await pool.use((box) => box.run(["/none"], nothing, absent.options));
      expect(absent.heard).toEqual([]);
      writeFileSync(`${directory}/main.c`, "int main(void) { return 7; }\n");
      const compiled = listener(loop);
      const result = await pool.use((box) => box.runSource({ path: `${directory}/main.c`, language: null, packs: [] }, nothing, compiled.options));
      expect([result.compile?.status, compiled.heard]).toEqual(["Success", ["started", ["ended", 7, null]]]);
    }));

  claim("tell whether anything in the box works, and whether the main process is on its way out", () =>
    withPool(async (pool, loop) => {
      const look = async (text: string) => {
        const { options, box } = listener(loop);
        const run = pool.use((isolate) => isolate.run(shell(text), nothing, { ...options, overrides: { maxTime: 0.8 } }));
        const seen: boolean[] = [];
        await loop.work(async () => {
          for (let ms = 0; ms < 500; ms += 20) {
            await loop.wait([], 20);
            if (ms > 250) seen.push(box().isBusy());
          }
        });
        const isLeaving = box().isLeaving();
        await loop.forOthers(run);
        return { isBusy: seen.filter((busy) => busy).length > seen.length / 2, isLeaving };
      };
      expect(await look("sleep 5")).toEqual({ isBusy: false, isLeaving: false });
      expect(await look("while :; do :; done & wait")).toEqual({ isBusy: true, isLeaving: false });
      const thread = "import threading\nt = threading.Thread(target=lambda: [0 for _ in iter(int, 1)])\nt.start()\nt.join()";
      expect(await look(`exec /usr/bin/python3 -c '${thread}'`)).toEqual({ isBusy: true, isLeaving: false });
    }));
});

describe("a taker of output", () => {
  claim("gets all of it, hears of the end, and has a bound of its own", () =>
    withPool(async (pool, loop) => {
      const take = async (isAwaited: boolean, mostBytes?: number) => {
        const pieces: string[] = [];
        let ends = 0;
        const sink = { hasRoom: true, isAwaited, ...(mostBytes === undefined ? {} : { mostBytes }), take: (bytes: Uint8Array) => void pieces.push(Buffer.from(bytes).toString()), ended: () => void ends++ };
        const result = await pool.use((box) => box.run(shell("for i in 1 2 3; do echo $i; sleep 0.003; done"), nothing, { ...plainRun, waiter: loop, stdoutTo: sink }));
        return { status: result.status, text: pieces.join(""), ends };
      };
      expect(await take(true)).toEqual({ status: "Success", text: "1\n2\n3\n", ends: 1 });
      expect(await take(false)).toEqual({ status: "Success", text: "1\n2\n3\n", ends: 1 });
      expect(await take(true, 4)).toMatchObject({ status: "FileSizeLimit", ends: 1 });
    }));
});
