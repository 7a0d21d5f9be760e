/** How long one of many callers waits for a box that all of them want again and again, against the fair share: one turn of each other. */
import { copyFileSync } from "node:fs";
import { program } from "../helpers/programs.ts";
import { boxOf, ms, table, type Settings } from "./measure.ts";

const callers = 16;
const secondsInside = 0.05;

async function turn(binary: string, state: string): Promise<number> {
  const asked = performance.now();
  const child = Bun.spawn([binary, "run", "--state-dir", state, "--box-id", "0", "--wait", "--silent", "--", "./be-alone", String(secondsInside)], { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
  if ((await child.exited) !== 0) throw new Error(`a caller ended with ${child.exitCode}`);
  return performance.now() - asked;
}

/** @param directory ours, for state directories; @param binaries what is compared, by name */
export async function waiting(directory: string, binaries: ReadonlyMap<string, string>, { rounds }: Settings): Promise<void> {
  const rows: string[][] = [];
  const turns = Math.max(3, Math.ceil(rounds / 20));
  for (const [name, binary] of binaries) {
    const state = `${directory}/wait-${name}`;
    copyFileSync(await program("be-alone"), `${boxOf(binary, state)}/be-alone`);
    const waits: number[] = [];
    const begun = performance.now();
    await Promise.all(Array.from({ length: callers }, async () => {
      for (let round = 0; round < turns; round++) waits.push(await turn(binary, state));
    }));
    const fairShare = (performance.now() - begun) / turns;
    const longest = Math.max(...waits);
    Bun.spawnSync([binary, "cleanup", "--state-dir", state, "--all"]);
    rows.push([name, ms(longest), ms(fairShare), (longest / fairShare).toFixed(2)]);
  }
  table(`${callers} callers with --wait for one box, ${turns} turns each of ${secondsInside} s`, ["", "longest wait ms", "fair share ms", "ratio"], rows);
}
