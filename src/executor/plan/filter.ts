/** Which seccomp filter a run has. */
import type { IsolateConfig } from "../../config/config.ts";
import { configError } from "../../model/errors.ts";
import { SECCOMP_RET } from "../../kernel/constants.ts";
import type { Network } from "../../model/network.ts";
import { changesPolicy, contradicts, hasNo32Bit, type Permission, strictAllowsNothing } from "../../model/permissions.ts";
import { type PolicyName, policyNameOf, type SeccompProfile } from "../../model/seccomp.ts";
import { generatedFilters } from "../../seccomp/generated.ts";
import type { Policy } from "../../seccomp/rules.ts";
import type { Architecture } from "../../seccomp/syscalls.ts";

const architecture: Architecture = process.arch === "arm64" ? "aarch64" : "x86_64";

/** Who has a say in it; null: does not. */
export interface FilterChoice {
  /** `--seccomp` of this run. */
  readonly run: SeccompProfile | null;
  /** The language pack, for the step that is run. */
  readonly pack: SeccompProfile | null;
  /** The step is a compiler of ours and not the program that `allowed_syscalls` is about. */
  readonly compiles: boolean;
  /** What the step has. */
  readonly network: Network;
  /** What the step may do on top (`--allow`). */
  readonly allowed: readonly Permission[];
}

/**
 * The filter as instructions in hexadecimal. A list in the configuration counts before everything else. Without one a
 * program has the profile of the run, the pack or the box, and a compiler that of the pack, the run or the box: first that is given.
 * @throws IsolateError of kind Config when the run asks for a profile and the box has a list
 */
export function filterFor(config: IsolateConfig, { run, pack, compiles, network, allowed }: FilterChoice): string {
  if (config.allowed_syscalls !== null && !compiles) {
    if (run !== null) {
      throw configError(`cannot use --seccomp ${run} with box ${config.instance_id}: it has allowed_syscalls`, "leave the flag out, or make a box without the list");
    }
    return listFilter(config.allowed_syscalls, network, allowed);
  }
  const profile = profileOf(config, { run, pack, compiles });
  if (contradicts(allowed, profile)) throw strictAllowsNothing(allowed, run === "strict" ? "the run" : pack === "strict" ? "the language pack" : `box ${config.instance_id}`);
  const name = policyNameOf(profile, network);
  return widened(name, generatedFilters[architecture][name], allowed);
}

/** The profile of a run, whether or not a list stands before it. */
export function profileOf(config: IsolateConfig, { run, pack, compiles }: Pick<FilterChoice, "run" | "pack" | "compiles">): SeccompProfile {
  return (compiles ? (pack ?? run) : (run ?? pack)) ?? config.seccomp;
}

function listFilter(names: readonly string[], network: Network, allowed: readonly Permission[]): string {
  // Generated when it is needed; the tables are not loaded for any other run.
  const { allowListPolicy } = require("../../seccomp/allow-list.ts") as typeof import("../../seccomp/allow-list.ts");
  const { filterOf, programBytes } = require("../../seccomp/bpf.ts") as typeof import("../../seccomp/bpf.ts");
  const { withPermissions } = require("../../seccomp/permissions.ts") as typeof import("../../seccomp/permissions.ts");
  const policy = allowListPolicy(names, network);
  return for32Bit(() => policy, allowed) + programBytes(filterOf(withPermissions(policy, allowed), architecture)).toHex();
}

/** What stands before the filter for 32-bit programs; empty when they are not allowed. @throws IsolateError of kind Process on another processor */
function for32Bit(policy: () => Policy, allowed: readonly Permission[]): string {
  if (!allowed.includes("abi32")) return "";
  if (architecture !== "x86_64") throw hasNo32Bit();
  const { programBytes } = require("../../seccomp/bpf.ts") as typeof import("../../seccomp/bpf.ts");
  const { before32Bit } = require("../../seccomp/wide.ts") as typeof import("../../seccomp/wide.ts");
  return programBytes(before32Bit(policy(), allowed, architecture)).toHex();
}

function builtInPolicy(name: PolicyName): Policy {
  return (require("../../seccomp/policy.ts") as typeof import("../../seccomp/policy.ts")).policyOf(name);
}

/** What decides the calls that were allowed stands before the filter. */
function widened(name: PolicyName, filter: string, allowed: readonly Permission[]): string {
  if (allowed.length === 0) return filter;
  const { generatedPermissions } = require("../../seccomp/generated-permissions.ts") as typeof import("../../seccomp/generated-permissions.ts");
  return for32Bit(() => builtInPolicy(name), allowed) + allowed.filter(changesPolicy).map((permission) => generatedPermissions[architecture][permission]).join("") + filter;
}

/** BPF_RET of a constant, as the kernel reads it: code, two jumps, the constant. */
function returning(value: number): string {
  return `06000000${new Uint8Array(new Uint32Array([value]).buffer).toHex()}`;
}

const telling = returning(SECCOMP_RET.USER_NOTIF);
const killing = returning(SECCOMP_RET.KILL_PROCESS);

/** The same filter for where no listener can be had: what would be told to the supervisor kills the process instead. */
export function killingFilter(filter: string): string {
  return (filter.match(/.{16}/g) ?? []).map((instruction) => (instruction === telling ? killing : instruction)).join("");
}
