/**
 * The filter of a profile with what was allowed: what stands before, then the filter of the profile itself. Not for lists of calls,
 * where a call that is only changed is not allowed.
 */
import type { Permission } from "../model/permissions.ts";
import { filterBefore, filterOf, type Instruction } from "./bpf.ts";
import { callsChangedBy, withPermissions } from "./permissions.ts";
import { decisions, policyOf } from "./policy.ts";
import type { Policy } from "./rules.ts";
import { syscallsOf, type Architecture } from "./syscalls.ts";

/** What stands before a filter for one permission; the same for every policy. */
export function beforeFor(permission: Permission, architecture: Architecture): readonly Instruction[] {
  const decided = decisions(withPermissions(policyOf("default"), [permission]), architecture);
  const numbers = callsChangedBy(permission).flatMap((call) => syscallsOf(architecture).get(call) ?? []);
  return filterBefore(new Map(numbers.map((number) => [number, decided.get(number)!])), architecture);
}

export function wideFilterOf(policy: Policy, allowed: readonly Permission[], architecture: Architecture): readonly Instruction[] {
  return [...allowed.flatMap((permission) => beforeFor(permission, architecture)), ...filterOf(policy, architecture)];
}
