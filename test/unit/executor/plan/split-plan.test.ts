// The launch plan in two parts: it is the whole plan, and the key names everything that the first part depends on.
import { describe, expect, test } from "bun:test";
import { buildPlan } from "../../../../src/executor/plan/build-plan.ts";
import { splitPlan, type SplitPlan } from "../../../../src/executor/plan/split-plan.ts";
import type { LaunchSpec } from "../../../../src/executor/plan/spec.ts";
import type { Step } from "../../../../src/model/plan.ts";
import { someSpec } from "../samples.ts";
import { everySpec, looped, terminal, unusual, userns, nested, inherited, bare, subordinate } from "./steps.ts";

const split = (spec: LaunchSpec): SplitPlan => splitPlan(spec)!;
const splittable = everySpec.filter(([, spec]) => splitPlan(spec) !== null);

/** What the second part alone knows. */
const later = /^put descriptor \d in place$|^(keep the new root open|close the new root|close the working directory)$|^bound \/(tmp|dev\/shm|s)/;
/** What the launcher need not open, as it is handed over. */
const handedOver = /^open \/.*\/tasks$/;
/** What comes at another place. */
const moved = /^(bind .* on|restrict) \/box$|^use the processors |^(create|write|close) \/etc\/(passwd|group)$|^make the new root read-only$/;

test("is there for root's boxes and for no others", () => {
  expect(splittable.map(([name]) => name)).toContain("plain");
  for (const spec of [userns, bare, subordinate, inherited, terminal, nested]) expect(splitPlan(spec)).toBeNull();
  expect(splitPlan({ ...someSpec, isUnlikeOthers: true })).toBeNull();
  expect(splitPlan({ ...someSpec, mounts: someSpec.mounts.filter(({ inside }) => inside !== "box") })).toBeNull();
});

describe.each(splittable)("%s", (_, spec) => {
  test("has the steps of the whole plan in their order, but for the working directory, the groups and the processors", () => {
    const { ahead, rest } = split(spec);
    const both = [...ahead(), ...rest.steps].filter(({ does }) => !later.test(does) && !moved.test(does));
    const whole = buildPlan(spec).steps.filter(({ does }) => !handedOver.test(does) && !moved.test(does));
    const unbounded = ({ args, ...step }: Step) => ({ ...step, args: args.map((arg) => (typeof arg === "string" ? arg.replace(/,size=\d+$/, "") : arg)) });
    expect(both.map(unbounded)).toEqual(whole.map(unbounded));
    expect(rest.program).toEqual(spec.program);
  });

  test("has what belongs to one run in the second part, before rights are taken away", () => {
    const names = split(spec).rest.steps.map(({ does }) => does);
    const taken = names.findIndex((does) => /^(set RLIMIT|join |create Landlock|drop )/.test(does));
    for (const does of buildPlan(spec).steps.map(({ does }) => does).filter((does) => moved.test(does))) {
      expect([does, names.indexOf(does) >= 0 && names.indexOf(does) < taken]).toEqual([does, true]);
    }
  });

  test("bounds every scratch directory as the whole plan does", () => {
    const bounds = (steps: readonly Step[], field: number) => steps.flatMap(({ call, args }) => (call === "mount" ? [...String(args[field]).matchAll(/size=(\d+)$/g)].map(([, size]) => size) : []));
    expect(bounds(split(spec).rest.steps, 4)).toEqual(bounds(buildPlan(spec).steps, 4));
    expect(bounds(split(spec).ahead(), 4)).toEqual([]);
  });

  test("names every descriptor that the second part uses", () => {
    const { ahead, rest, sent } = split(spec);
    const opened = new Set(["status", ...sent, ...ahead().flatMap(({ opens }) => opens ?? []), ...rest.steps.flatMap(({ opens }) => opens ?? [])]);
    const used = rest.steps.flatMap(({ args }) => args.flatMap((arg) => (typeof arg === "object" && "fd" in arg ? [arg.fd] : [])));
    expect(used.filter((name) => !opened.has(name))).toEqual([]);
  });
});

describe("the key", () => {
  /** Another value for every field, by name. */
  const others: { readonly [Field in keyof LaunchSpec]?: LaunchSpec[Field] } = {
    rootMountPoint: "/elsewhere", uid: 70_000, gid: 70_000, network: "loopback", hosts: "1.2.3.4 a\n", boundsSocketMemory: true, processesOnly: true, allowed: ["tty"],
    without: ["proc"], mounts: someSpec.mounts.slice(0, -1), caller: unusual.caller,
    workdir: "/state/1/box", chdir: "/tmp", redirections: ["in", null, null], rlimitProcesses: 3, rlimitData: 4, lastCapability: 10, cpus: "1", cgroupJoins: ["/a/tasks"], filter: "00".repeat(8), listener: !someSpec.listener,
    waitingWrites: !someSpec.waitingWrites, program: { candidates: ["/a"], argv: ["a"], environment: [] }, landlock: null,
    limits: { ...someSpec.limits, memoryBytes: 1 },
  };

  test("is the same only where the first part is", () => {
    const first = JSON.stringify(split(someSpec).ahead());
    const { key } = split(someSpec);
    for (const [field, value] of Object.entries(others)) {
      const other = split({ ...someSpec, [field]: value });
      const same = JSON.stringify(other.ahead()) === first;
      if (other.key === key) expect([field, same]).toEqual([field, true]);
      else expect([field, JSON.stringify(someSpec[field as keyof LaunchSpec]) === JSON.stringify(value)]).toEqual([field, false]);
    }
  });

  test("is the same for another program, user, directory and filter, and other limits", () => {
    const { key } = split(someSpec);
    for (const field of ["uid", "gid", "limits", "workdir", "chdir", "redirections", "program", "filter", "cgroupJoins", "cpus", "landlock", "listener"] as const) {
      expect([field, split({ ...someSpec, [field]: others[field] }).key === key]).toEqual([field, true]);
    }
    expect(split({ ...someSpec, limits: { ...someSpec.limits, cpuTimeMs: 1, processes: 7, openFiles: 20 } }).key).toBe(key);
  });

  test("differs for another network and root, and for a field that nobody knows yet", () => {
    const { key } = split(someSpec);
    for (const field of ["network", "rootMountPoint", "mounts", "allowed", "hosts", "processesOnly"] as const) expect([field, split({ ...someSpec, [field]: others[field] }).key === key]).toEqual([field, false]);
    expect(split({ ...someSpec, added: 1 } as LaunchSpec).key).not.toBe(key);
    expect(split(looped).key).not.toBe(key);
  });
});
