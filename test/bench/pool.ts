/**
 * The pool of the library: a run whose launcher waited, beside a run in a kept box and beside ioi/isolate 1.10.1 (`--cg --run`, whose program
 * REFERENCE_ISOLATE names). Then runs a second of one caller and of several, and what a launcher that waits costs in memory.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { IsolatePool } from "../../src/index.ts";
import { command, compare, type Contender, median, type Settings, table } from "./measure.ts";

type Answer = { readonly took: number; readonly failed: string | null };

/** A process for each way to run, as launchers that wait are for a whole process. */
async function inProcess(name: string, kind: string, stateDir: string): Promise<Contender & { close(): Promise<void> }> {
  let told: (answer: Answer) => void = () => {};
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "pool-process.ts"), kind, stateDir], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc: (message: unknown) => (message === "ready" ? resolve() : told(message as Answer)),
  });
  await ready;
  const once = async () => {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    told = resolve;
    child.send("run");
    const { took, failed } = await promise;
    if (failed !== null) throw new Error(`${name}: ${failed}`);
    return took;
  };
  const close = async () => {
    child.disconnect();
    await child.exited;
  };
  return { name, once, close };
}

/** @param directory an empty one of ours */
export async function pools(directory: string, settings: Settings): Promise<void> {
  mkdirSync(directory);
  const stateDir = `${directory}/state`;
  const isolate = Bun.env["REFERENCE_ISOLATE"];
  const as = (...words: readonly string[]) => [isolate ?? "", "--cg", "--box-id=97", "--silent", ...words];
  if (isolate !== undefined) Bun.spawnSync(as("--init"));
  const ours = [
    await inProcess("a kept box, execute", "box", stateDir),
    await inProcess("a pool, execute", "pool", stateDir),
    await inProcess("a kept box, blocking", "box blocking", stateDir),
    await inProcess("a pool, blocking", "pool blocking", stateDir),
  ];
  try {
    const theirs = isolate === undefined ? [] : [command("isolate --cg --run", as(`--meta=${directory}/meta`, "--run", "--", "/bin/true"))];
    await compare("/bin/true, with and without a launcher that waited", [...theirs, ...ours], settings);
  } finally {
    for (const one of ours) await one.close();
    if (isolate !== undefined) Bun.spawnSync(as("--cleanup"));
  }
  await throughput(stateDir, settings);
}

async function throughput(stateDir: string, { rounds }: Settings): Promise<void> {
  const base = usedKb();
  const perSecond = async (boxes: number) => {
    await using pool = new IsolatePool({ boxes, stateDir });
    const caller = async (runs: number) => {
      for (let run = 0; run < runs; run++) if (!(await pool.execute(["/bin/true"])).success) throw new Error("/bin/true failed");
    };
    await Promise.all(Array.from({ length: boxes }, () => caller(2)));
    const begun = performance.now();
    await Promise.all(Array.from({ length: boxes }, () => caller(rounds)));
    const took = performance.now() - begun;
    if (boxes > 1) await Bun.sleep(50);
    return { rate: (boxes * rounds * 1000) / took, usedKb: usedKb() - base };
  };
  const seen = new Map<number, { rate: number; usedKb: number }[]>([[1, []], [2, []], [4, []], [16, []]]);
  for (let turn = 0; turn < 3; turn++) for (const [boxes, figures] of seen) figures.push(await perSecond(boxes));
  const rate = (boxes: number) => median(seen.get(boxes)!.map((figure) => figure.rate));
  table(
    `runs a second in one process, ${availableParallelism()} processors`, ["callers and boxes", "runs a second", "of one"],
    [...seen.keys()].map((boxes) => [String(boxes), rate(boxes).toFixed(0), (rate(boxes) / rate(1)).toFixed(2)]),
  );
  const used = (boxes: number) => median(seen.get(boxes)!.map((figure) => figure.usedKb));
  table("memory of the machine", ["", "KB"], [["of the kernel, a box with a launcher that waits", ((used(16) - used(1)) / 15).toFixed(0)]]);
}

/** Memory of the kernel on the whole machine, as that for namespaces and mounts belongs to no process; and of tmpfs. */
export function usedKb(): number {
  const value = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(readFileSync("/proc/meminfo", "latin1"))?.[1]);
  return ["Slab", "KernelStack", "PageTables", "Percpu", "Shmem"].reduce((sum, name) => sum + value(name), 0);
}
