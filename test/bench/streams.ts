/** What the ways to give a program its streams cost: whole commands; what a gigabyte of input takes of our memory, and how long a gigabyte takes. */
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { boxOf, command, compare, median, ms, table, type Settings } from "./measure.ts";

const megabyte = 2 ** 20;
const count = ["/usr/bin/wc", "-c"];

/** The words of a shell that runs a line, in which `"$@"` is one run of a build. */
type Words = (build: string, line: string, flags: readonly string[], program: readonly string[]) => readonly string[];

/** @param directory ours, for state directories; @param binaries what is compared, by name */
export async function streams(directory: string, binaries: ReadonlyMap<string, string>, settings: Settings): Promise<void> {
  const place = `${directory}/streams`;
  mkdirSync(place);
  const file = (name: string, bytes: number, mode: number) => {
    writeFileSync(`${place}/${name}`, "", { mode });
    truncateSync(`${place}/${name}`, bytes);
    return `${place}/${name}`;
  };
  for (const [build, binary] of binaries) boxOf(binary, `${place}/${build}`, "--output-limit", "1024", "--fsize", "2048");
  const words: Words = (build, line, flags, program) =>
    ["/bin/sh", "-c", line, "sh", binaries.get(build)!, "run", "--state-dir", `${place}/${build}`, "--box-id", "0", "--silent", ...flags, "--", ...program];

  const open = file("open", megabyte, 0o644);
  const cases: readonly (readonly [name: string, line: string, flags: readonly string[], program: readonly string[]])[] = [
    ["an input of 1 MB from a file", '"$@"', ["--input", open], count],
    ["the same from a file of mode 600", '"$@"', ["--input", file("closed", megabyte, 0o600)], count],
    ["an input of 1 MB from a pipe", `cat ${open} | "$@"`, [], count],
    ["both outputs merged", '"$@"', [], ["/bin/sh", "-c", "exec 2>&1; echo a; echo b >&2"]],
    ["8 MB of output", '"$@"', [], ["/usr/bin/head", "-c", String(8 * megabyte), "/dev/zero"]],
  ];
  for (const [name, ...rest] of cases) await compare(name, [...binaries.keys()].map((build) => command(build, words(build, ...rest))), settings);

  const large = file("large", 1024 * megabyte, 0o644);
  const inputs: readonly (readonly [name: string, line: string, flags: readonly string[]])[] = [
    ["nothing", '"$@"', ["--input", "/dev/null"]],
    ["1 GB from a file", '"$@"', ["--input", large]],
    ["1 GB from a pipe", `cat ${large} | "$@"`, []],
  ];
  const rows = inputs.flatMap(([name, line, flags]) => [...binaries.keys()].map((build) => {
    const seen = Array.from({ length: 5 }, () => {
      const begun = performance.now();
      const { exitCode, resourceUsage } = Bun.spawnSync([...words(build, line, ["--max-cpu", "30", ...flags], count)], { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
      if (exitCode !== 0) throw new Error(`${name} ended with ${exitCode}`);
      return { tookMs: performance.now() - begun, peak: resourceUsage.maxRSS / megabyte };
    });
    return [`${name}, ${build}`, ms(median(seen.map(({ tookMs }) => tookMs))), median(seen.map(({ peak }) => peak)).toFixed(1)];
  }));
  await gigabytes(place, binaries, words, settings);
  for (const [build, binary] of binaries) Bun.spawnSync([binary, "cleanup", "--state-dir", `${place}/${build}`, "--all"]);
  table("large inputs", ["", "wall ms", "peak of the command's memory, MB"], rows);
}

/** A gigabyte through each kind of stream, against a `cat` between two pipes. */
async function gigabytes(place: string, binaries: ReadonlyMap<string, string>, words: Words, { rounds, pauseMs }: Settings): Promise<void> {
  const gigabyte = String(1024 * megabyte);
  const make = `head -c ${gigabyte} /dev/zero`;
  const sink = ["/bin/sh", "-c", "exec cat >/dev/null"];
  const source = ["/usr/bin/head", "-c", gigabyte, "/dev/zero"];
  const limits = ["--max-cpu", "60", "--max-time", "120"];
  const pipe = `rm -f ${place}/pipe; mkfifo ${place}/pipe; ${make} >${place}/pipe & "$@"`;
  const cases: readonly (readonly [name: string, line: string, flags: readonly string[], program: readonly string[]])[] = [
    ["stdin, a pipe", `${make} | "$@"`, limits, sink],
    ["stdin, a named pipe", pipe, ["--input", `${place}/pipe`, ...limits], sink],
    ["stdout, --passthrough to a pipe", '"$@" | cat >/dev/null', ["--passthrough", ...limits], source],
    ["stdout, --stdout /dev/null", '"$@"', ["--stdout", "/dev/null", ...limits], source],
    ["stdout, --stdout FILE", '"$@"', ["--stdout", `${place}/out`, ...limits], source],
  ];
  const shell = (name: string, line: string) => command(name, ["/bin/sh", "-c", line]);
  const contenders = [shell("cat between two pipes", `${make} | cat | cat >/dev/null`), shell("cat from a pipe to a file", `${make} | cat >${place}/out`)];
  for (const [name, ...rest] of cases) for (const build of binaries.keys()) contenders.push(command(`${name}, ${build}`, words(build, ...rest)));
  await compare("1 GiB", contenders, { rounds: Math.max(3, Math.ceil(rounds / 20)), pauseMs });
}
