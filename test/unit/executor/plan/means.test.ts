import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { forgetMeans, giveUp, lacks, means, MeansLowered, pidNamespaceStep, purposeOf, userNamespaceStep, withMeans } from "../../../../src/executor/plan/means.ts";
import { refuseLacks } from "../../../../src/executor/plan/lacks.ts";
import { errno } from "../../../../src/kernel/errno.ts";
import { claimWith, root } from "../../../helpers/requires.ts";
import { contained, does, lines, looped, poor, steps } from "./steps.ts";

beforeEach(forgetMeans);
afterEach(forgetMeans);
const asRoot = claimWith(root);

describe("a refused step", () => {
  asRoot("for namespaces takes them away, and leaves the box its own uid", () => {
    expect(means().isolation).toBe("full");
    expect(giveUp(pidNamespaceStep, errno.EPERM)).toBe(true);
    expect(means()).toMatchObject({ isolation: "none", ownUid: true });
    expect(lacks(means(), "namespaces")).toBe(true);
    // Nothing is left to give up for them.
    expect(giveUp("unshare namespaces", errno.EPERM)).toBe(false);
  });

  asRoot("for one thing takes nothing but that away, once", () => {
    for (const [step, what] of [["mount proc on /proc", "proc"], ["restrict /box", "noexec"], ["pivot to the new root", "pivot_root"], ["set the host name", "host name"], ["unshare the cgroup namespace", "cgroup namespace"]] as const) {
      expect(giveUp(step, errno.EPERM)).toBe(true);
      expect(means().isolation).toBe("full");
      expect(means().lacks.at(-1)).toEqual({ what, step, errno: errno.EPERM });
      expect(giveUp(step, errno.EPERM)).toBe(false);
    }
  });

  test("for a user namespace means none at all to a user, and to root one less", () => {
    const isRoot = process.geteuid!() === 0;
    expect(purposeOf(userNamespaceStep)).toBe(isRoot ? "user namespace" : "namespaces");
    const before = means().isolation;
    expect([giveUp(userNamespaceStep, errno.EPERM), means().isolation]).toEqual([true, isRoot ? before : "none"]);
    // What no host refuses for good.
    expect(giveUp(userNamespaceStep, errno.EAGAIN)).toBe(false);
  });

  test.each([
    ["that mounts what the caller asked for", "bind /data on /data", "EPERM"],
    ["that no host may refuse", "install the seccomp filter", "EPERM"],
    ["that failed for another reason than a refusal", "unshare namespaces", "ENOMEM"],
  ] as const)("%s ends the launch", (_, step, error) => {
    expect(giveUp(step, errno[error])).toBe(false);
  });
});

test("a run is prepared again as long as something is given up, and other errors come through", async () => {
  const prepared: number[] = [];
  const again = () => prepared.push(prepared.length);
  expect(await withMeans(0, again, async (attempt) => {
    if (attempt < 3) throw new MeansLowered();
    return "done";
  })).toBe("done");
  expect(prepared).toHaveLength(3);
  expect(withMeans(0, again, () => Promise.reject(new TypeError("x")))).rejects.toThrow(TypeError);
});

describe("the plan", () => {
  test("has no step for what was given up", () => {
    const left = lines(poor);
    const gone = lines(looped).filter((line) => !left.includes(line));
    expect(gone.filter((line) => !/^(bind|mount|create|close) \/proc\/|^drop capability|tcp_/.test(line))).toEqual([
      "mount proc on /proc", "hide the machine in /proc", "pivot to the new root", "detach the old root", "open a socket", "bring the loopback interface up", "close the socket", "set the host name",
      "unshare the cgroup namespace",
    ]);
    expect(left).toContain("bind /dev/null");
    expect(left).toContain("create /proc");
  });

  test("takes noexec off the working directory only where that is allowed", () => {
    const clears = (spec: typeof poor) => JSON.stringify(steps(spec).find(does("restrict /box"))!.args[3]);
    expect(clears(looped)).not.toBe(clears(poor));
  });

  test("of root without namespaces becomes the box's user, and looks whether it did", () => {
    const left = lines(contained);
    for (const line of ["drop supplementary groups", `become uid ${contained.uid}`, `verify that the uid is ${contained.uid}`]) expect(left).toContain(line);
    expect(left).not.toContain("unshare namespaces");
  });
});

describe("strict names what is missing, and what lifts it", () => {
  const missing = (what: Parameters<typeof lacks>[1], step: string | null = null) => ({ isolation: "full", ownUid: true, ranges: null, lacks: [{ what, step, errno: step === null ? null : errno.EACCES }] }) as const;

  test("a security module is named for EACCES", () => {
    expect(() => refuseLacks({ ...missing("namespaces", "make all mounts private"), isolation: "none" }, "none")).toThrow(/cannot make all mounts private: EACCES/);
  });

  test("what means nothing for the run is no error", () => {
    for (const what of ["device nodes", "bounding set", "noexec", "loopback"] as const) expect(() => refuseLacks(missing(what), "none")).not.toThrow();
    expect(() => refuseLacks(missing("loopback"), "loopback")).toThrow(/loopback interface is down/);
  });

  test("programs under the caller's uid are", () => {
    expect(() => refuseLacks({ isolation: "userns", ownUid: false, ranges: null, lacks: [] }, "none")).toThrow(/caller's uid/);
  });
});
