import { expect, test } from "bun:test";
import { noOuterLimits, type CgroupMechanism, type RunGroup } from "../../../../src/cgroup/controller.ts";
import { enforcement } from "../../../../src/executor/plan/enforcement.ts";
import { someLimits, someSpec } from "../samples.ts";

function group(mechanism: CgroupMechanism | null, changes: Partial<RunGroup> = {}): RunGroup {
  return {
    resources: new Set(mechanism === null ? [] : ["memory", "processes", "cpu_time"]), mechanismOf: () => mechanism, joinFiles: [], birthplace: null, directories: [], alarms: [],
    samplesPeak: false, outer: noOuterLimits, cpuTimeMs: () => 0, memoryPeakBytes: () => 0, lookAtMemory: () => null, oomKills: () => 0, reachedOwnMemoryLimit: () => false, deniedForks: () => 0, reachedOwnProcessLimit: () => true, processesPeak: () => null,
    kill: () => {}, remove: () => {}, ...changes,
  };
}

const counted = (spec: Partial<typeof someSpec>, of: RunGroup) => {
  const { memory, cpu_time, processes } = enforcement({ ...someSpec, ...spec }, of, someLimits, 1);
  return [memory, cpu_time, processes];
};

test("each limit is told by the version that bounds it, and by what stands in where none does", () => {
  expect(counted({}, group("cgroup-v2"))).toEqual(["cgroup-v2", "cgroup-v2", "cgroup-v2"]);
  expect(counted({}, group(null))).toEqual(["sampling", "sampling", "rlimit"]);
  const mixed = group(null, { mechanismOf: (resource) => (resource === "memory" ? "cgroup-v1" : "cgroup-v2") });
  expect(counted({}, mixed)).toEqual(["cgroup-v1", "cgroup-v2", "cgroup-v2"]);
});

test("a peak that the kernel does not keep is said to be sampled", () => {
  expect(counted({}, group("cgroup-v2", { samplesPeak: true }))).toEqual(["cgroup-v2, peak sampled", "cgroup-v2", "cgroup-v2"]);
});

test("limits of a group that the program could change are not called the kernel's alone", () => {
  const bare = { isolation: "none", ownUid: false, landlock: null } as const;
  expect(counted(bare, group("cgroup-v2"))).toEqual(["cgroup-v2, changeable by the program", "cgroup-v2", "cgroup-v2, changeable by the program"]);
  expect(counted({ ...bare, ownUid: true }, group("cgroup-v2"))).toEqual(["cgroup-v2", "cgroup-v2", "cgroup-v2"]);
  expect(counted({ ...bare, landlock: { version: 1, handled: 1, network: "none", rules: [] } }, group("cgroup-v2"))).toEqual(["cgroup-v2", "cgroup-v2", "cgroup-v2"]);
});

test("a root of its own is told by how it was entered, and with it a /proc that is missing", () => {
  const root = (...without: (typeof someSpec)["without"]) => enforcement({ ...someSpec, without }, group(null), someLimits, 1).filesystem;
  expect([root(), root("proc"), root("pivot_root"), root("proc", "pivot_root")]).toEqual(["pivot_root", "pivot_root, no /proc", "chroot", "chroot, no /proc"]);
});

test("a tighter limit above is in the result", () => {
  const outer = { ...noOuterLimits, memoryBytes: 4096 };
  expect(enforcement(someSpec, group("cgroup-v2", { outer }), someLimits, 1).outer_limits).toEqual({ memory: 4096, processes: null, cpus: null });
  expect(enforcement(someSpec, group("cgroup-v2"), someLimits, 1)).not.toHaveProperty("outer_limits");
});
