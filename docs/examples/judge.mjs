// Judges a source on the tests of a directory, and tells about each as it ends: node judge.mjs SOURCE TESTS
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const miniIsolate = process.env.MINI_ISOLATE ?? "mini-isolate";
const [source, tests] = process.argv.slice(2);
const judging = spawn(miniIsolate, ["judge", source, tests, "--jsonl", "--jobs", "1", "--time-limit", "2", "--memory", "256"], { stdio: ["ignore", "pipe", "inherit"] });
const ended = new Promise((resolve) => judging.on("close", resolve));
for await (const line of createInterface({ input: judging.stdout })) {
  const { name, verdict, cpu_time: time, memory_peak: memory } = JSON.parse(line);
  console.log(`${name}: ${verdict} (${time.toFixed(3)} s, ${Math.round((memory ?? 0) / 1024)} KB)`);
}
// 0: accepted, 1: not, 6: a compile error. For anything else the reason is on standard error already.
const exitCode = await ended;
if (exitCode === 6) console.log("CE");
else if (exitCode !== 0 && exitCode !== 1) process.exitCode = exitCode ?? 1;
