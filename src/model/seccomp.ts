/** The names of the built-in policies for system calls; what they say is in seccomp/. */
import type { Network } from "./network.ts";

/** `default` refuses what no program of a contest needs, `strict` allows only what programs are known to need. */
export const seccompProfiles = ["default", "strict"] as const;

export type SeccompProfile = (typeof seccompProfiles)[number];

/** Whether a text names a policy. */
export function isSeccompProfile(text: string): text is SeccompProfile {
  return (seccompProfiles as readonly string[]).includes(text);
}

/** The policies that have a filter in the binary: the two profiles, and `default` for boxes that have a network of either kind. */
export const policyNames = ["default", "loopback", "host", "strict"] as const;

export type PolicyName = (typeof policyNames)[number];

/** `strict` has no network sockets, whatever the box has. */
export function policyNameOf(profile: SeccompProfile, network: Network): PolicyName {
  return profile === "default" && network !== "none" ? network : profile;
}
