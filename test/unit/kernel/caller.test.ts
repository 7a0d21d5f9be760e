import { expect } from "bun:test";
import { callerUid, ownPidNamespace } from "../../../src/kernel/caller.ts";
import { fixturePath } from "../../helpers/temporary.ts";
import { claimWith, root } from "../../helpers/requires.ts";

const asRoot = claimWith(root);

/** What a process says that runs behind these words. */
async function saidBehind(...words: readonly string[]): Promise<unknown> {
  await using child = Bun.spawn([...words, process.execPath, fixturePath("who-am-i")], { stdout: "pipe" });
  return await new Response(child.stdout).json();
}

asRoot("root is uid 0 and has everything, and its pid namespace has a number", async () => {
  expect(await saidBehind()).toEqual({ effective: 0, caller: 0, isolation: "full" });
  expect(callerUid()).toBe(0);
  expect(ownPidNamespace()).toBeGreaterThan(0);
});

asRoot("an ordinary user is itself, also where it looks like root to itself", async () => {
  const user = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups"];
  expect(await saidBehind(...user)).toEqual({ effective: 12345, caller: 12345, isolation: "userns" });
  expect(await saidBehind(...user, "unshare", "--user", "--map-root-user")).toEqual({ effective: 0, caller: 12345, isolation: "userns" });
});

asRoot("root stays root in a user namespace of its own", async () => {
  expect(await saidBehind("unshare", "--user", "--map-root-user")).toEqual({ effective: 0, caller: 0, isolation: "userns" });
});
