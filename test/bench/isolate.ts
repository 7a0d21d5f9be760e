/**
 * The life of a box by the command line of isolate, with control groups: init, a run of /bin/true, cleanup. Beside it our own `run`, and the
 * isolate that REFERENCE_ISOLATE names, with the configuration that it was built for.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { closeDescriptor } from "../../src/kernel/files.ts";
import { openPidfd, pollReadable, reap } from "../../src/kernel/process.ts";
import { prepareSpawn, spawnPrepared } from "../../src/kernel/spawn.ts";
import { binaryPath } from "../helpers/binary.ts";
import { environment, median, nothing, table, type Settings } from "./measure.ts";

interface Way {
  readonly name: string;
  readonly argv: readonly string[];
  readonly environment: readonly string[];
}

const steps = ["init", "run", "cleanup"] as const;
const argumentsOf = { init: ["--init"], run: ["--run", "--", "/bin/true"], cleanup: ["--cleanup"] } as const;

function timed(argv: readonly string[], variables: readonly string[]): number {
  const begun = performance.now();
  const pid = spawnPrepared(prepareSpawn(argv[0]!, argv, variables, [[nothing, 0], [nothing, 1], [nothing, 2]]));
  const pidfd = openPidfd(pid);
  pollReadable([pidfd], null);
  const end = reap(pid)!;
  const took = performance.now() - begun;
  closeDescriptor(pidfd);
  if (end.exitCode !== 0) throw new Error(`${argv.join(" ")} ended with ${end.exitCode ?? `signal ${end.signal}`}`);
  return took;
}

/** @param directory an empty one of ours */
export function isolateCommands(directory: string, { rounds }: Settings): void {
  mkdirSync(directory, { recursive: true });
  const config = `${directory}/isolate.conf`;
  writeFileSync(config, `box_root = ${directory}/boxes\nlock_root = ${directory}/locks\ncg_root = /sys/fs/cgroup\nfirst_uid = 44000\nfirst_gid = 44000\nnum_boxes = 100\n`);
  const [socket, client, state] = [`${directory}/socket`, `${directory}/isolate`, `${directory}/state`];
  Bun.spawnSync([binaryPath, "client", "install", client, "--as", "isolate", "--socket", socket]);
  const keeper = Bun.spawn([binaryPath, "keeper", "--socket", socket], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const ours = [...environment, `ISOLATE_CONFIG=${config}`];
  const reference = Bun.env["REFERENCE_ISOLATE"];
  const ways: readonly Way[] = [
    ...(reference === undefined ? [] : [{ name: "isolate", argv: [reference], environment }]),
    { name: "mini-isolate isolate", argv: [binaryPath, "isolate"], environment: ours },
    { name: "the same by a client of a keeper", argv: [client], environment: ours },
  ];
  if (reference !== undefined) mkdirSync(/^box_root\s*=\s*(.*)$/m.exec(readFileSync("/usr/local/etc/isolate", "utf8"))![1]!, { recursive: true });
  const boxOf = (index: number) => ["-b", String(90 + index), "--cg"];
  for (const [index, way] of ways.entries()) timed([...way.argv, ...boxOf(index), "--cleanup"], way.environment);
  Bun.spawnSync([binaryPath, "init", "--state-dir", state, "--box-id", "0"]);
  const times = new Map<string, number[]>();
  const note = (key: string, took: number) => void times.set(key, [...(times.get(key) ?? []), took]);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < ways.length; turn++) {
      const index = (round + turn) % ways.length;
      const way = ways[index]!;
      const took = steps.map((step) => timed([...way.argv, ...boxOf(index), ...argumentsOf[step]], way.environment));
      steps.forEach((step, at) => note(`${way.name}, ${step}`, took[at]!));
      note(`${way.name}, all three`, took.reduce((sum, one) => sum + one));
    }
    note("mini-isolate run", timed([binaryPath, "run", "--state-dir", state, "--box-id", "0", "--silent", "--", "/bin/true"], environment));
  }
  const first = reference === undefined ? "mini-isolate isolate" : "isolate";
  const ratio = (key: string, base: string) => (times.has(base) ? median(times.get(key)!.map((time, round) => time / times.get(base)![round]!)).toFixed(2) : "");
  const rows = [...times].map(([key, all]) => {
    const step = key.split(", ").at(-1)!;
    return [key, median(all).toFixed(2), Math.min(...all).toFixed(2), ratio(key, `${first}, ${step}`), step === "run" ? ratio(key, "mini-isolate run") : ""];
  });
  table("the command line of isolate, ms", ["", "median", "least", `to ${first}`, "to mini-isolate run"], rows);
  Bun.spawnSync([binaryPath, "cleanup", "--state-dir", state, "--all"]);
  Bun.spawnSync([binaryPath, "keeper", "stop", "--socket", socket]);
  keeper.kill();
}
