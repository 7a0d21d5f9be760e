/**
 * What a judge waits for, beside its peers where they are installed: bubblewrap, unshare(1) with prlimit(1), and ioi/isolate 1.10.1, whose
 * program REFERENCE_ISOLATE names (it needs a host with version 1 that was set up for it). The last table has the aims.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { binaryPath } from "../helpers/binary.ts";
import { startKeeper } from "./keeper.ts";
import { command, type Contender, median, ms, percentile, type Settings, table, takeTurns } from "./measure.ts";

interface Aim {
  readonly what: string;
  readonly measured: string;
  readonly against: string;
  /** The ratio is at most this. */
  readonly atMost: number;
}

const aims: readonly Aim[] = [
  { what: "run in a kept box, against an empty Bun binary", measured: "run, box b", against: "an empty Bun binary", atMost: 2.5 },
  { what: "--version", measured: "--version", against: "an empty Bun binary", atMost: 1.3 },
  { what: "--help", measured: "--help", against: "an empty Bun binary", atMost: 1.3 },
  { what: "client and keeper, run in a kept box, against isolate", measured: "client: run, box b", against: "isolate --cg --run", atMost: 1 },
  { what: "client and keeper, init, run and cleanup, against isolate", measured: "client: init, run, cleanup", against: "isolate: init, run, cleanup", atMost: 1 },
];

/** Several commands one after the other, as one contender. */
function sequence(name: string, ...commands: readonly (readonly string[])[]): Contender {
  const parts = commands.map((argv) => command(argv.join(" "), argv));
  return {
    name,
    once: async () => {
      let sum = 0;
      for (const part of parts) sum += (await part.once()) as number;
      return sum;
    },
  };
}

/** A program of the same runtime that does nothing. */
async function emptyBinary(directory: string): Promise<string> {
  const [source, binary] = [`${directory}/empty.ts`, `${directory}/empty`];
  writeFileSync(source, "export {};\n");
  const build = Bun.spawnSync([process.execPath, "build", source, "--compile", "--minify", "--bytecode", "--format=esm", "--outfile", binary], { stderr: "pipe" });
  if (build.exitCode !== 0) throw new Error(build.stderr.toString());
  return binary;
}

function peers(directory: string): { runs: Contender[]; cycles: Contender[]; close: () => void } {
  const runs: Contender[] = [];
  const cycles: Contender[] = [];
  const bubblewrap = Bun.which("bwrap");
  if (bubblewrap !== null) runs.push(command("bubblewrap, all namespaces", [bubblewrap, "--ro-bind", "/", "/", "--unshare-all", "--die-with-parent", "/bin/true"]));
  const [unshare, prlimit] = [Bun.which("unshare"), Bun.which("prlimit")];
  if (unshare !== null && prlimit !== null) runs.push(command("unshare and prlimit", [unshare, "--mount", "--pid", "--fork", "--ipc", "--uts", "--net", prlimit, "--cpu=10", "--nproc=64", "--fsize=67108864", "/bin/true"]));
  const isolate = Bun.env["REFERENCE_ISOLATE"];
  if (isolate === undefined) return { runs, cycles, close: () => {} };
  const as = (box: number, ...words: readonly string[]) => [isolate, "--cg", `--box-id=${box}`, "--silent", ...words];
  Bun.spawnSync(as(98, "--init"));
  const meta = `--meta=${directory}/meta`;
  runs.push(command("isolate --cg --run", as(98, meta, "--run", "--", "/bin/true")));
  cycles.push(sequence("isolate: init, run, cleanup", as(99, "--init"), as(99, meta, "--run", "--", "/bin/true"), as(99, "--cleanup")));
  return { runs, cycles, close: () => void Bun.spawnSync(as(98, "--cleanup")) };
}

/** @param directory an empty one of ours */
export async function speed(directory: string, settings: Settings): Promise<void> {
  mkdirSync(directory);
  const state = `${directory}/state`;
  const mini = (word: string, ...words: readonly string[]) => [binaryPath, word, "--state-dir", state, ...words];
  Bun.spawnSync(mini("init", "--box-id", "b"));
  const others = peers(directory);
  const keeper = startKeeper(directory);
  const through = (word: string, ...words: readonly string[]) => [keeper.client, ...mini(word, ...words).slice(1)];
  const idleMegabytes = keeper.memoryMegabytes();
  const true_ = ["--silent", "--", "/bin/true"];
  const contenders = [
    command("/bin/true alone", ["/bin/true"]),
    command("an empty Bun binary", [await emptyBinary(directory)]),
    command("--version", [binaryPath, "--version"]),
    command("--help", [binaryPath, "--help"]),
    command("run, box b", mini("run", "--box-id", "b", ...true_)),
    command("run, temporary box", mini("run", ...true_)),
    sequence("init, run, cleanup", mini("init", "--box-id", "c"), mini("run", "--box-id", "c", ...true_), mini("cleanup", "--box-id", "c")),
    command("client: run, box b", through("run", "--box-id", "b", ...true_)),
    sequence("client: init, run, cleanup", through("init", "--box-id", "c"), through("run", "--box-id", "c", ...true_), through("cleanup", "--box-id", "c")),
    ...others.runs,
    ...others.cycles,
  ];
  try {
    const times = await takeTurns(contenders, settings);
    const row = (name: string) => times[contenders.findIndex((one) => one.name === name)]!;
    const empty = row("an empty Bun binary");
    const ratio = (one: readonly number[], other: readonly number[]) => median(one.map((time, round) => time / other[round]!));
    table("what a caller waits for, whole processes", ["", "median ms", "p90 ms", "of an empty Bun binary"], contenders.map(({ name }, index) => {
      const own = times[index]!;
      return [name, ms(median(own)), ms(percentile(own, 0.9)), ratio(own, empty).toFixed(2)];
    }));
    const known = aims.filter(({ against }) => contenders.some(({ name }) => name === against));
    table("the aims", ["", "at most", "measured", ""], known.map(({ what, measured, against, atMost }) => {
      const seen = ratio(row(measured), row(against));
      return [what, atMost.toFixed(2), seen.toFixed(2), seen <= atMost ? "reached" : "missed"];
    }));
    table("memory of a keeper, MB", ["", "Pss"], [["before its first command", idleMegabytes.toFixed(1)], ["after these", keeper.memoryMegabytes().toFixed(1)]]);
  } finally {
    keeper.close();
    others.close();
    Bun.spawnSync(mini("cleanup", "--all"));
  }
}
