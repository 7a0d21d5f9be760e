/** Thousands of boxes in a state directory: listing them, and a run among them against the same run among few. */
import { mkdirSync, rmSync } from "node:fs";
import { addBoxes } from "../helpers/many-boxes.ts";
import { command, compare, type Contender, type Settings } from "./measure.ts";

const few = 10;
const many = 16_000;

/** @param directory an empty one of ours; @param binaries what is compared, by name */
export async function manyBoxes(directory: string, binaries: ReadonlyMap<string, string>, { rounds, pauseMs }: Settings): Promise<void> {
  const settings = { rounds: Math.max(5, Math.ceil(rounds / 10)), pauseMs };
  const lists: Contender[] = [];
  const temporary: Contender[] = [];
  const kept: Contender[] = [];
  for (const [build, binary] of binaries) {
    for (const count of [few, many]) {
      // A directory for each build: an older one writes the records in its own way.
      const state = `${directory}/${build}-${count}`;
      mkdirSync(state, { recursive: true, mode: 0o700 });
      Bun.spawnSync([binary, "init", "--state-dir", state, "--box-id", "used"]);
      addBoxes(state, count);
      const contender = (list: Contender[], ...args: string[]) => void list.push(command(`${count} boxes, ${build}`, [binary, ...args]));
      // Boxes were looked for one by one there, which takes a quarter of an hour.
      if (build === "now" || count === few) contender(lists, "list", "--state-dir", state);
      contender(temporary, "run", "--state-dir", state, "--silent", "--", "/bin/true");
      contender(kept, "run", "--state-dir", state, "--box-id", "used", "--silent", "--", "/bin/true");
    }
  }
  await compare("list", lists, settings);
  await compare("run in a temporary box", temporary, settings);
  await compare("run in a box", kept, settings);
  rmSync(directory, { recursive: true });
}
