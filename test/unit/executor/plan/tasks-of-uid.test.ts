import { describe, expect, test } from "bun:test";
import { tasksOfUid } from "../../../../src/executor/plan/resolve.ts";
import { claimWith, root } from "../../../helpers/requires.ts";
import { until } from "../../../helpers/until.ts";

describe("the tasks of a user", () => {
  test("are at least our own threads", () => {
    expect(tasksOfUid(process.getuid!())).toBeGreaterThan(1);
  });

  claimWith(root)("grow by one with a process, and are none for a user without any", async () => {
    const uid = 61_234;
    expect(tasksOfUid(uid)).toBe(0);
    const child = Bun.spawn(["setpriv", "--reuid", String(uid), "--clear-groups", "sleep", "60"], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
    try {
      await until("the process of the user", () => tasksOfUid(uid) === 1);
    } finally {
      child.kill("SIGKILL");
      await child.exited;
    }
  });
});
