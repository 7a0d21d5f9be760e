import { describe, expect, test } from "bun:test";
import { MS, O } from "../../../../src/kernel/constants.ts";
import type { Step } from "../../../../src/model/plan.ts";
import { does, everySpec, expectOrder, lines, nested, places, sharing, steps, userns } from "./steps.ts";
import { directoryMount, someSpec } from "../samples.ts";

describe("the file system of a launch", () => {
  const specs = everySpec.filter(([, spec]) => spec.isolation !== "none");

  test.each(specs)("restricts every bind in the very next step: %s", (_, spec) => {
    const all = steps(spec);
    for (const index of places(spec, (step) => step.call === "mount" && (Number(step.args[3]) & MS.BIND) !== 0 && !isDevice(step) && !isOfItself(step))) {
      const next = all[index + 1]!;
      expect({ call: next.call, target: next.args[1] }).toEqual({ call: "mount_setattr", target: all[index]!.args[1]! });
    }
  });

  test.each(specs)("creates nothing below what was mounted from elsewhere: %s", (_, spec) => {
    const covered: string[] = [];
    for (const step of steps(spec)) {
      const created = createdBy(step);
      if (created !== null) expect(covered.filter((path) => created.startsWith(`${path}/`))).toEqual([]);
      if (step.call !== "mount" || typeof step.args[1] !== "string") continue;
      const [source, target] = step.args;
      // A tmpfs is new and empty: nobody but the launcher has been there.
      if (source !== "tmpfs" && target !== "/") covered.push(target);
    }
    expect(covered.length).toBeGreaterThan(3);
  });

  test("makes the directories of a path that nobody mounted, each once", () => {
    expect(lines(nested).filter((line) => /^create \/(srv|deep)/.test(line))).toEqual(["create /srv", "create /srv/a", "create /deep", "create /deep/er", "create /deep/er/still"]);
  });

  test("makes room for what is mounted in a scratch directory, and puts the host's file in place of one of ours", () => {
    const mounts = [...someSpec.mounts, directoryMount("tmp/a/b=/opt"), { ...directoryMount("etc/hosts=/etc/hosts"), sourceType: "file" as const }];
    const all = lines({ ...someSpec, mounts });
    expect(all.filter((line) => line.includes("/tmp"))).toEqual(["create /tmp", "mount tmpfs on /tmp", "create /tmp/a", "create /tmp/a/b", "bind /opt on /tmp/a/b", "restrict /tmp/a/b"]);
    expect(all.filter((line) => line.includes("/etc/hosts"))).toEqual([
      "create /etc/hosts", "close /etc/hosts", "bind /etc/hosts on /etc/hosts", "restrict /etc/hosts",
    ]);
  });

  test("is private before the first mount, and the new root is read-only before it is entered", () => {
    expectOrder(someSpec, does("make all mounts private"), does("mount the new root"));
    expectOrder(someSpec, does("make the new root read-only"), does("pivot to the new root"));
    expectOrder(someSpec, does("unshare namespaces"), does("make all mounts private"));
  });

  test("ends below the mount that was pivoted to, so that the program is in a chroot as well", () => {
    const chroot = steps(someSpec).filter((step) => step.call === "chroot");
    expect(chroot.map((step) => step.args)).toEqual([["/r"]]);
  });

  test("is moved over the old root where pivot_root is refused, and is left for the box's in the same way", () => {
    const covered = steps({ ...someSpec, without: ["pivot_root"] });
    expect(covered.some((step) => step.call === "pivot_root" || step.call === "umount2")).toBe(false);
    const at = covered.findIndex(does("enter the new root"));
    expect(covered.slice(at, at + 5).map(({ call, args }) => [call, ...args])).toEqual([
      ["chdir", "/state/0/root"], ["mount", ".", "/", 0, MS.MOVE, 0], ["chroot", "."], ["chroot", "/r"], ["chdir", "/"],
    ]);
  });

  test("binds devices of the host where none can be made", () => {
    expect(lines(userns)).toContain("bind /dev/null");
    expect(steps(userns).some((step) => step.call === "mknodat")).toBe(false);
    expect(lines(someSpec)).not.toContain("bind /dev/null");
  });
  test("takes the machine away from /proc when what stays of it is mounted on itself, with the options that it had, and before the root is left", () => {
    const inProc = steps(someSpec).filter(({ does: line }) => / \/proc(\/|$)/.test(line));
    expect(inProc.map(({ does: line }) => line)).toEqual([
      "create /proc", "mount proc on /proc", ...["cpuinfo", "meminfo", "stat"].map((name) => `bind /proc/${name} on itself`), "hide the machine in /proc",
    ]);
    const path = "/state/0/root/r/proc";
    expect(inProc.slice(2, -1).map(({ args }) => args)).toEqual(["cpuinfo", "meminfo", "stat"].map((name) => [`${path}/${name}`, `${path}/${name}`, 0, MS.BIND, 0]));
    const [mounted, hidden] = [inProc[1]!, inProc.at(-1)!];
    const flags = MS.NOSUID | MS.NODEV | MS.RDONLY;
    expect(mounted.args).toEqual(["proc", path, "proc", flags, "hidepid=2"]);
    expect(hidden.args).toEqual([0, path, 0, MS.REMOUNT | flags, "hidepid=2,subset=pid"]);
    expectOrder(someSpec, does("hide the machine in /proc"), does("make the new root read-only"));
  });

  test("has no more than processes in /proc from the start under the profile strict", () => {
    const strict = steps({ ...someSpec, processesOnly: true }).filter(({ does: line }) => line.includes("/proc"));
    expect(strict.map(({ does: line }) => line)).toEqual(["create /proc", "mount proc on /proc"]);
    expect(strict[1]!.args[4]).toBe("hidepid=2,subset=pid");
  });

  test("keeps the link /proc/net only for a program that shares the host's network", () => {
    expect(lines(someSpec).filter((line) => line.includes("/proc/net"))).toEqual([]);
    expect(lines(sharing).filter((line) => line.includes("/proc/net"))).toEqual(["create /proc/net as a mount", "mount /proc/net on itself", "close /proc/net"]);
  });

  test("hides the machine in every proc that a rule mounts, whatever its options", () => {
    const rule = { ...someSpec.mounts.find(({ inside }) => inside === "proc")!, inside: "x", writable: true, noExec: true };
    const hide = steps({ ...someSpec, mounts: [...someSpec.mounts, rule] }).find(does("hide the machine in /x"))!;
    expect(hide.args[3]).toBe(MS.REMOUNT | MS.NOSUID | MS.NODEV | MS.NOEXEC);
  });

  test.each([
    { rule: "data=/d", attributes: 1 | 2 | 4, recursive: true },
    { rule: "data=/d:rw", attributes: 2 | 4, recursive: true },
    { rule: "data=/d:rw:dev", attributes: 2, recursive: true },
    { rule: "data=/d:noexec", attributes: 1 | 2 | 4 | 8, recursive: true },
    { rule: "data=/d:norec", attributes: 1 | 2 | 4, recursive: false },
  ])("of '$rule' is never setuid, and otherwise what the rule says", ({ rule, attributes, recursive }) => {
    const step = steps({ ...someSpec, mounts: [directoryMount(rule)] }).find(does("restrict /data"))!;
    const { hex } = step.args[3] as { hex: string };
    expect(Number(new DataView(Uint8Array.fromHex(hex).buffer).getBigUint64(0, true))).toBe(attributes);
    expect(step.args[2]).toBe(recursive ? 0x8000 : 0);
  });

  test("bounds what a scratch directory takes by the memory limit, and its inodes always", () => {
    const scratch = (memoryBytes: number | null) =>
      steps({ ...someSpec, limits: { ...someSpec.limits, memoryBytes } }).filter((step) => step.args[0] === "tmpfs" && String(step.args[1]).endsWith("/tmp")).map((step) => step.args[4]);
    expect(scratch(4096)).toEqual(["mode=1777,nr_inodes=65536,size=4096"]);
    expect(scratch(null)).toEqual(["mode=1777,nr_inodes=65536"]);
  });

  test("knows only root, nobody and the box's user", () => {
    const written = (name: string) => {
      const { hex } = steps(someSpec).find(does(`write /etc/${name}`))!.args[1] as { hex: string };
      return Buffer.from(hex, "hex").toString();
    };
    expect(written("passwd")).toBe("box:x:60000:60001:box:/box:/bin/sh\nroot:x:0:0:root:/root:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
    expect(written("group")).toBe("box:x:60001:\nroot:x:0:\nnogroup:x:65534:\n");
  });
});

/** A single device, bound where none can be made: no option may be taken from it. */
function isDevice(step: Step): boolean {
  return /^bind \/dev\/(null|zero|full|random|urandom|tty)$/.test(step.does);
}

/** A mount of what is mounted there already, of which it has the options. */
function isOfItself(step: Step): boolean {
  return step.args[0] === step.args[1];
}

/** The path that a step makes, or null. */
function createdBy(step: Step): string | null {
  if (step.call === "mkdirat" || step.call === "mknodat") return String(step.args[1]);
  if (step.call === "symlinkat") return String(step.args[2]);
  return step.call === "openat" && (Number(step.args[2]) & O.CREAT) !== 0 && String(step.args[1]).startsWith("/state/") ? String(step.args[1]) : null;
}
