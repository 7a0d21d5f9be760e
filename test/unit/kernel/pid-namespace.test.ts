// Which pid namespace a process lives in.
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { livesInside, pidNamespaceOf } from "../../../src/kernel/pid-namespace.ts";
import { claimWith, executable, root } from "../../helpers/requires.ts";
import { until } from "../../helpers/until.ts";

const claim = claimWith(root, executable("/usr/bin/unshare"));

/** The first of the processes below `pid` whose command line begins with this word. */
function below(pid: number, word: string): number | null {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "latin1").split(" ").filter((text) => text !== "").map(Number));
  for (const child of children) {
    const found = readFileSync(`/proc/${child}/cmdline`, "latin1").split("\0")[0] === word ? child : below(child, word);
    if (found !== null) return found;
  }
  return null;
}

async function withNested(levels: number, use: (pids: { outer: number; inner: number }) => void): Promise<void> {
  const unshare = ["/usr/bin/unshare", "--pid", "--fork", "--kill-child=SIGKILL"];
  const child = Bun.spawn([...Array.from({ length: levels }, () => unshare).flat(), "/bin/sleep", "60"], { stdio: ["ignore", "ignore", "ignore"] });
  try {
    const inner = await until("the innermost process runs", () => below(child.pid, "/bin/sleep"));
    use({ outer: child.pid, inner });
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
}

describe("a pid namespace", () => {
  test("is the same for us and a child of ours", async () => {
    const child = Bun.spawn(["/bin/sleep", "60"], { stdio: ["ignore", "ignore", "ignore"] });
    expect(pidNamespaceOf(child.pid)).toBe(pidNamespaceOf(process.pid)!);
    expect(livesInside(child.pid, pidNamespaceOf(process.pid)!)).toBeTrue();
    child.kill("SIGKILL");
    await child.exited;
  });

  test("is not known of a process that is gone, which lives nowhere", async () => {
    const child = Bun.spawn(["/bin/true"]);
    await child.exited;
    expect([pidNamespaceOf(child.pid), livesInside(child.pid, pidNamespaceOf(process.pid)!)]).toEqual([null, false]);
  });

  claim("has those inside that live in one made within it, and nobody of ours", () => withNested(2, ({ outer, inner }) => {
    const middle = below(outer, "/usr/bin/unshare")!;
    const namespace = pidNamespaceOf(middle)!;
    expect(namespace).not.toBe(pidNamespaceOf(inner)!);
    expect([middle, inner].map((pid) => livesInside(pid, namespace))).toEqual([true, true]);
    expect([outer, process.pid].map((pid) => livesInside(pid, namespace))).toEqual([false, false]);
    expect(livesInside(middle, pidNamespaceOf(inner)!)).toBeFalse();
  }));
});
