/** How exact the figures are: memory of programs that are known to take so much, and CPU time against getrusage. */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionResult } from "../../src/model/result.ts";
import { program } from "../helpers/programs.ts";
import { median, table, type Settings } from "./measure.ts";

const mebibyte = 2 ** 20;
const mostRounds = 20;
const fileMegabytes = 100;

/** Steps of the fixture `use-memory`, and what they take in MB. `cold`: the file is not in the page cache before. */
const memory: readonly { name: string; steps: readonly string[]; megabytes: number; cold?: true }[] = [
  { name: "nothing", steps: [], megabytes: 0 },
  { name: "50 MB, then the end", steps: ["touch", "50"], megabytes: 50 },
  { name: "50 MB, given back, 0.1 s", steps: ["touch", "50", "free", "0", "sleep", "100"], megabytes: 50 },
  { name: "0.1 s, 50 MB, given back, 0.1 s", steps: ["sleep", "100", "touch", "50", "free", "0", "sleep", "100"], megabytes: 50 },
  { name: "4 children with 20 MB each", steps: ["children", "4x20"], megabytes: 80 },
  { name: "30 MB in /tmp", steps: ["tmpfs", "30"], megabytes: 30 },
  { name: "reads 100 MB, warm", steps: ["read", "/data/file"], megabytes: 0 },
  { name: "reads 100 MB, cold", steps: ["read", "/data/file"], megabytes: 0, cold: true },
  { name: "maps 100 MB, cold", steps: ["map", "/data/file"], megabytes: 0, cold: true },
  { name: "50 MB given back, reads 100 MB, cold", steps: ["touch", "50", "free", "0", "read", "/data/file"], megabytes: 50, cold: true },
  { name: "reads 100 MB, cold, then 50 MB", steps: ["read", "/data/file", "touch", "50"], megabytes: 50, cold: true },
];

const cpu: readonly (readonly [processes: number, seconds: number])[] = [[1, 0.1], [1, 1], [4, 1]];

function run(command: readonly string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { stderr: "pipe" });
  if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}: ${stderr.toString()}`);
  return stdout.toString();
}

/** @param directory ours; @param binaries what is measured, by name */
export async function accuracy(directory: string, binaries: ReadonlyMap<string, string>, { rounds }: Settings): Promise<void> {
  const data = join(directory, "accuracy");
  mkdirSync(data);
  writeFileSync(join(data, "file"), Buffer.alloc(fileMegabytes * mebibyte, "0123456789abcdef\n"));
  run(["sync", join(data, "file")]);
  for (const name of ["use-memory", "measure-cpu"]) copyFileSync(await program(name), join(data, name));
  const times = Array.from({ length: Math.min(rounds, mostRounds) });
  const rows: { readonly memory: string[][]; readonly cpu: string[][] } = { memory: [], cpu: [] };
  for (const [name, binary] of binaries) {
    const once = (argv: readonly string[]) =>
      JSON.parse(run([binary, "run", "--json", "--state-dir", `${directory}/accuracy-${name}`, "--max-memory", "256", "--processes", "8", "--mount", `/data=${data}`, "--", ...argv])) as ExecutionResult;
    for (const { name: what, steps, megabytes, cold } of memory) {
      const seen = times.map(() => {
        run(["dd", `if=${join(data, "file")}`, ...(cold ? ["iflag=nocache", "count=0"] : ["of=/dev/null", "bs=1M"]), "status=none"]);
        return once(["/data/use-memory", ...steps]);
      });
      const peaks = seen.map(({ memory_peak }) => memory_peak! / mebibyte);
      rows.memory.push([name, what, String(megabytes), ...[Math.min(...peaks), median(peaks), Math.max(...peaks)].map((value) => value.toFixed(2)), median(seen.map(({ cgroup_memory_peak }) => (cgroup_memory_peak ?? Number.NaN) / mebibyte)).toFixed(2)]);
    }
    for (const [processes, seconds] of cpu) {
      const errors = times.map(() => {
        const { cpu_time, stdout } = once(["/data/measure-cpu", String(processes), String(seconds)]);
        return (cpu_time - Number(stdout) / 1e6) * 1000;
      });
      rows.cpu.push([name, `${seconds} s in ${processes}`, ...[Math.min(...errors), median(errors), Math.max(...errors)].map((value) => value.toFixed(2))]);
    }
  }
  table("memory_peak in MB, of programs that take so much", ["", "case", "takes", "min", "median", "max", "the group's"], rows.memory);
  table("cpu_time less what getrusage says, in ms", ["", "case", "min", "median", "max"], rows.cpu);
}
