/** Many callers at once, each with boxes of its own: commands a second; and what it costs to make, list and remove many boxes. */
import { mkdirSync, rmSync } from "node:fs";
import { cleanupAll } from "../../src/instance/cleanup.ts";
import { Isolate } from "../../src/index.ts";
import { median, table, type Settings } from "./measure.ts";

const boxes = 200;
const runsPerTurn = 96;

/** Runs commands, so many at the same time. @param argvOf the command of a run, by its number @returns commands a second */
export async function rateOf(argvOf: (run: number) => readonly string[], callers: number, runs = runsPerTurn): Promise<number> {
  let next = 0;
  const caller = async () => {
    for (let run = next++; run < runs; run = next++) {
      const child = Bun.spawn([...argvOf(run)], { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
      if ((await child.exited) !== 0) throw new Error(`run ${run} ended with ${child.exitCode}`);
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  return (runs / (performance.now() - begun)) * 1000;
}

/** Runs `true` in all boxes in turn. */
const rate = (binary: string, state: string, callers: number): Promise<number> =>
  rateOf((run) => [binary, "run", "--state-dir", state, "--box-id", `box-${run % boxes}`, "--silent", "--", "/bin/true"], callers);

/** @param directory an empty one of ours; @param binaries what is compared, by name */
export async function manyCallers(directory: string, binaries: ReadonlyMap<string, string>, { rounds }: Settings): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const builds = [...binaries].map(([build, binary]) => ({ build, binary, state: `${directory}/${build}` }));
  for (const { binary, state } of builds) {
    for (let number = 0; number < boxes; number++) Bun.spawnSync([binary, "init", "--state-dir", state, "--box-id", `box-${number}`]);
  }
  const rows: string[][] = [];
  for (const callers of [1, 2, 8, 16]) {
    const rates = builds.map((): number[] => []);
    for (let round = 0; round < Math.max(3, Math.ceil(rounds / 20)); round++) {
      for (const [at, { binary, state }] of builds.entries()) rates[at]!.push(await rate(binary, state, callers));
    }
    builds.forEach(({ build }, at) => rows.push([`${callers} callers, ${build}`, median(rates[at]!).toFixed(1), Math.max(...rates[at]!).toFixed(1)]));
  }
  for (const { binary, state } of builds) Bun.spawnSync([binary, "cleanup", "--state-dir", state, "--all"]);
  table(`commands a second, ${boxes} boxes`, ["", "median", "most"], rows);
  livesOfBoxes(`${directory}/lives`);
  rmSync(directory, { recursive: true });
}

/** Inside one process. */
function livesOfBoxes(stateDir: string): void {
  const rows = [100, 300, 1000, 3000].map((count) => {
    const times = [performance.now()];
    for (let number = 0; number < count; number++) Isolate.new({ instance_id: `box-${number}` }, { stateDir });
    times.push(performance.now());
    Isolate.loadAll({ stateDir });
    times.push(performance.now());
    if (cleanupAll({ stateDir }).length > 0) throw new Error("not all boxes were removed");
    times.push(performance.now());
    return [String(count), ...times.slice(1).map((time, at) => ((time - times[at]!) / count).toFixed(3))];
  });
  table("milliseconds for each box", ["boxes", "made", "listed", "removed"], rows);
}
