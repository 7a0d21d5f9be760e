/** A keeper for the benchmark, and what it costs to have one. */
import { existsSync, readFileSync } from "node:fs";
import { binaryPath } from "../helpers/binary.ts";

const patienceMs = 20_000;

export interface BenchKeeper {
  /** The client's file. */
  readonly client: string;
  readonly pid: number;
  /** What belongs to the keeper alone, and its part of what it shares, in MB (Pss, proc_pid_smaps_rollup(5)). */
  memoryMegabytes(): number;
  close(): void;
}

/** Starts one that is idle when this returns. @param directory for its socket and its client */
export function startKeeper(directory: string): BenchKeeper {
  const [socket, client] = [`${directory}/socket`, `${directory}/client`];
  Bun.spawnSync([binaryPath, "client", "install", client, "--socket", socket]);
  const keeper = Bun.spawn([binaryPath, "keeper", "--socket", socket], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  for (const until = performance.now() + patienceMs; !existsSync(socket); Bun.sleepSync(5)) {
    if (performance.now() > until) throw new Error("the keeper does not begin to listen");
  }
  return {
    client,
    pid: keeper.pid,
    memoryMegabytes: () => Number(/^Pss: +([0-9]+) kB/m.exec(readFileSync(`/proc/${keeper.pid}/smaps_rollup`, "latin1"))?.[1]) / 1024,
    close: () => void Bun.spawnSync([binaryPath, "keeper", "stop", "--socket", socket]),
  };
}
