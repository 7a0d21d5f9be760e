/** `init`: makes a box. */
import { statSync } from "../../kernel/fs.ts";
import { resolve } from "node:path";
import { callerEnvironment, resolveStateDir } from "../../config/load.ts";
import type { IsolateConfigInput } from "../../config/config.ts";
import { configError, exitCodes } from "../../model/errors.ts";
import { namedFault } from "../../model/host-fault.ts";
import { Isolate } from "../../instance/isolate.ts";
import { errno, errnoOf } from "../../kernel/errno.ts";
import { wallTimeFor } from "../../model/limits.ts";
import type { Arguments } from "../args.ts";
import type { FlagValues } from "../flags.ts";
import { printText } from "../output.ts";
import { variableOf } from "../request.ts";
import { requestedNetwork } from "../network.ts";

/** Prints the working directory of the new box, one line. @returns the exit code */
export async function init({ flags }: Arguments<"init">): Promise<number> {
  const environment = callerEnvironment();
  const stateDir = resolveStateDir(flags["state-dir"], environment);
  const dir = flags.dir === undefined ? null : directoryAt(flags.dir, "dir", "may be missing");
  const box = Isolate.new(configOf(flags, environment), { stateDir, dir, force: flags.force, packs: flags.pack });
  printText(`${box.workdir}\n`);
  return exitCodes.success;
}

/** The configuration that the flags ask for; what is not given is left to the defaults of the schema. */
export function configOf(flags: FlagValues<"init">, environment: Readonly<Record<string, string>>): IsolateConfigInput {
  const fields: IsolateConfigInput = {
    memory_limit: flags.memory,
    time_limit: flags["cpu-time"],
    cpu_time_limit: flags["cpu-time"],
    wall_time_limit: flags["wall-time"] === undefined ? doubled(flags["cpu-time"]) : flags["wall-time"],
    process_limit: flags.processes,
    file_size_limit: flags["file-size"],
    stack_limit: flags.stack,
    core_limit: flags.core,
    disk_limit: flags["disk-limit"],
    disk_quota: flags.quota,
    open_files_limit: numberOf(flags["open-files"]),
    output_limit: numberOf(flags["output-limit"]),
    cpus: flags.cpus,
    seccomp: flags.seccomp,
    allow: flags.allow === undefined ? undefined : [...flags.allow],
    uid: flags.uid,
    gid: flags.gid,
    chroot_dir: flags.chroot === undefined ? undefined : directoryAt(flags.chroot, "chroot", "must exist"),
  };
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return {
    ...given,
    instance_id: flags["box-id"] ?? "0",
    mounts: [...flags.mount],
    environment: flags.env.map((text) => variableOf(text, environment)).filter((entry): entry is [string, string] => entry[1] !== null),
    enable_network: flags["share-net"],
    network: requestedNetwork(flags) ?? undefined,
    strict: flags.strict,
  };
}

/** Twice the CPU time, within what the limit allows; no CPU time limit means no wall time limit either. */
function doubled(seconds: number | null | undefined): number | null | undefined {
  return typeof seconds === "number" ? wallTimeFor(seconds) : seconds;
}

/** These limits cannot be lifted, so the strict pass never gives null for them. */
function numberOf(value: number | null | undefined): number | undefined {
  return value ?? undefined;
}

/** Told early, before the box begins to be made; whether the directory is fit for use is decided where it is taken over. */
function directoryAt(given: string, flag: string, presence: "must exist" | "may be missing"): string {
  const path = resolve(given);
  try {
    if (statSync(path).isDirectory()) return path;
  } catch (error) {
    if (errnoOf(error) === errno.ENOENT && presence === "may be missing") return path;
    throw namedFault(`use --${flag} ${given}`, error);
  }
  throw configError(`cannot use --${flag} ${given}: it is not a directory`);
}
