/** Configuration and options of a run as flags of the binary. */
import type { IsolateConfigInput } from "../config/isolate-config.ts";
import type { RunOptions, SourceRequest } from "../library/options.ts";
import { configError } from "../model/errors.ts";

const size = (value: number | null) => (value === null ? "unlimited" : `${value}B`);
const count = (value: number | null) => (value === null ? "unlimited" : String(value));

/** Fields of the configuration that are one flag each. */
const sizes = { memory_limit: "memory", file_size_limit: "file-size", stack_limit: "stack", core_limit: "core", disk_limit: "disk-limit", disk_quota: "quota", output_limit: "output-limit" } as const;
const counts = { process_limit: "processes", open_files_limit: "open-files" } as const;
const words = { chroot_dir: "chroot", uid: "uid", gid: "gid", network: "network", seccomp: "seccomp", cpus: "cpus" } as const;

/** What the two times are when they are left out. */
const [cpuSeconds, wallSeconds] = [10, 20];

/** The flags of `init`, without id, directory and packs. @throws IsolateError of kind Config for what no flag says */
export function configFlags(config: IsolateConfigInput): string[] {
  for (const name of ["allowed_syscalls", "cpu_shares"] as const) {
    if (config[name] != null) throw configError(`cannot use ${name}: no flag of the binary says it`, "use the library under Bun for this");
  }
  // Both times count, the smaller one.
  const times = [config.time_limit, config.cpu_time_limit].map((time) => (time === undefined ? cpuSeconds : time)).filter((time) => time !== null);
  const flags = [`--cpu-time=${count(times.length === 0 ? null : Math.min(...times))}`, `--wall-time=${count(config.wall_time_limit === undefined ? wallSeconds : config.wall_time_limit)}`];
  for (const [name, flag] of Object.entries(sizes)) push(flags, flag, config[name as keyof typeof sizes], size, name === "disk_quota");
  for (const [name, flag] of Object.entries(counts)) push(flags, flag, config[name as keyof typeof counts], count, false);
  for (const [name, flag] of Object.entries(words)) push(flags, flag, config[name as keyof typeof words], String, true);
  if (config.enable_network === true) flags.push("--share-net");
  if ((config.allow ?? []).length > 0) flags.push(`--allow=${config.allow!.join(",")}`);
  if (config.strict === true) flags.push("--strict");
  for (const rule of config.mounts ?? []) flags.push(`--mount=${rule}`);
  for (const [name, value] of config.environment ?? []) flags.push(`--env=${name}=${value}`);
  return flags;
}

function push<T>(flags: string[], flag: string, value: T | null | undefined, show: (value: never) => string, nullIsNothing: boolean): void {
  if (value === undefined || (value === null && nullIsNothing)) return;
  flags.push(`--${flag}=${(show as (value: T | null) => string)(value)}`);
}

/** The flags of `run` and `execute` for options that are no streams and no descriptors. @throws IsolateError of kind Config */
export function runFlags(options: RunOptions): string[] {
  if ((options.limitsGiven ?? []).length > 0) throw configError("cannot use limitsGiven: no flag of the binary says it", "give the limits as overrides");
  if (options.trace != null) throw configError("cannot use trace: the binary tells its steps on the standard error of the program", "leave it out");
  const { maxCpu, maxMemory, maxTime } = options.overrides ?? {};
  const flags: string[] = [];
  push(flags, "cpu-time", maxCpu, count, false);
  push(flags, "memory", maxMemory, size, false);
  push(flags, "wall-time", maxTime, count, false);
  const named = { chdir: "chdir", stdinFile: "stdin-file", stdoutFile: "stdout-file", stderrFile: "stderr-file", network: "network", cpus: "cpus", seccomp: "seccomp", repeat: "repeat" } as const;
  for (const [name, flag] of Object.entries(named)) push(flags, flag, options[name as keyof typeof named], String, true);
  const switches = { stderrToStdout: "stderr-to-stdout", shareNetwork: "share-net", wait: "wait", strict: "strict" } as const;
  for (const [name, flag] of Object.entries(switches)) if (options[name as keyof typeof switches] === true) flags.push(`--${flag}`);
  for (const rule of options.mounts ?? []) flags.push(`--mount=${rule}`);
  for (const [name, value] of options.environment ?? []) flags.push(value === null ? `--env=${name}` : `--env=${name}=${value}`);
  if (options.fullEnvironment != null) flags.push("--full-env");
  if ((options.allow ?? []).length > 0) flags.push(`--allow=${options.allow!.join(",")}`);
  return flags;
}

/** The words of `execute` for a source that is a file; they are the last ones. */
export function sourceWords(source: SourceRequest, file: string): string[] {
  const flags = [`--source=${file}`];
  push(flags, "language", source.language, String, true);
  push(flags, "entry-point", source.entryPoint, String, true);
  for (const pack of source.packs ?? []) flags.push(`--pack=${pack}`);
  for (const path of source.added ?? []) flags.push(`--add=${path}`);
  if (source.cache === false) flags.push("--no-cache");
  return source.args === undefined ? flags : [...flags, "--", ...source.args];
}
