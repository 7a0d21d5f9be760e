/**
 * A whole run against bubblewrap in a virtual machine, once with cgroup version 1 and once with version 2: there the same host has either.
 * MINI_ISOLATE_VM names the program that starts the machine (test/vm/index.ts says how it is called); in the machine there has to be bwrap.
 * Emulated machines are slow, so only the ratios say something.
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { binaryPath } from "../helpers/binary.ts";
import { median, ms, table, type Settings } from "./measure.ts";

/** A process takes some 15 ms to start in an emulated machine. */
const mostRounds = 20;

export async function inMachines(directory: string, { rounds }: Settings): Promise<void> {
  const runner = Bun.env["MINI_ISOLATE_VM"]?.split(" ");
  if (runner === undefined) {
    console.log("\nno virtual machine: MINI_ISOLATE_VM is not set");
    return;
  }
  mkdirSync(directory);
  copyFileSync(binaryPath, join(directory, "mini-isolate"));
  copyFileSync(join(import.meta.dir, "guest.sh"), join(directory, "guest.sh"));
  const rows: string[][] = [];
  for (const version of ["v1", "v2"]) {
    const machine = Bun.spawn([...runner, "--cgroup", version, "--files", directory, "--timeout", "900", "--", "/bin/sh", "guest.sh", String(Math.min(rounds, mostRounds))], {
      stdin: "ignore", stdout: "pipe", stderr: "inherit",
    });
    const times = Map.groupBy((await new Response(machine.stdout).text()).trim().split("\n").map((line) => line.split(" ")), ([name]) => name!);
    const of = (name: string) => (times.get(name) ?? []).map(([, nanoseconds]) => Number(nanoseconds) / 1e6);
    const ratio = (name: string) => median(of(name).map((time, round) => time / of("bwrap")[round]!)).toFixed(2);
    for (const name of ["true", "bwrap", "run"]) rows.push([`${name}, cgroup ${version}`, ms(median(of(name))), ratio(name)]);
  }
  table("whole commands in a virtual machine", ["", "median ms", "against bwrap"], rows);
}
