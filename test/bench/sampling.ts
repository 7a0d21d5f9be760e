/** What looking at processes costs a supervisor where no control group counts: CPU time of a run that does nothing, on a host with many processes. */
import { closeDescriptor } from "../../src/kernel/files.ts";
import { openPidfd, pollReadable, reap } from "../../src/kernel/process.ts";
import { prepareSpawn, spawnPrepared } from "../../src/kernel/spawn.ts";
import { environment, median, nothing, table, type Settings } from "./measure.ts";

const others = 500;
/** The program sleeps for both times: the difference is without start and end. */
const sleepsSeconds = [2, 8] as const;
const rounds = 3;
/** A share of one processor. */
const aimPercent = 2;

/** A mount namespace of its own, in which no hierarchy is mounted. */
const withoutCgroups = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", 'umount -a -t cgroup,cgroup2 && exec "$@"', "sh"];

/** @returns milliseconds of CPU time of the command and all that it waited for */
function cpuTimeOf(argv: readonly string[]): number {
  const pid = spawnPrepared(prepareSpawn(argv[0]!, argv, environment, [[nothing, 0], [nothing, 1], [nothing, 2]]));
  const pidfd = openPidfd(pid);
  pollReadable([pidfd], null);
  closeDescriptor(pidfd);
  const end = reap(pid)!;
  if (end.exitCode !== 0) throw new Error(`${argv.join(" ")} ended with ${end.exitCode ?? `signal ${end.signal}`}`);
  return end.usage.cpuTimeMs;
}

/** @param directory ours, for state directories; @param binaries what is compared, by name */
export function sampling(directory: string, binaries: ReadonlyMap<string, string>, _settings: Settings): void {
  const sleepers = Array.from({ length: others }, () => Bun.spawn(["/bin/sleep", "600"], { stdin: "ignore", stdout: "ignore", stderr: "ignore" }));
  try {
    const rows: string[][] = [];
    for (const [name, binary] of binaries) {
      const used = (seconds: number) => cpuTimeOf([...withoutCgroups, binary, "run", "--state-dir", `${directory}/sampling-${name}`, "--max-time", "60", "--", "/bin/sleep", String(seconds)]);
      const [short, long] = sleepsSeconds;
      const shares = Array.from({ length: rounds }, () => (used(long) - used(short)) / (long - short) / 10);
      rows.push([name, median(shares).toFixed(2), Math.min(...shares).toFixed(2), aimPercent.toFixed(2)]);
    }
    table(`a sleeping program without control groups, ${others} other processes: CPU time of the supervisor in % of the time`, ["", "median", "min", "aim"], rows);
  } finally {
    for (const sleeper of sleepers) sleeper.kill("SIGKILL");
  }
}
