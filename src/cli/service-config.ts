/** The configuration of the service and of its workers: file, environment, flags. */
import { callerEnvironment, resolveStateDir, serviceDataDir } from "../config/load.ts";
import { configError } from "../model/errors.ts";
import type { ServeConfig } from "../serve/config/config.ts";
import { fileVariable, type Said } from "../serve/config/from-environment.ts";
import { readServeConfig } from "../serve/config/read.ts";
import { toServeConfig } from "../serve/config/to-config.ts";
import { physicalCores } from "../state/cores.ts";
import type { Arguments } from "./args.ts";

/** Those of both commands: each has only some of them. */
type Flags = Partial<Arguments<"serve">["flags"] & Arguments<"worker">["flags"]>;

/** Where the clients of other services look for them. SandboxFusion's is ours. */
const usualPorts = { piston: 2000, judge0: 2358, "go-judge": 5050 } as const;

/** The configuration that holds now. @throws IsolateError */
export function readConfig(command: "serve" | "worker", flags: Flags): ServeConfig {
  const environment = callerEnvironment();
  const said = readServeConfig({ file: flags.config ?? (environment[fileVariable] || null), environment, flags: saidBy(flags) });
  return toServeConfig(said, { stateDir: resolveStateDir(flags["state-dir"]), dataDir: serviceDataDir(command), cores: Math.max(1, physicalCores().length) });
}

function saidBy(flags: Flags): Said[] {
  const values: readonly (readonly [flag: string, path: readonly string[], value: unknown])[] = [
    ["--host", ["host"], flags.host], ["--port", ["port"], flags.port], ["--unix-socket", ["unix_socket"], flags["unix-socket"]], ["--slots", ["slots"], flags.slots], ["--cpus", ["cpus"], flags.cpus],
    ["--data-dir", ["data_dir"], flags["data-dir"]], ["--store", ["store"], flags.store], ["--sync", ["sync"], flags.sync], ["--state-dir", ["state_dir"], flags["state-dir"]],
    ["--pack", ["packs"], flags.pack !== undefined && flags.pack.length > 0 ? flags.pack : undefined], ["--insecure", ["insecure"], flags.insecure || undefined],
    ["--name", ["worker", "name"], flags.name], ...labelsOf(flags.label ?? []).map(([name, value]) => ["--label", ["worker", "labels", name], value] as const),
    ...Object.entries(usualPorts).map(([dialect, port]) => ["--dialect-ports", ["ports", dialect], flags["dialect-ports"] ? port : undefined] as const),
  ];
  return values.flatMap(([by, path, value]) => (value === undefined ? [] : [{ by, path, value }]));
}

function labelsOf(labels: readonly string[]): readonly (readonly [name: string, value: string])[] {
  return labels.map((label) => {
    const at = label.indexOf("=");
    if (at < 1) throw configError(`cannot use '${label}' as --label`, "--label takes NAME=VALUE");
    return [label.slice(0, at), label.slice(at + 1)];
  });
}

/** What starts this program again. */
export function ownCommand(): readonly string[] {
  // From source, the program is the runtime's first argument.
  return import.meta.path.startsWith("/$bunfs/") ? ["/proc/self/exe"] : [process.execPath, Bun.main];
}
