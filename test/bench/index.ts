/**
 * The benchmark: `npm run bench`, or `bun test/bench/index.ts [--rounds N] [--pause MS] [--against BINARY] [PART...]` with the parts process,
 * library, launch, aims, cgroups, machine, pool, probing, wait, output, accuracy, batch, sampling, speed, streams, users, watching,
 * callers, many, isolate, judge, queue, serve and workers; `--million` gives the queue a million results as well.
 * `--against` names another build of the binary, which some parts then measure as well.
 * It measures and prints; it judges nothing. As root, on a host with cgroup v1.
 */
import { mkdirSync, rmSync } from "node:fs";
import { cpus, release } from "node:os";
import { parseArgs } from "node:util";
import { Isolate } from "../../src/index.ts";
import { binaryPath } from "../helpers/binary.ts";
import { mountsBelow } from "../helpers/host.ts";
import { accuracy } from "./accuracy.ts";
import { aims } from "./aims.ts";
import { batches } from "./batch.ts";
import { manyCallers } from "./callers.ts";
import { cgroupVersions } from "./cgroup-versions.ts";
import { isolateCommands } from "./isolate.ts";
import { judging } from "./judging.ts";
import { launchPhases } from "./launch.ts";
import { insideOneProcess } from "./library.ts";
import { manyBoxes } from "./many.ts";
import { inMachines } from "./machine.ts";
import type { Settings } from "./measure.ts";
import { outputs } from "./output.ts";
import { pools } from "./pool.ts";
import { probing } from "./probing.ts";
import { queues } from "./queue.ts";
import { sampling } from "./sampling.ts";
import { serving } from "./serve.ts";
import { speed } from "./speed.ts";
import { streams } from "./streams.ts";
import { watching } from "./watching.ts";
import { users } from "./users.ts";
import { waiting } from "./wait.ts";
import { manyWorkers } from "./workers.ts";
import { wholeProcesses } from "./whole-process.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

const { values, positionals } = parseArgs({
  args: Bun.argv.slice(2),
  options: { rounds: { type: "string", default: "200" }, pause: { type: "string", default: "0" }, against: { type: "string" }, million: { type: "boolean", default: false } },
  allowPositionals: true,
});
const settings: Settings = { rounds: Number(values.rounds), pauseMs: Number(values.pause) };
const binaries = new Map([...(values.against === undefined ? [] : [["against", values.against] as const]), ["now", binaryPath] as const]);
const base = makeTestDirectory("bench");
const state = `${base}/state`;

console.log(`Linux ${release()}, ${cpus().length} x ${cpus()[0]?.model ?? process.arch}, Bun ${Bun.version}; ${settings.rounds} rounds, pause ${settings.pauseMs} ms`);
const box = Isolate.new({ instance_id: "0" }, { stateDir: state });
const parts: Readonly<Record<string, () => Promise<void> | void>> = {
  process: () => wholeProcesses(state, box.workdir, settings),
  library: () => insideOneProcess(state, settings),
  launch: () => {
    mkdirSync(`${base}/launch`);
    return launchPhases(`${base}/launch`, settings);
  },
  cgroups: () => {
    mkdirSync(`${base}/cgroups`);
    return cgroupVersions(`${base}/cgroups`, settings);
  },
  machine: () => inMachines(`${base}/machine`, settings),
  callers: () => manyCallers(`${base}/callers`, binaries, settings),
  judge: () => judging(`${base}/judge`, settings),
  isolate: () => isolateCommands(`${base}/isolate`, settings),
  many: () => manyBoxes(`${base}/many`, binaries, settings),
  pool: () => pools(`${base}/pool`, settings),
  probing: () => probing(`${base}/probe`, settings),
  queue: () => queues(`${base}/queue`, settings, values.million),
  batch: () => batches(base, settings),
  aims: () => aims(`${base}/aims`, settings),
  accuracy: () => accuracy(base, binaries, settings),
  output: () => outputs(base, binaries, settings),
  sampling: () => sampling(base, binaries, settings),
  serve: () => serving(`${base}/serve`, settings),
  speed: () => speed(`${base}/speed`, settings),
  streams: () => streams(base, binaries, settings),
  users: () => users(base, binaries, settings),
  watching: () => watching(base, binaries, settings),
  wait: () => waiting(base, binaries, settings),
  workers: () => manyWorkers(`${base}/workers`),
};
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) await parts[name]!();
} finally {
  box.cleanup();
  if (mountsBelow(base).length === 0) rmSync(base, { recursive: true, force: true });
}
