/**
 * The filter of a profile with what was allowed: what stands before, then the filter of the profile itself. Not for lists of calls,
 * where a call that is only changed is not allowed.
 */
import { changesPolicy, type Permission, type PolicyPermission } from "../model/permissions.ts";
import { AUDIT_ARCH } from "../kernel/constants.ts";
import { filterFor32Bit } from "./abi32.ts";
import { filterBefore, filterOf, type Instruction } from "./bpf.ts";
import { callsChangedBy, withPermissions } from "./permissions.ts";
import { decisions, policyOf } from "./policy.ts";
import type { Policy } from "./rules.ts";
import { syscallsOf, type Architecture } from "./syscalls.ts";

/** What stands before a filter for one permission; the same for every policy. */
export function beforeFor(permission: PolicyPermission, architecture: Architecture): readonly Instruction[] {
  const decided = decisions(withPermissions(policyOf("default"), [permission]), architecture);
  const numbers = callsChangedBy(permission).flatMap((call) => syscallsOf(architecture).get(call) ?? []);
  return filterBefore(new Map(numbers.map((number) => [number, decided.get(number)!])), architecture);
}

export function wideFilterOf(policy: Policy, allowed: readonly Permission[], architecture: Architecture): readonly Instruction[] {
  const first = allowed.includes("abi32") ? before32Bit(policy, allowed, architecture) : [];
  return [...first, ...allowed.filter(changesPolicy).flatMap((permission) => beforeFor(permission, architecture)), ...filterOf(policy, architecture)];
}

/** What stands before all else for 32-bit programs: the same policy, with what else was allowed. */
export function before32Bit(policy: Policy, allowed: readonly Permission[], architecture: Architecture): readonly Instruction[] {
  return architecture === "x86_64" ? filterFor32Bit(withPermissions(policy, allowed), AUDIT_ARCH.I386) : [];
}
