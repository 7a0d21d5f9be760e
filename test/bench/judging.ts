/**
 * `judge`: how many bytes a second outputs are compared with; 200 tests of a program of a millisecond, beside the same runs without a judge and
 * beside a script with a command for each test; memory with gigabytes of test data.
 */
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { compareFiles } from "../../src/judge/compare/compare.ts";
import { parseComparison } from "../../src/judge/compare/comparison.ts";
import { binaryPath } from "../helpers/binary.ts";
import { peakOf } from "../helpers/peak-memory.ts";
import { command, type Contender, median, ms, type Settings, table, takeTurns } from "./measure.ts";

const tests = 200;
const outputBytes = 100_000_000;

/** @param directory an empty one of ours */
export async function judging(directory: string, settings: Settings): Promise<void> {
  mkdirSync(directory);
  const few = { ...settings, rounds: Math.max(3, Math.ceil(settings.rounds / 40)) };
  await comparisons(directory, few);
  await manyTests(directory, few);
  await memory(directory);
}

/** Writes lines again and again, until there are as many bytes as wanted. */
function fileOf(path: string, lines: readonly string[], end: string): string {
  const block = Buffer.from(lines.map((line) => line + end).join(""));
  const fd = openSync(path, "w");
  for (let bytes = 0; bytes < outputBytes; bytes += block.length) writeSync(fd, block);
  closeSync(fd);
  return path;
}

async function comparisons(directory: string, settings: Settings): Promise<void> {
  let seed = 1;
  const random = () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32;
  const integers = Array.from({ length: 100_000 }, () => String(100_000_000 + Math.floor(random() * 9e8)));
  const rows = Array.from({ length: 2000 }, (_, row) => integers.slice(row * 50, row * 50 + 50).join(" "));
  const floats = Array.from({ length: 100_000 }, () => (1000 + random() * 9000).toFixed(6));
  const file = (name: string, lines: readonly string[], end = "\n") => fileOf(join(directory, name), lines, end);
  const [answers, long, numbers] = [file("integers", integers), file("rows", rows), file("floats", floats)];
  // The same number of lines in each pair: what is one byte longer in each line is a longer file.
  const cases: readonly (readonly [what: string, output: string, answer: string, flags: string])[] = [
    ["the same", answers, answers, ""],
    ["CRLF for LF, a number a line", crlf(answers), answers, ""],
    ["blanks for LF", spaced(answers), answers, ""],
    ["CRLF for LF, 50 numbers a line", crlf(long), long, ""],
    ["decimals, the same, with a tolerance", numbers, numbers, "float_tolerance 1e-6"],
    ["decimals, the last digit of each differs", lastDigits(numbers), numbers, "float_tolerance 1e-4"],
  ];
  const sizes = cases.map(([, output]) => readFileSync(output).length);
  const contenders = cases.map(([name, output, answer, flags]): Contender => ({
    name,
    once: async () => {
      const [ours, theirs] = [openSync(output, "r"), openSync(answer, "r")];
      const { isAccepted, message } = await compareFiles(ours, theirs, parseComparison(flags === "" ? [] : flags.split(" ")), () => Promise.resolve());
      closeSync(ours);
      closeSync(theirs);
      if (!isAccepted) throw new Error(`${name}: ${message}`);
    },
  }));
  const times = await takeTurns(contenders, settings);
  table("comparison of an output of 100 MB, in one process", ["", "s for 100 MB", "MB a second", "aim: 0.3 s"], contenders.map(({ name }, index) => {
    const perHundred = (median(times[index]!) / 1000) * (1e8 / sizes[index]!);
    return [name, perHundred.toFixed(3), (100 / perHundred).toFixed(0), perHundred <= 0.3 ? "reached" : "missed"];
  }));
}

/** A file beside it, with other bytes. @returns its path */
function changed(path: string, ending: string, change: (text: string) => string): string {
  const to = `${path}-${ending}`;
  writeFileSync(to, change(readFileSync(path, "latin1")), "latin1");
  return to;
}

const crlf = (path: string) => changed(path, "crlf", (text) => text.replaceAll("\n", "\r\n"));
const spaced = (path: string) => changed(path, "spaced", (text) => text.replaceAll("\n", " "));
const lastDigits = (path: string) => changed(path, "digits", (text) => text.replaceAll(/\d\n/g, (end) => (end === "1\n" ? "2\n" : "1\n")));

/** Adds two numbers, and takes a millisecond for it. */
const program = `#include <cstdio>
#include <ctime>
int main() { int a, b; if (scanf("%d %d", &a, &b) != 2) return 1; clock_t end = clock() + CLOCKS_PER_SEC / 1000; while (clock() < end) {} printf("%d\\n", a + b); }
`;

async function manyTests(directory: string, settings: Settings): Promise<void> {
  const [state, source, data, bare] = [join(directory, "state"), join(directory, "sum.cpp"), join(directory, "tests"), join(directory, "sum")];
  mkdirSync(data);
  writeFileSync(source, program);
  for (let number = 1; number <= tests; number++) {
    writeFileSync(join(data, `${number}.in`), `${number} 1\n`);
    writeFileSync(join(data, `${number}.ans`), `${number + 1}\n`);
  }
  if (Bun.spawnSync(["g++", "-O2", "-static", "-o", bare, source]).exitCode !== 0) throw new Error("cannot compile the program");
  const requests = join(directory, "requests");
  writeFileSync(requests, Array.from({ length: tests }, (_, number) => `${JSON.stringify({ command: ["/sum"], stdin: `${number} 1\n` })}\n`).join(""));
  const shell = (script: string) => ["/bin/sh", "-c", script];
  const judge = (jobs: number) => command(`judge --jobs ${jobs}`, [binaryPath, "judge", "--state-dir", state, "--jobs", String(jobs), source, data]);
  const runs = (jobs: number) => command(`${tests} runs of a batch --jobs ${jobs}`, shell(`exec "${binaryPath}" batch --state-dir "${state}" --jobs ${jobs} --mount sum=${bare} < "${requests}"`));
  const script = shell(`for n in $(seq ${tests}); do "${binaryPath}" execute --passthrough --state-dir "${state}" "${source}" < "${data}/$n.in" | cmp -s - "${data}/$n.ans" || exit 1; done`);
  const contenders = [
    judge(1), runs(1), judge(2), runs(2),
    command("a script: execute and cmp for each test", script),
    command("the same program without a box", shell(`for n in $(seq ${tests}); do "${bare}" < "${data}/$n.in"; done`)),
  ];
  // Compiled once, as it is before the first run that counts.
  await contenders[0]!.once();
  const times = await takeTurns(contenders, settings);
  const ratio = (one: number, other: number) => median(times[one]!.map((time, round) => time / times[other]![round]!));
  table(`${tests} tests of 1 ms, compiled before`, ["", "ms", "ms a test"], contenders.map(({ name }, index) => [name, ms(median(times[index]!)), (median(times[index]!) / tests).toFixed(2)]));
  table("the aims", ["", "aim", "measured", ""], ([["judge --jobs 1, of the runs alone", ratio(0, 1)], ["judge --jobs 2, of the runs alone", ratio(2, 3)]] as const).map(([what, measured]) => [what, "at most 1.3", measured.toFixed(2), measured <= 1.3 ? "reached" : "missed"]));
  table("beside others", ["", "ratio"], [["a script, of judge --jobs 1", ratio(4, 0).toFixed(1)], ["judge --jobs 1, of the program without a box", ratio(0, 5).toFixed(1)]]);
}

/** Inputs that are gigabytes on paper only. */
async function memory(directory: string): Promise<void> {
  const [state, data, source] = [join(directory, "state"), join(directory, "large"), join(directory, "large.cpp")];
  mkdirSync(data);
  for (let number = 1; number <= 20; number++) {
    writeFileSync(join(data, `${number}.in`), "");
    truncateSync(join(data, `${number}.in`), 100 * 1024 * 1024);
    writeFileSync(join(data, `${number}.ans`), "1\n".repeat(3_000_000));
  }
  writeFileSync(source, '#include <unistd.h>\n#include <cstdio>\nstatic char b[1 << 20];\nint main() { while (read(0, b, sizeof b) > 0) {} for (int i = 0; i < 3000000; i++) puts("1"); }\n');
  const child = Bun.spawn([binaryPath, "judge", "--state-dir", state, "--jobs", "2", source, data], { stdio: ["ignore", "ignore", "inherit"] });
  const peak = (await peakOf(child)) / 1e6;
  if ((await child.exited) !== 0) throw new Error("the program with much input is not accepted");
  table("memory of the judge, 2 GB of input and 120 MB of output in 20 tests, two at a time", ["", "aim", "measured", ""], [["peak, MB", "below 150", peak.toFixed(0), peak < 150 ? "reached" : "missed"]]);
}
