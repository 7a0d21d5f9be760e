/** What clients ask go-judge about itself before they send anything. */
import type { Service } from "../../service.ts";

/** The version whose requests and results these are: clients compare it. */
const speaks = "v1.12.2";

/** What is there, by the names that clients look for. */
const abilities = {
  copyOutOptional: true,
  pipeProxy: true,
  symlink: true,
  addressSpaceLimit: true,
  stream: true,
  procPeak: true,
  copyOutTruncate: true,
  pipeProxyZeroCopy: false,
  fixSymlinkEscape: true,
} as const;

export function versionOf({ version }: Service): Readonly<Record<string, unknown>> {
  return {
    buildVersion: speaks,
    // Nothing here is written in Go; clients show it.
    goVersion: `none (mini-isolate ${version})`,
    platform: process.arch === "x64" ? "amd64" : process.arch,
    os: process.platform,
    ...abilities,
  };
}

/** @param cgroupType 0: there are no control groups */
export function configOf(cgroup: { readonly type: number; readonly controllers: readonly string[] }): Readonly<Record<string, unknown>> {
  return {
    ...abilities,
    // Where it is on the host is nobody's affair.
    fileStorePath: "",
    runnerConfig: { cgroupType: cgroup.type, cgroupControllers: cgroup.controllers, workDir: "/w", hostName: "box", domainName: "" },
  };
}
