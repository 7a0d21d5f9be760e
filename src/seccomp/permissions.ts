/** What `--allow` changes in a policy. No two permissions change the same call. */
import { changesPolicy, type Permission, type PolicyPermission } from "../model/permissions.ts";
import { fcntlWithLocks, cloneUntraced, prctlWithTracer } from "./arguments.ts";
import { ioctlWithTerminal } from "./ioctl.ts";
import type { ArgumentRule, Policy, Rule } from "./rules.ts";

interface Change {
  /** Before all others, so that they count. */
  readonly rules: readonly Rule[];
  /** In place of the rules for the same calls; or new ones. */
  readonly arguments: readonly ArgumentRule[];
}

/** stat.h: the bits of a mode that say what a file is. */
const S_IFMT = 0xf000;
const S_IFIFO = 0x1000;

/** @param argument position of the mode */
function onlyFifos(call: "mknod" | "mknodat", argument: 1 | 2): ArgumentRule {
  return {
    call,
    cases: [{ when: [{ argument, argumentName: "type of mode", mask: S_IFMT, test: "one of", values: { S_IFIFO } }], then: "allow" }],
    otherwise: "EPERM",
    reason: "allowed are FIFOs, which are pipes with a name; not devices and sockets",
  };
}

const changes: Readonly<Record<PolicyPermission, Change>> = {
  locks: { rules: [{ action: "allow", calls: "flock", reason: "locks were allowed" }], arguments: [fcntlWithLocks] },
  fifos: { rules: [{ action: "allow", calls: "mknod mknodat", reason: "FIFOs were allowed" }], arguments: [onlyFifos("mknod", 1), onlyFifos("mknodat", 2)] },
  tty: { rules: [], arguments: [ioctlWithTerminal] },
  ptrace: {
    rules: [{ action: "allow", calls: "ptrace process_vm_readv process_vm_writev", reason: "tracing was allowed; the kernel still asks whose process it is" }],
    arguments: [cloneUntraced, prctlWithTracer],
  },
};

/** The policy with what was allowed. 32-bit programs have the same one. */
export function withPermissions(policy: Policy, allowed: readonly Permission[]): Policy {
  const changed = allowed.filter(changesPolicy).reduce((before, permission) => apply(before, changes[permission]), policy);
  return allowed.length === 0 ? policy : { ...changed, name: `${policy.name} allowing ${allowed.join(", ")}` };
}

function apply(policy: Policy, change: Change): Policy {
  const replaced = new Set(change.arguments.map(({ call }) => call));
  const named = new Set(change.rules.flatMap(({ calls }) => calls.split(" ")));
  return {
    ...policy,
    rules: [...change.rules, ...policy.rules.flatMap((rule) => without(rule, named))],
    arguments: [...policy.arguments.filter(({ call }) => !replaced.has(call)), ...change.arguments],
  };
}

/** A call is named once, so that what is shown is what holds. */
function without(rule: Rule, named: ReadonlySet<string>): Rule[] {
  const all = rule.calls.split(/\s+/);
  const kept = all.filter((call) => !named.has(call));
  return kept.length === all.length ? [rule] : kept.length === 0 ? [] : [{ ...rule, calls: kept.join(" ") }];
}

/** The calls that a permission decides anew. */
export function callsChangedBy(permission: PolicyPermission): string[] {
  const { rules, arguments: byArgument } = changes[permission];
  return [...new Set([...rules.flatMap(({ calls }) => calls.split(" ")), ...byArgument.map(({ call }) => call)])];
}

/** The permission that would let a program make a call; null: none does. @param name as results have it */
export function permissionFor(name: string): Permission | null {
  if (name.endsWith(" of the 32-bit ABI")) return "abi32";
  for (const permission of Object.keys(changes) as PolicyPermission[]) {
    if (changes[permission].rules.some(({ calls }) => calls.split(" ").includes(name))) return permission;
  }
  return null;
}
