/** Timing of things against each other, and the tables that come of it. */
import { openSync } from "node:fs";
import { closeDescriptor } from "../../src/kernel/files.ts";
import { openPidfd, pollReadable, reap } from "../../src/kernel/process.ts";
import { prepareSpawn, spawnPrepared } from "../../src/kernel/spawn.ts";

/** One thing to be timed; the first of several is what the others are compared with. */
export interface Contender {
  readonly name: string;
  /** Does it once. @returns milliseconds, when it has a clock of its own */
  once(): Promise<number | void> | number | void;
}

export const nothing = openSync("/dev/null", "r+");
export const environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/"];

/** A whole process, from posix_spawn(3) until it is reaped, without an event loop in between. Its output is dropped. */
export function command(name: string, argv: readonly string[], expectedCode = 0): Contender {
  const once = () => {
    const begun = performance.now();
    const pid = spawnPrepared(prepareSpawn(argv[0]!, argv, environment, [[nothing, 0], [nothing, 1], [nothing, 2]]));
    const pidfd = openPidfd(pid);
    pollReadable([pidfd], null);
    const end = reap(pid)!;
    const took = performance.now() - begun;
    closeDescriptor(pidfd);
    if (end.exitCode !== expectedCode) throw new Error(`${argv.join(" ")} ended with ${end.exitCode ?? `signal ${end.signal}`}, not ${expectedCode}`);
    return took;
  };
  return { name, once };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** @param part 0.9: nine of ten values are at most this */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** Settings of a whole benchmark run. */
export interface Settings {
  readonly rounds: number;
  /** Rest before each measurement in milliseconds: a machine that was idle is slower than one in a tight loop. */
  readonly pauseMs: number;
}

/**
 * Times all contenders in every round, each round beginning with another one, so that what the machine does meanwhile meets all
 * alike. The ratio is the median of the ratios within the rounds.
 */
export async function compare(title: string, contenders: readonly Contender[], settings: Settings): Promise<void> {
  const times = await takeTurns(contenders, settings);
  const rows = contenders.map(({ name }, index) => {
    const ratio = median(times[index]!.map((time, round) => time / times[0]![round]!));
    return [name, ms(median(times[index]!)), ms(Math.min(...times[index]!)), ratio.toFixed(ratio < 10 ? 2 : 1)];
  });
  table(title, ["", "median ms", "min ms", "ratio"], rows);
}

/** As {@link compare}, without a table. @returns milliseconds, by contender and round */
export async function takeTurns(contenders: readonly Contender[], { rounds, pauseMs }: Settings): Promise<number[][]> {
  const times = contenders.map((): number[] => []);
  const warmUp = 3;
  for (let round = -warmUp; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (turn + round + warmUp) % contenders.length;
      if (pauseMs > 0) Bun.sleepSync(pauseMs);
      const begun = performance.now();
      const own = await contenders[index]!.once();
      const took = typeof own === "number" ? own : performance.now() - begun;
      if (round >= 0) times[index]!.push(took);
    }
  }
  return times;
}

export function ms(value: number): string {
  return value.toFixed(value < 0.1 ? 4 : 3);
}

/** Prints a table in Markdown. */
export function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((name, column) => Math.max(name.length, 3, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(" | ")} |`;
  const rule = widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  console.log([`\n${title}\n`, line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n"));
}

/** Makes box 0 in a state directory of its own with one build of the binary: another build may not read what this one writes. @returns its working directory */
export function boxOf(binary: string, state: string, ...flags: readonly string[]): string {
  const made = Bun.spawnSync([binary, "init", "--state-dir", state, "--box-id", "0", ...flags], { stderr: "inherit" });
  if (made.exitCode !== 0) throw new Error(`${binary} init ended with ${made.exitCode}`);
  return made.stdout.toString().trimEnd();
}
