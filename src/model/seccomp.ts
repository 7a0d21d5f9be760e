/** The names of the built-in policies for system calls; what they say is in seccomp/. */

/** `default` refuses what no program of a contest needs, `strict` allows only what programs are known to need. */
export const seccompProfiles = ["default", "strict"] as const;

export type SeccompProfile = (typeof seccompProfiles)[number];

/** Whether a text names a policy. */
export function isSeccompProfile(text: string): text is SeccompProfile {
  return (seccompProfiles as readonly string[]).includes(text);
}
