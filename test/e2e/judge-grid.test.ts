// `judge` on a terminal: the grid of several submissions.
import { expect } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const onTerminal = claimWith(...sandbox, executable("/usr/bin/script"));

/** On a terminal of this size. */
const on = (columns: number, rows: number) => ["/bin/sh", "-c", `exec /usr/bin/script -qec "stty cols ${columns} rows ${rows}; exec $*" /dev/null`, "sh"];

/** Two tests, and submissions in shell. */
function judged(state: State, scripts: Readonly<Record<string, string>>): string[] {
  const tests = join(state.scratch, "tests");
  mkdirSync(tests);
  for (const number of [1, 2]) for (const kind of ["in", "ans"]) writeFileSync(join(tests, `${number}.${kind}`), `${number}\n`);
  return ["judge", tests, ...Object.entries(scripts).map(([name, text]) => state.file(name, text))];
}

/** What is on the screen at the end: each grid is drawn over the one before it. */
function screenOf(printed: string): { readonly frames: readonly string[][]; readonly last: readonly string[] } {
  const plain = printed.replace(/\x1b\[[0-9;]*m/g, "").replaceAll("\x1b[K", "").replaceAll("\r\n", "\n").replaceAll("\r", "");
  const frames = plain.split(/\x1b\[\d+A/).map((part) => part.replaceAll("\x1b[J", "").trimEnd().split("\n"));
  return { frames, last: frames.at(-1)! };
}

const echo = "cat\n";
const wrong = "echo 1\n";

onTerminal("several submissions are seen in a grid, which is left there with what came of it", async () => {
  await using state = openState();
  const { stdout, exitCode } = await state.mini([...judged(state, { "good.sh": echo, "bad.sh": wrong }), "--jobs", "1"], { env: { TERM: "xterm" }, through: on(80, 24) });
  const { frames, last } = screenOf(stdout);
  expect(frames.length).toBeGreaterThan(1);
  expect(frames[0]).toEqual(["tests: plain, 2 tests, 2 submissions", "tests", "good.sh . .   waiting", "bad.sh  . .   waiting", "0 of 4 tests"]);
  expect(last.map((line) => line.replace(/\d+\.\d+/g, "N").replace(/\d+ tests\/s/, "N tests/s"))).toEqual(["tests", "good.sh A A   N/10 s  AC", "bad.sh  A W   N/10 s  WA", "4 of 4 tests, N tests/s", "time limit 10 s (the usual one)", "1 of 2 accepted"]);
  expect(exitCode).toBe(1);
  await expectNothingLeft(state);
});

onTerminal("a grid is never higher than the terminal, and whole at the end", async () => {
  await using state = openState();
  const scripts = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`s${index}.sh`, echo]));
  const { stdout } = await state.mini(judged(state, scripts), { env: { TERM: "xterm", NO_COLOR: "1" }, through: on(40, 7) });
  const { frames, last } = screenOf(stdout);
  expect(frames.slice(1, -1).filter((lines) => lines.length > 6)).toEqual([]);
  expect(last.filter((line) => /^s\d\.sh A A /.test(line))).toHaveLength(7);
  expect(stdout).not.toContain("\x1b[32m");
});

onTerminal("a terminal that moves no cursor gets lines, and so does a file", async () => {
  await using state = openState();
  const args = judged(state, { "good.sh": echo, "bad.sh": wrong });
  const dumb = await state.mini(args, { env: { TERM: "dumb" }, through: on(80, 24) });
  const file = await state.mini(args, { env: { TERM: "xterm" } });
  for (const { stdout } of [dumb, file]) expect([stdout.includes("\x1b"), stdout.includes("good.sh")]).toEqual([false, true]);
});

onTerminal("Ctrl-C ends it, and the grid stays with what is known", async () => {
  await using state = openState();
  const running = state.start([...judged(state, { "good.sh": echo, "wait.sh": "sleep 60\n" }), "--jobs", "1", "--wall-time", "100", "--time-limit", "50"], { env: { TERM: "xterm", NO_COLOR: "1" }, through: on(80, 24) });
  await running.prints("wait.sh ? .");
  // What a terminal does for Ctrl-C: script(1) executes the command as its only child.
  process.kill(Number(readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, "utf8").trim()), "SIGINT");
  const { stdout } = await running.ended;
  const { last } = screenOf(stdout);
  expect(last.find((line) => line.startsWith("good.sh"))).toMatch(/^good\.sh A A .* AC$/);
  expect(last.find((line) => line.startsWith("wait.sh"))).toMatch(/stopped$/);
  expect(last.join("\n")).toContain("mini-isolate: stopped because mini-isolate received SIGINT");
  await expectNothingLeft(state);
});
