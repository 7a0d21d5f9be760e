/** What it costs to watch: CPU time of the supervisor and how often it wakes, and how far a limit is passed. */
import { readdirSync, readFileSync } from "node:fs";
import { boxOf, median, table, type Settings } from "./measure.ts";

const watchedMs = 9500;

/** CPU time in milliseconds and number of sleeps of all threads of a process. */
export function used(pid: number): { readonly cpuMs: number; readonly sleeps: number } {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
  const sum = (of: (thread: string) => number): number => threads.reduce((total, thread) => total + of(thread), 0);
  return {
    cpuMs: sum((thread) => Number(readFileSync(`${thread}/schedstat`, "latin1").split(" ")[0]) / 1e6),
    sleeps: sum((thread) => Number(/^voluntary_ctxt_switches:\s+([0-9]+)/m.exec(readFileSync(`${thread}/status`, "latin1"))![1])),
  };
}

const programs = [
  ["sleeps", "exec sleep 30"],
  ["computes", "while :; do :; done"],
  ["writes a line 20 times a second", "exec python3 -uc 'while [print(1), __import__(\"time\").sleep(0.05)]: pass'"],
] as const;

/** @param directory ours, for state directories; @param binaries what is compared, by name */
export async function watching(directory: string, binaries: ReadonlyMap<string, string>, { rounds }: Settings): Promise<void> {
  const costs: string[][] = [];
  const overruns: string[][] = [];
  for (const [build, binary] of binaries) {
    const state = `${directory}/watching-${build}`;
    boxOf(binary, state);
    const words = (...args: readonly string[]) => [binary, "run", "--state-dir", state, "--box-id", "0", ...args];
    for (const [name, line] of programs) {
      const child = Bun.spawn(words("--silent", "--max-cpu", "30", "--", "/bin/sh", "-c", line), { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
      await Bun.sleep(10_000 - watchedMs);
      const begun = used(child.pid);
      await Bun.sleep(watchedMs);
      const end = used(child.pid);
      child.kill("SIGTERM");
      await child.exited;
      costs.push([`${name}, ${build}`, begun.cpuMs.toFixed(1), (end.cpuMs - begun.cpuMs).toFixed(1), ((end.sleeps - begun.sleeps) / (watchedMs / 1000)).toFixed(1)]);
    }
    for (const [flag, field, line] of [["--max-cpu", "cpu_time", programs[1][1]], ["--max-time", "wall_time", programs[0][1]], ["--max-time", "wall_time", programs[1][1]]] as const) {
      const over = Array.from({ length: Math.min(20, rounds) }, () => {
        const { stdout } = Bun.spawnSync(words("--json", ...(flag === "--max-cpu" ? ["--max-time", "30"] : []), flag, "0.5", "--", "/bin/sh", "-c", line), { stderr: "ignore" });
        return ((JSON.parse(stdout.toString()) as Record<typeof field, number>)[field] - 0.5) * 1000;
      });
      overruns.push([`${flag}, ${line === programs[0][1] ? "sleeps" : "computes"}, ${build}`, median(over).toFixed(2), Math.max(...over).toFixed(2)]);
    }
    Bun.spawnSync([binary, "cleanup", "--state-dir", state, "--all"]);
  }
  table("watching a run of 10 s", ["program", "CPU ms, first 0.5 s", "CPU ms, the other 9.5 s", "sleeps a second"], costs);
  table("over a limit of 0.5 s", ["limit", "median ms", "max ms"], overruns);
}
