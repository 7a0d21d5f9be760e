/**
 * Many runs of a small program: `batch` with one slot and with two, beside as many commands one after the other. ioi/isolate 1.10.1, whose
 * program REFERENCE_ISOLATE names, runs in a box that is kept.
 */
import { makePipe } from "../../src/kernel/files.ts";
import { pollReadable } from "../../src/kernel/process.ts";
import { closeSync, readSync, writeSync } from "node:fs";
import { binaryPath } from "../helpers/binary.ts";
import { command, type Contender, median, ms, percentile, type Settings, table, takeTurns } from "./measure.ts";

/** Runs of a round, and those before them that are not counted: the engine has compiled its code then. */
const [counted, warmUp] = [50, 60];

class KeptBatch implements Disposable {
  readonly #child: Bun.Subprocess<"ignore" | number, number, "inherit">;
  readonly #input: number;
  readonly #output: number;
  readonly #request: Buffer;
  readonly #chunk = new Uint8Array(1024 * 1024);

  constructor(state: string, request: object, ...args: readonly string[]) {
    const [given, input] = makePipe();
    const [output, gives] = makePipe();
    this.#child = Bun.spawn([binaryPath, "batch", "--silent", "--state-dir", state, ...args], { stdin: given, stdout: gives, stderr: "inherit" });
    for (const fd of [given, gives]) closeSync(fd);
    [this.#input, this.#output] = [input, output];
    this.#request = Buffer.from(`${JSON.stringify(request)}\n`);
    this.perRun(warmUp);
  }

  /** Milliseconds for a run, of so many one after the other or side by side. */
  perRun(runs: number): number {
    const start = performance.now();
    let given = 0;
    for (let done = 0; done < runs; ) {
      // A few more than the slots can take.
      for (; given < runs && given - done < 8; given++) writeSync(this.#input, this.#request);
      pollReadable([this.#output], null);
      const count = readSync(this.#output, this.#chunk);
      if (count === 0) throw new Error("the batch has ended");
      for (let index = 0; index < count; index++) if (this.#chunk[index] === 10) done++;
    }
    return (performance.now() - start) / runs;
  }

  contender(name: string): Contender {
    return { name, once: () => this.perRun(counted) };
  }

  [Symbol.dispose](): void {
    closeSync(this.#input);
    closeSync(this.#output);
    void this.#child.exited;
  }
}

export async function batches(base: string, settings: Settings): Promise<void> {
  const state = `${base}/batch`;
  const isolate = Bun.env["REFERENCE_ISOLATE"];
  const peer = (...words: readonly string[]) => [isolate!, "--cg", "--box-id=97", "--silent", ...words];
  if (isolate !== undefined) Bun.spawnSync(peer("--init"));
  for (const [program, request] of [["/bin/true", { command: ["/bin/true"] }], ["a loop in a shell", { command: ["/bin/sh", "-c", "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done"] }]] as const) {
    using one = new KeptBatch(state, request, "--jobs", "1");
    using two = new KeptBatch(state, request, "--jobs", "2");
    const contenders = [
      one.contender("batch --jobs 1"),
      two.contender("batch --jobs 2"),
      command("run --json, a command each", [binaryPath, "run", "--state-dir", state, "--json", "--", ...request.command]),
      ...(isolate === undefined ? [] : [command("isolate --cg --run", peer("--meta=/dev/null", "--run", "--", ...request.command))]),
    ];
    const times = await takeTurns(contenders, { ...settings, rounds: Math.max(3, Math.ceil(settings.rounds / 20)) });
    const ratio = (index: number) => median(times[index]!.map((time, round) => time / times[0]![round]!));
    table(`many runs of ${program}, ms a run`, ["", "median", "p90", "runs a second", "of --jobs 1"], contenders.map(({ name }, index) => {
      const own = times[index]!;
      return [name, ms(median(own)), ms(percentile(own, 0.9)), (1000 / median(own)).toFixed(0), ratio(index).toFixed(2)];
    }));
    const aims: [string, string, number, boolean][] = [["throughput of --jobs 2, of --jobs 1", "at least 1.7", 1 / ratio(1), 1 / ratio(1) >= 1.7]];
    if (isolate !== undefined) aims.push(["--jobs 1, of isolate --cg --run", "at most 0.9", 1 / ratio(3), 1 / ratio(3) <= 0.9]);
    table("the aims", ["", "aim", "measured", ""], aims.map(([what, aim, measured, isReached]) => [what, aim, measured.toFixed(2), isReached ? "reached" : "missed"]));
  }
  if (isolate !== undefined) Bun.spawnSync(peer("--cleanup"));
}
