/** The policies of the two profiles, and the questions that one can ask of a policy. */
import type { PolicyName } from "../model/seccomp.ts";
import { allowedCalls } from "./allowed.ts";
import { defaultArguments, hostArguments, loopbackArguments, strictArguments } from "./arguments.ts";
import { fatalCalls, refusedAlways, refusedByStrict } from "./refused.ts";
import type { Action, ArgumentRule, Policy, Rule } from "./rules.ts";
import { syscallNames, syscallsOf, type Architecture } from "./syscalls.ts";

const usualRules = [...fatalCalls, ...refusedAlways];
const policies: Readonly<Record<PolicyName, Policy>> = {
  default: { name: "default", rules: usualRules, arguments: defaultArguments, otherwise: "allow" },
  loopback: { name: "default with loopback", rules: usualRules, arguments: loopbackArguments, otherwise: "allow" },
  host: { name: "default with the host's network", rules: usualRules, arguments: hostArguments, otherwise: "allow" },
  strict: { name: "strict", rules: [...fatalCalls, ...refusedAlways, ...refusedByStrict, ...allowedCalls], arguments: strictArguments, otherwise: "ENOSYS" },
};

export function policyOf(name: PolicyName): Policy {
  return policies[name];
}

export function callsOf(rule: Rule): string[] {
  return rule.calls.split(/\s+/);
}

/** What a policy says about a call by its name; null for one that no architecture has. */
export function decisionByName(policy: Policy): (call: string) => Action | ArgumentRule | null {
  const byName = new Map<string, Action>();
  for (const rule of policy.rules) for (const call of callsOf(rule)) if (!byName.has(call)) byName.set(call, rule.action);
  const byArgument = new Map(policy.arguments.map((rule) => [rule.call, rule]));
  const known = new Set(syscallNames());
  return (call) => {
    if (!known.has(call)) return null;
    const action = byName.get(call) ?? policy.otherwise;
    return action === "allow" ? (byArgument.get(call) ?? action) : action;
  };
}

/** What a policy says about every call that an architecture has, by number. */
export function decisions(policy: Policy, architecture: Architecture): ReadonlyMap<number, Action | ArgumentRule> {
  const decide = decisionByName(policy);
  return new Map([...syscallsOf(architecture)].map(([call, number]) => [number, decide(call)!]));
}
