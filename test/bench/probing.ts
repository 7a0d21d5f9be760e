/**
 * What it costs a command to find out what the host has, in a process that has just begun: which control groups there are, where groups of
 * version 2 could be made, what else the kernel lets us have. Each figure is from a process of its own, which is compiled as the binary is.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { median, ms, table, type Settings } from "./measure.ts";

/** As the binary sets them for itself (src/config/load.ts). */
const settingsOfEngine = { BUN_JSC_thresholdForJITAfterWarmUp: "20000" };

/** @param base where the compiled one is put, and files that look like a tree of version 2 after an earlier run */
export function probing(base: string, { rounds }: Settings): void {
  const [program, tree] = [join(base, "probe"), join(base, "tree")];
  const session = makeTree(tree);
  const source = join(import.meta.dir, "probe.ts");
  const built = Bun.spawnSync([process.execPath, "build", source, "--compile", "--minify", "--bytecode", "--format=esm", "--splitting", "--outfile", program]);
  if (built.exitCode !== 0) throw new Error(built.stderr.toString());
  const seen = Array.from({ length: Math.min(rounds, 50) }, () => {
    const { stdout } = Bun.spawnSync([program, tree, session], { stderr: "inherit", env: { ...process.env, ...settingsOfEngine } });
    return JSON.parse(stdout.toString()) as Record<string, number>;
  });
  const names = Object.keys(seen[0]!);
  table("finding out what the host has, in a new process", ["", "median ms", "min ms"], [...names, "all"].map((name) => {
    const values = seen.map((one) => (name === "all" ? Object.values(one).reduce((sum, value) => sum + value) : one[name]!));
    return [name, ms(median(values)), ms(Math.min(...values))];
  }));
}

/** A host with systemd as root sees it in a login session. @returns our own group */
function makeTree(top: string): string {
  const session = "user.slice/user-0.slice/session-1.scope";
  const limits = { "memory.max": "max", "pids.max": "max", "cpu.max": "max 100000" };
  const groups = { "": {}, "mini-isolate": limits, [session]: limits };
  for (const [name, files] of Object.entries(groups)) {
    mkdirSync(join(top, name), { recursive: true });
    const all = { "cgroup.controllers": "cpuset cpu io memory pids", "cgroup.subtree_control": "cpu memory pids", "cgroup.procs": "", ...(name === "" ? {} : { "cgroup.type": "domain" }), ...files };
    for (const [file, text] of Object.entries(all)) writeFileSync(join(top, name, file), `${text}\n`);
  }
  return session;
}
