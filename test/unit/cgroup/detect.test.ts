import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { detectCgroups, mapCgroups } from "../../../src/cgroup/detect.ts";
import { cgroupV1, claimWith } from "../../helpers/requires.ts";

/** A line of mountinfo. */
function mounted(point: string, options: string, root = "/", type = "cgroup"): string {
  return `31 25 0:26 ${root} ${point} rw,nosuid,nodev,noexec,relatime shared:9 - ${type} ${type} rw,${options}`;
}

function map(mounts: readonly string[], groups: readonly string[]): Record<string, string> {
  return Object.fromEntries(mapCgroups(`${mounts.join("\n")}\n`, `${groups.join("\n")}\n`).v1);
}

const otherMounts = [
  "22 28 0:20 / /proc rw,nosuid - proc proc rw",
  "25 28 0:23 / /sys/fs/cgroup ro,nosuid shared:8 - tmpfs tmpfs ro,mode=755",
  "40 28 8:1 /cpu /srv/cpu rw - ext4 /dev/sda1 rw,memory,cpu,pids",
];

describe("our control groups", () => {
  test("on a hybrid host are the version 1 hierarchies, whatever else is mounted", () => {
    const mounts = [
      ...otherMounts,
      mounted("/sys/fs/cgroup/unified", "nsdelegate", "/", "cgroup2"),
      mounted("/sys/fs/cgroup/systemd", "name=systemd"),
      mounted("/sys/fs/cgroup/cpu", "cpu"),
      mounted("/sys/fs/cgroup/cpuacct", "cpuacct"),
      mounted("/sys/fs/cgroup/cpuset", "cpuset"),
      mounted("/sys/fs/cgroup/memory", "memory"),
      mounted("/sys/fs/cgroup/devices", "devices"),
      mounted("/sys/fs/cgroup/freezer", "freezer"),
      mounted("/sys/fs/cgroup/pids", "pids"),
    ];
    const groups = ["9:name=systemd:/", "8:pids:/", "6:freezer:/", "5:devices:/", "4:memory:/api/a21", "3:cpuset:/", "2:cpuacct:/", "1:cpu:/", "0::/"];
    expect(map(mounts, groups)).toEqual({
      memory: "/sys/fs/cgroup/memory/api/a21",
      cpu: "/sys/fs/cgroup/cpu",
      cpuacct: "/sys/fs/cgroup/cpuacct",
      pids: "/sys/fs/cgroup/pids",
      cpuset: "/sys/fs/cgroup/cpuset",
      freezer: "/sys/fs/cgroup/freezer",
    });
  });

  test("with controllers that share a hierarchy are one directory", () => {
    const mounts = [mounted("/sys/fs/cgroup/cpu,cpuacct", "cpu,cpuacct"), mounted("/sys/fs/cgroup/net_cls,net_prio", "net_cls,net_prio")];
    const groups = ["5:cpu,cpuacct:/user.slice", "3:net_cls,net_prio:/"];
    expect(map(mounts, groups)).toEqual({ cpu: "/sys/fs/cgroup/cpu,cpuacct/user.slice", cpuacct: "/sys/fs/cgroup/cpu,cpuacct/user.slice" });
  });

  test("in a container that sees only its own part are where that part is mounted", () => {
    const mounts = [mounted("/sys/fs/cgroup/memory", "memory", "/docker/3f2a"), mounted("/sys/fs/cgroup/pids", "pids", "/docker/3f2a")];
    expect(map(mounts, ["4:memory:/docker/3f2a", "3:pids:/docker/3f2a/sub/group"])).toEqual({
      memory: "/sys/fs/cgroup/memory", pids: "/sys/fs/cgroup/pids/sub/group",
    });
  });

  test("that a mount does not show are not there; a name that only begins alike is another group", () => {
    const mounts = [mounted("/sys/fs/cgroup/memory", "memory", "/docker/3f2a"), mounted("/sys/fs/cgroup/pids", "pids", "/docker/3f2a")];
    expect(map(mounts, ["4:memory:/docker/3f2a-other", "3:pids:/"])).toEqual({});
  });

  test("outside of the namespace that we look from are not there", () => {
    expect(map([mounted("/sys/fs/cgroup/memory", "memory"), mounted("/sys/fs/cgroup/pids", "pids", "/..")], ["4:memory:/../other", "3:pids:/"])).toEqual({});
  });

  test("mounted twice are taken from the first mount that shows them", () => {
    const mounts = [mounted("/a", "pids", "/elsewhere"), mounted("/b", "pids"), mounted("/c", "pids")];
    expect(map(mounts, ["1:pids:/mine"])).toEqual({ pids: "/b/mine" });
  });

  test("have names with blanks, backslashes and colons as they are", () => {
    const mounts = [mounted("/mnt/c\\040g\\134x", "memory"), mounted("/mnt/pids", "pids", "/a\\040b")];
    expect(map(mounts, ["4:memory:/with:colon and blank", "3:pids:/a b/c"])).toEqual({ memory: "/mnt/c g\\x/with:colon and blank", pids: "/mnt/pids/c" });
  });

  test("are found behind any number of optional fields in mountinfo", () => {
    const line = (optional: string) => `31 25 0:26 / /cg rw ${optional}- cgroup cgroup rw,pids`;
    for (const optional of ["", "shared:1 ", "shared:1 master:2 propagate_from:3 "]) expect(map([line(optional)], ["1:pids:/"])).toEqual({ pids: "/cg" });
  });

  test("on a host with version 2 alone are none", () => {
    expect(map([...otherMounts, mounted("/sys/fs/cgroup", "nsdelegate,memory_recursiveprot", "/", "cgroup2")], ["0::/user.slice"])).toEqual({});
  });

  const view = (mounts: readonly string[], groups: readonly string[]) => mapCgroups(`${mounts.join("\n")}\n`, `${groups.join("\n")}\n`).v2;
  const unified = (point: string, root = "/", options = "nsdelegate") => mounted(point, options, root, "cgroup2");

  test("of version 2 are below where it is mounted", () => {
    expect(view([...otherMounts, unified("/sys/fs/cgroup")], ["0::/user.slice/x"])).toEqual({ top: "/sys/fs/cgroup", own: "user.slice/x", readOnly: false });
    expect(view([unified("/sys/fs/cgroup/unified")], ["4:memory:/a", "0::/"])).toEqual({ top: "/sys/fs/cgroup/unified", own: "", readOnly: false });
    expect(view([unified("/cg", "/docker/1")], ["0::/docker/1/b"])).toEqual({ top: "/cg", own: "b", readOnly: false });
  });

  test("of version 2 cannot be written to where the mount or its file system is read-only", () => {
    const readOnlyMount = unified("/sys/fs/cgroup").replace(" rw,", " ro,");
    expect(view([readOnlyMount], ["0::/"])?.readOnly).toBeTrue();
    expect(view([unified("/sys/fs/cgroup").replace("cgroup2 rw,", "cgroup2 ro,")], ["0::/"])?.readOnly).toBeTrue();
    expect(view([readOnlyMount, unified("/second")], ["0::/"])?.top).toBe("/sys/fs/cgroup");
  });

  test("of version 2 are not seen through a mount of another part, or of another namespace", () => {
    expect(view([unified("/cg", "/docker/2")], ["0::/docker/1"])).toBeNull();
    expect(view([unified("/cg", "/../../..")], ["0::/"])).toBeNull();
    expect(view([], ["0::/"])).toBeNull();
    expect(mapCgroups("", "0::/a:b\n").ownV2).toBe("/a:b");
  });

  test("that are mounted but that we are not in are none", () => {
    expect(map([mounted("/sys/fs/cgroup/memory", "memory")], ["0::/"])).toEqual({});
  });

  test("of nothing are none", () => {
    expect(mapCgroups("", "").v1.size).toBe(0);
  });

  claimWith(cgroupV1("memory", "pids"))("on this host exist", () => {
    const { v1 } = detectCgroups();
    expect([...v1.keys()]).toEqual(expect.arrayContaining(["memory", "pids"]));
    for (const directory of v1.values()) expect(existsSync(`${directory}/tasks`)).toBe(true);
  });
});
