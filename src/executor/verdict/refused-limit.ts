/** Why a resource limit could not be set: only CAP_SYS_RESOURCE of the host goes over the hard limit of the caller (setrlimit(2)). */
import { errno } from "../../kernel/errno.ts";
import { RLIMIT, unlimited } from "../../kernel/constants.ts";
import { hardLimit } from "../../kernel/process.ts";
import { limits, type LimitKey } from "../../model/limits.ts";
import { describeBytes } from "../../model/units.ts";
import type { LaunchPlan } from "../../model/plan.ts";
import type { Launch } from "../../model/observation.ts";

/** The letter by which the shell's ulimit knows an rlimit, its unit, and the limit of a box that it comes from; null: it is always unlimited. */
const origins: Readonly<Record<number, readonly [letter: string, key: LimitKey | null]>> = {
  [RLIMIT.FSIZE]: ["f", "file_size_limit"],
  [RLIMIT.STACK]: ["s", "stack_limit"],
  [RLIMIT.CORE]: ["c", "core_limit"],
  [RLIMIT.NOFILE]: ["n", "open_files_limit"],
  [RLIMIT.CPU]: ["t", "time_limit"],
  [RLIMIT.NPROC]: ["u", "process_limit"],
  [RLIMIT.DATA]: ["d", "memory_limit"],
  [RLIMIT.AS]: ["v", null],
};

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
  const [letter, key] = origin;
  const { flag, unit } = key === null ? { flag: null, unit: "bytes" } : limits[key];
  const inUnit = (value: bigint) => (value === unlimited ? "unlimited" : `${value}${unit === "seconds" ? " s" : ""}`);
  const [asked, allowed] = unit === "bytes" ? sizes(wanted, hard) : [inUnit(wanted), inUnit(hard)];
  // Without a limit on data the memory is counted by other means, or not at all.
  const lower = key === null || (resource === RLIMIT.DATA && wanted === unlimited) ? "" : `, or lower ${key}${flag === null ? "" : ` (--${flag})`}`;
  return { ...launch, reason: `${asked} is over the caller's hard limit of ${allowed}; raise that (ulimit -H${letter})${lower}` };
}

function sizes(wanted: bigint, hard: bigint): string[] {
  // Together, so that sizes that differ never read alike.
  return wanted === unlimited ? ["unlimited", ...describeBytes(Number(hard))] : describeBytes(Number(wanted), Number(hard));
}
