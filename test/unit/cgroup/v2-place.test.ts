// With directories and files that look like a tree of version 2. What the kernel has to say to it is shown where version 2 is alone.
import { afterEach, describe, expect } from "bun:test";
import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findPlace, leafName } from "../../../src/cgroup/v2-place.ts";
import { claimWith, root } from "../../helpers/requires.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

const claim = claimWith(root);
const trees: { readonly path: string; [Symbol.dispose](): void }[] = [];

afterEach(() => {
  for (const tree of trees.splice(0)) tree[Symbol.dispose]();
});

interface Group {
  readonly controllers?: string;
  readonly enabled?: string;
  /** What cgroup.procs says. */
  readonly processes?: string;
  readonly owner?: number;
}

/** @param groups by path below the top, "" for the top itself, which is a real root when it has no type */
function tree(groups: Readonly<Record<string, Group & { readonly real?: boolean }>>): string {
  const made = temporaryDirectory();
  trees.push(made);
  for (const [path, { controllers = "cpuset cpu io memory pids", enabled = "", processes = "", owner = 0, real = false }] of Object.entries(groups)) {
    const directory = join(made.path, path);
    mkdirSync(directory, { recursive: true });
    const files = { "cgroup.controllers": controllers, "cgroup.subtree_control": enabled, "cgroup.procs": processes, ...(real ? {} : { "cgroup.type": "domain" }) };
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(directory, name), `${text}\n`);
      chownSync(join(directory, name), owner, owner);
    }
    chownSync(directory, owner, owner);
  }
  return made.path;
}

const all = "cpu memory pids";
const find = (top: string, own = "", readOnly = false) => findPlace(null, { top, own, readOnly }, `/${own}`);

describe("the place for groups of version 2", () => {
  claim("is what the caller names, when that hands controllers down", () => {
    const top = tree({ judge: { enabled: all } });
    expect(findPlace(join(top, "judge"), null, null)).toMatchObject({ directory: join(top, "judge"), controllers: new Set(["memory", "pids", "cpu"]) });
  });

  claim("for root of a host is a group at the top, for which the top hands controllers down", () => {
    const top = tree({ "": { real: true, enabled: all }, "mini-isolate": { enabled: all } });
    expect(find(top)).toEqual({ directory: join(top, "mini-isolate"), controllers: new Set(["memory", "pids", "cpu"]), top });
  });

  claim("for root of a host is at the top also from a group of a service that was not given away", () => {
    const top = tree({ "": { real: true, enabled: all }, "mini-isolate": { enabled: all }, "system.slice/a.service": { processes: "1" } });
    expect(find(top, "system.slice/a.service")).toMatchObject({ directory: join(top, "mini-isolate") });
  });

  claim("is a group that was given to us as an earlier run has left it, with nothing moved and nothing written", () => {
    const group = { enabled: `cpuset ${all}`, processes: "0\n17" };
    const top = tree({ "": group });
    expect(find(top)).toMatchObject({ directory: top, controllers: new Set(["memory", "pids", "cpu", "cpuset"]) });
    expect(readFileSync(join(top, "cgroup.subtree_control"), "utf8").trim()).toBe(group.enabled);
    expect(readFileSync(join(top, "cgroup.procs"), "utf8").trim()).toBe(group.processes);
  });

  claim("is not a group that has nothing to hand down, and its processes stay where they are", () => {
    const top = tree({ "": { controllers: "io", processes: "17" } });
    expect(find(top)).toMatchObject({ reason: `no controller of cgroup version 2 is there for ${top}` });
    expect(readFileSync(join(top, "cgroup.procs"), "utf8").trim()).toBe("17");
  });

  claim("is the group above ours, where an earlier run has moved us", () => {
    const top = tree({ "": { real: true }, judge: { enabled: `cpuset ${all}` }, [`judge/${leafName}`]: { processes: "1" } });
    expect(find(top, `judge/${leafName}`)).toMatchObject({ directory: join(top, "judge"), controllers: new Set(["memory", "pids", "cpu", "cpuset"]) });
  });

  claim("is the root of our cgroup namespace, with all its processes below it, and memory in the one write that divides it", () => {
    const top = tree({ "": { processes: "" } });
    find(top);
    expect(readFileSync(join(top, "cgroup.subtree_control"), "utf8")).toContain("+cpuset");
    expect(readFileSync(join(top, "cgroup.procs"), "utf8").trim()).toBe("");
  });

  claim("is not a group with processes of other pid namespaces, and those are not touched", () => {
    const top = tree({ "": { processes: "0\n17" } });
    const found = find(top);
    expect(found).toMatchObject({ reason: `processes that we cannot see are in the control group ${top}` });
    expect(readFileSync(join(top, "cgroup.subtree_control"), "utf8").trim()).toBe("");
  });

  claim("is not a group that belongs to somebody else", () => {
    const top = tree({ "": { owner: 12_345 }, "user.slice": { owner: 12_345 } });
    expect(find(top, "user.slice")).toMatchObject({ reason: "the control group /user.slice is not ours to divide" });
  });

  claim("is nowhere without version 2, and says so", () => {
    expect(findPlace(null, null, null)).toMatchObject({ reason: "cgroup version 2 is not there" });
  });

  claim("is nowhere when what the caller names is not there, and says why", () => {
    expect(findPlace("/no/such/group", null, null)).toMatchObject({ reason: expect.stringContaining("ENOENT") });
  });
});
