/** What the ways to give a program its streams cost: whole commands; and what a gigabyte of input takes of our memory. */
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { boxOf, command, compare, median, ms, table, type Settings } from "./measure.ts";

const megabyte = 2 ** 20;
const count = ["/usr/bin/wc", "-c"];

/** @param directory ours, for state directories; @param binaries what is compared, by name */
export async function streams(directory: string, binaries: ReadonlyMap<string, string>, settings: Settings): Promise<void> {
  const place = `${directory}/streams`;
  mkdirSync(place);
  const file = (name: string, bytes: number, mode: number) => {
    writeFileSync(`${place}/${name}`, "", { mode });
    truncateSync(`${place}/${name}`, bytes);
    return `${place}/${name}`;
  };
  for (const [build, binary] of binaries) boxOf(binary, `${place}/${build}`);
  const words = (build: string, line: string, flags: readonly string[], program: readonly string[]) =>
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
      const { exitCode, resourceUsage } = Bun.spawnSync(words(build, line, ["--max-cpu", "30", ...flags], count), { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
      if (exitCode !== 0) throw new Error(`${name} ended with ${exitCode}`);
      return { tookMs: performance.now() - begun, peak: resourceUsage.maxRSS / megabyte };
    });
    return [`${name}, ${build}`, ms(median(seen.map(({ tookMs }) => tookMs))), median(seen.map(({ peak }) => peak)).toFixed(1)];
  }));
  for (const [build, binary] of binaries) Bun.spawnSync([binary, "cleanup", "--state-dir", `${place}/${build}`, "--all"]);
  table("large inputs", ["", "wall ms", "peak of the command's memory, MB"], rows);
}
