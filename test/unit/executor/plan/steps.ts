/** Looking at the steps of launch plans, and the specifications that the plan tests share. */
import { expect } from "bun:test";
import { buildPlan } from "../../../../src/executor/plan/build-plan.ts";
import { everyReset } from "../../../../src/executor/plan/caller.ts";
import { confinementIn } from "../../../../src/executor/plan/landlock.ts";
import type { LandlockRule, LaunchSpec } from "../../../../src/executor/plan/spec.ts";
import type { Step } from "../../../../src/model/plan.ts";
import { mergeMounts } from "../../../../src/model/mounts.ts";
import { directoryMount, someSpec } from "../samples.ts";

export const inherited: LaunchSpec = { ...someSpec, inheritDescriptors: true };
export const redirected: LaunchSpec = { ...someSpec, redirections: ["in", "out", "err"] };
export const sharing: LaunchSpec = { ...someSpec, network: "host" };
export const looped: LaunchSpec = { ...someSpec, network: "loopback", boundsSocketMemory: true };
export const userns: LaunchSpec = { ...someSpec, isolation: "userns", ownUid: false, without: ["device nodes"] };
export const ranges = { uid: { first: 100_000, count: 65_536 }, gid: { first: 200_000, count: 65_536 } };
export const subordinate: LaunchSpec = { ...userns, uid: 8, gid: 8, subordinate: { uid: 100_007, gid: 200_007, inside: { uid: 8, gid: 8 }, ranges } };
export const bare: LaunchSpec = { ...someSpec, isolation: "none", ownUid: false, mounts: [], cgroupJoins: [], chdir: "/state/0/box", rlimitProcesses: 9, rlimitData: 1e6 };
/** Root of a container that may not make namespaces. */
export const contained: LaunchSpec = { ...bare, ownUid: true, without: ["namespaces"] };
/** Everything that can be given up alone is given up. */
export const poor: LaunchSpec = { ...looped, boundsSocketMemory: false, without: ["proc", "device nodes", "loopback", "pivot_root", "host name", "socket memory", "bounding set", "cgroup namespace", "noexec"] };
/** With Landlock: as the second line, and as the only one. */
export const lined: LaunchSpec = { ...someSpec, landlock: confinementIn(6, [{ path: "/", directory: true, access: "write" }], "none", false) };
const hostRules: readonly LandlockRule[] = [
  { path: "/state/0/box", directory: true, access: "write" }, { path: "/usr", directory: true, access: "read" }, { path: "/etc/ld.so.cache", directory: false, access: "read" },
  { path: "/dev/null", directory: false, access: "device" },
];
export const confined: LaunchSpec = { ...bare, landlock: confinementIn(6, hostRules, "none", true) };
/** Mounts below mounts, below scratch directories, and below paths that nobody mounts. */
export const nested: LaunchSpec = {
  ...someSpec,
  mounts: mergeMounts(someSpec.mounts, ["srv/a=/srv/a", "srv/a/b=/srv/b:rw", "usr/local=/opt", "tmp/x=/opt", "deep/er/still:tmp", "box/in=/opt"].map(directoryMount)).map(
    (rule) => ({ sourceType: "directory", target: "", ...rule }),
  ),
};
/** A caller that needs every step that a caller can need. */
const unusualCaller = { ...someSpec.caller, resets: everyReset() };
export const unusual: LaunchSpec = { ...someSpec, caller: unusualCaller };
/** A program at a terminal of its own. */
export const terminal: LaunchSpec = { ...someSpec, allowed: ["tty"], terminal: { streams: [true, true, true], modes: "00".repeat(36), size: "00".repeat(8) } };
export const everySpec: readonly (readonly [name: string, spec: LaunchSpec])[] = Object.entries({
  plain: someSpec, redirected, sharing, looped, "in a user namespace": userns, "in a user namespace, without cgroups": { ...userns, cgroupJoins: [], rlimitProcesses: 9, rlimitData: 1e6 }, "in a user namespace with loopback": { ...userns, network: "loopback" }, "with subordinate ids": subordinate, "without namespaces": bare, "root without namespaces": contained, poor, lined, confined, inherited, nested,
  "on two processors": { ...someSpec, cpus: "0,2" }, "with a terminal": terminal, "with terminals": { ...someSpec, allowed: ["tty"] }, "without a listener, with a terminal": { ...terminal, listener: false }, "with terminals, without device nodes": { ...userns, allowed: ["tty"] }, "without a listener": { ...someSpec, listener: false }, unusual, "unusual, in a user namespace": { ...userns, caller: unusualCaller }, "unusual, without namespaces": { ...bare, caller: unusualCaller },
});

export function steps(spec: LaunchSpec): readonly Step[] {
  return buildPlan(spec).steps;
}

export function lines(spec: LaunchSpec): string[] {
  return steps(spec).map((step) => step.does);
}

/** Where steps of this kind are; fails when there are none. */
export function places(spec: LaunchSpec, is: (step: Step) => boolean): number[] {
  const found = steps(spec).flatMap((step, index) => (is(step) ? [index] : []));
  expect(found).not.toBeEmpty();
  return found;
}

/** Every step of the first kind comes before every step of the second. */
export function expectOrder(spec: LaunchSpec, first: (step: Step) => boolean, second: (step: Step) => boolean): void {
  expect(Math.max(...places(spec, first))).toBeLessThan(Math.min(...places(spec, second)));
}

export function does(text: string | RegExp): (step: Step) => boolean {
  return (step) => (typeof text === "string" ? step.does === text : text.test(step.does));
}
