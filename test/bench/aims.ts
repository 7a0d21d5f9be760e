/**
 * What is promised beyond the time of one small run, in one table: a warm box's memory, a keeper that is idle, a C++ program that is compiled
 * and run, many callers with many boxes, and how far a limit is passed. Peers where they are installed: bubblewrap with g++, and ioi/isolate
 * 1.10.1, whose program REFERENCE_ISOLATE names.
 */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { IsolatePool } from "../../src/index.ts";
import { binaryPath } from "../helpers/binary.ts";
import { rateOf } from "./callers.ts";
import { startKeeper, type BenchKeeper } from "./keeper.ts";
import { command, median, type Settings, table, takeTurns } from "./measure.ts";
import { usedKb } from "./pool.ts";
import { used } from "./watching.ts";

type Row = readonly [what: string, aim: string, measured: string];

const [boxes, callers, idleMs, overruns] = [200, 16, 10_000, 20];
const hello = '#include <iostream>\nint main() { std::cout << "hello\\n"; }\n';

/** @param directory an empty one of ours */
export async function aims(directory: string, { rounds }: Settings): Promise<void> {
  mkdirSync(directory);
  const state = `${directory}/state`;
  const keeper = startKeeper(directory);
  const through = (word: string, ...words: readonly string[]) => [keeper.client, word, "--state-dir", state, ...words];
  try {
    Bun.spawnSync(through("run", "--silent", "--", "/bin/true"));
    const rows = [await idle(keeper), await warmBox(directory), ...(await helloRows(directory, through, rounds)), ...(await callerRows(through, rounds)), ...overrunRows(through)];
    table("in one table", ["", "aim", "measured"], rows);
  } finally {
    keeper.close();
    Bun.spawnSync([binaryPath, "cleanup", "--state-dir", state, "--all"]);
  }
}

async function idle(keeper: BenchKeeper): Promise<Row> {
  await Bun.sleep(1000);
  const before = used(keeper.pid);
  await Bun.sleep(idleMs);
  const now = used(keeper.pid);
  const seconds = idleMs / 1000;
  return ["an idle keeper", "", `${keeper.memoryMegabytes().toFixed(0)} MB (Pss); ${((now.cpuMs - before.cpuMs) / seconds).toFixed(2)} ms of CPU time and ${((now.sleeps - before.sleeps) / seconds).toFixed(1)} sleeps a second`];
}

/** What 15 boxes more take, of the kernel and of this process. */
async function warmBox(directory: string): Promise<Row> {
  const of = async (count: number) => {
    await using pool = new IsolatePool({ boxes: count, stateDir: `${directory}/pool` });
    for (let turn = 0; turn < 3; turn++) await Promise.all(Array.from({ length: count }, () => pool.execute(["/bin/true"])));
    await Bun.sleep(100);
    Bun.gc(true);
    return [usedKb(), process.memoryUsage.rss() / 1024] as const;
  };
  await of(16);
  const [one, many] = [await of(1), await of(16)];
  return ["a warm box", "", `${((many[0] - one[0]) / 15).toFixed(0)} KB of the kernel, ${((many[1] - one[1]) / 15).toFixed(0)} KB of the process`];
}

async function helloRows(directory: string, through: (...words: [string, ...string[]]) => string[], rounds: number): Promise<Row[]> {
  if (Bun.which("g++") === null) return [];
  const source = `${directory}/hello.cpp`;
  writeFileSync(source, hello);
  const script = `${directory}/hello.sh`;
  // What the built-in pack does, but for its limits.
  writeFileSync(script, "#!/bin/sh\ncd /tmp && g++ -x c++ -O2 -std=gnu++20 -static -o hello /hello.cpp && ./hello\n");
  chmodSync(script, 0o755);
  const bubblewrap = Bun.which("bwrap");
  const peer = bubblewrap === null ? [] : [command("bubblewrap with g++", [bubblewrap, "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--ro-bind", source, "/hello.cpp", "--ro-bind", script, "/hello.sh", "--unshare-all", "--die-with-parent", "/hello.sh"])];
  const contenders = [
    command("client, compiled", through("execute", "--silent", "--no-cache", "--source", source)),
    command("client, from the cache", through("execute", "--silent", "--source", source)),
    command("execute --no-cache", [binaryPath, ...through("execute", "--silent", "--no-cache", "--source", source).slice(1)]),
    ...peer,
  ];
  const times = await takeTurns(contenders, { rounds: Math.max(5, Math.ceil(rounds / 10)), pauseMs: 0 });
  return contenders.map(({ name }, index) => {
    const against = peer.length === 0 ? "" : `, ${median(times[index]!.map((time, round) => time / times.at(-1)![round]!)).toFixed(2)} of bubblewrap with g++`;
    return [`a C++ hello: ${name}`, "", `${median(times[index]!).toFixed(0)} ms${against}`];
  });
}

async function callerRows(through: (...words: [string, ...string[]]) => string[], rounds: number): Promise<Row[]> {
  const isolate = Bun.env["REFERENCE_ISOLATE"];
  const as = (box: number, ...words: readonly string[]) => [isolate ?? "", "--cg", `--box-id=${box}`, "--silent", ...words];
  for (let box = 0; box < boxes; box++) Bun.spawnSync(through("init", "--box-id", `b${box}`));
  if (isolate !== undefined) for (let box = 0; box < boxes; box++) Bun.spawnSync(as(300 + box, "--init"));
  const rows: Row[] = [];
  for (const count of [8, callers]) {
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < Math.max(3, Math.ceil(rounds / 20)); turn++) {
      ours.push(await rateOf((run) => through("run", "--box-id", `b${run % boxes}`, "--silent", "--", "/bin/true"), count, boxes));
      if (isolate !== undefined) theirs.push(await rateOf((run) => as(300 + (run % boxes), "--run", "--", "/bin/true"), count, boxes));
    }
    const beside = isolate === undefined ? "" : `; isolate ${median(theirs).toFixed(0)}`;
    rows.push([`${count} callers, ${boxes} boxes, by a client`, count === 8 ? "at least isolate's" : "", `${median(ours).toFixed(0)} runs a second${beside}`]);
  }
  if (isolate !== undefined) for (let box = 0; box < boxes; box++) Bun.spawnSync(as(300 + box, "--cleanup"));
  return rows;
}

function overrunRows(through: (...words: [string, ...string[]]) => string[]): Row[] {
  return ([["CPU time", "--max-cpu", "cpu_time", "while :; do :; done"], ["wall time", "--max-time", "wall_time", "exec sleep 30"]] as const).map(([what, flag, field, line]) => {
    const over = Array.from({ length: overruns }, () => {
      const { stdout } = Bun.spawnSync(through("run", "--json", ...(flag === "--max-cpu" ? ["--max-time", "30"] : []), flag, "0.3", "--", "/bin/sh", "-c", line), { stderr: "ignore" });
      return ((JSON.parse(stdout.toString()) as Record<typeof field, number>)[field] - 0.3) * 1000;
    });
    return [`past a limit of ${what}`, "at most 5 ms", `${median(over).toFixed(1)} ms, at most ${Math.max(...over).toFixed(1)} ms`];
  });
}
