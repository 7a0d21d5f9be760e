/** Why a resource limit could not be set: only CAP_SYS_RESOURCE of the host goes over the hard limit of the caller (setrlimit(2)). */
import { errno } from "../../kernel/errno.ts";
import { RLIMIT } from "../../kernel/constants.ts";
import { hardLimit } from "../../kernel/process.ts";
import { limits, type LimitKey } from "../../model/limits.ts";
import type { LaunchPlan } from "../../model/plan.ts";
import type { Launch } from "../../model/observation.ts";

/** The limit of a box that an rlimit comes from, and the letter by which the shell's ulimit knows it. */
const origins: Readonly<Record<number, readonly [key: LimitKey, letter: string]>> = {
  [RLIMIT.FSIZE]: ["file_size_limit", "f"],
  [RLIMIT.STACK]: ["stack_limit", "s"],
  [RLIMIT.CORE]: ["core_limit", "c"],
  [RLIMIT.NOFILE]: ["open_files_limit", "n"],
  [RLIMIT.CPU]: ["time_limit", "t"],
  [RLIMIT.NPROC]: ["process_limit", "u"],
  [RLIMIT.DATA]: ["memory_limit", "d"],
};

const infinity = 0xffff_ffff_ffff_ffffn;

/** The launch as it was, with the reason where a limit was refused that is over the caller's hard limit. */
export function explainLaunch(launch: Launch, plan: LaunchPlan): Launch {
  if (launch.kind !== "failed" || launch.errno !== errno.EPERM) return launch;
  const step = plan.steps.find(({ does, call }) => call === "prlimit64" && does === launch.does);
  const [, resource, values] = step?.args ?? [];
  const origin = typeof resource === "number" ? origins[resource] : undefined;
  if (origin === undefined || typeof values !== "object" || !("hex" in values)) return launch;
  const wanted = new BigUint64Array(Uint8Array.fromHex(values.hex).buffer)[1]!;
  const hard = hardLimit(resource as number);
  if (wanted <= hard) return launch;
  const [key, letter] = origin;
  const { flag, unit } = limits[key];
  const amount = (value: bigint) => `${value}${unit === "bytes" ? " bytes" : unit === "seconds" ? " s" : ""}`;
  const asked = wanted === infinity ? "unlimited" : amount(wanted);
  return { ...launch, reason: `${asked} is over the caller's hard limit of ${amount(hard)}; raise that (ulimit -H${letter}), or lower ${key}${flag === null ? "" : ` (--${flag})`}` };
}
