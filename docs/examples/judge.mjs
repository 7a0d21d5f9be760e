// Judges a source on the tests of a directory, 1.in with 1.out and so on: node judge.mjs SOURCE TESTS
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const miniIsolate = process.env.MINI_ISOLATE ?? "mini-isolate";
const limits = ["--cpu-time", "2", "--wall-time", "10", "--memory", "256"];

function execute(source, input) {
  const { stdout, status } = spawnSync(miniIsolate, ["execute", "--json", "--source", source, "--input", input, ...limits], {
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 256 * 1024 * 1024,
  });
  // 0 to 6 come with a document; for anything else the reason is on standard error already.
  if (status === null || status > 6 || stdout.length === 0) process.exit(status ?? 1);
  return JSON.parse(stdout);
}

const [source, tests] = process.argv.slice(2);
for (const input of readdirSync(tests).filter((name) => name.endsWith(".in")).sort()) {
  const result = execute(source, join(tests, input));
  if (result.status === "CompileError") {
    console.log(`CompileError\n${result.compile.stderr}`);
    break;
  }
  const expected = readFileSync(join(tests, input.replace(/\.in$/, ".out")), "utf8");
  const verdict = result.success && result.stdout !== expected ? "WrongAnswer" : result.status;
  console.log(`${input.slice(0, -3)}: ${verdict} (${result.cpu_time.toFixed(3)} s, ${Math.round((result.memory_peak ?? 0) / 1024)} KB)`);
}
