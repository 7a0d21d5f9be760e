/**
 * What it costs a command to find out what the host has, in a process that has just begun: which control groups there are, where groups of
 * version 2 could be made, what else the kernel lets us have. Each figure is from a process of its own, which is compiled as the binary is.
 */
import { join } from "node:path";
import { median, ms, table, type Settings } from "./measure.ts";

/** @param program where the compiled one is put */
export function probing(program: string, { rounds }: Settings): void {
  const source = join(import.meta.dir, "probe.ts");
  const built = Bun.spawnSync([process.execPath, "build", source, "--compile", "--minify", "--bytecode", "--format=esm", "--splitting", "--outfile", program]);
  if (built.exitCode !== 0) throw new Error(built.stderr.toString());
  const seen = Array.from({ length: Math.min(rounds, 50) }, () => {
    const { stdout } = Bun.spawnSync([program], { stderr: "inherit" });
    return JSON.parse(stdout.toString()) as Record<string, number>;
  });
  const names = Object.keys(seen[0]!);
  table("finding out what the host has, in a new process", ["", "median ms", "min ms"], names.map((name) => {
    const values = seen.map((one) => one[name]!);
    return [name, ms(median(values)), ms(Math.min(...values))];
  }));
}
