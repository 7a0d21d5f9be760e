// What goes wrong for a reason of the host: an error that says so, never a verdict about the program.
import { expect } from "bun:test";
import { claimWith, executable, root } from "../helpers/requires.ts";
import { ordinaryUid } from "../helpers/test-directory.ts";
import { until } from "../helpers/until.ts";
import { processesOf } from "../helpers/host.ts";
import { openScene } from "./scene.ts";
import { never, type Situation } from "./situation.ts";
import { containers } from "./situations/containers.ts";
import { perform } from "./situations/script.ts";

const claim = claimWith(root, executable("/usr/bin/unshare"), executable("/usr/bin/setpriv"), executable("/usr/bin/gcc"));
const asUser = ["/usr/bin/setpriv", "--reuid", String(ordinaryUid), "--regid", String(ordinaryUid), "--clear-groups"];

claim("an ordinary user's state directory on a file system without execution: the run is refused, with the word for it", async () => {
  const situation: Situation = {
    name: "", about: "", needs: [], owner: ordinaryUid,
    expected: { groups: never, network: "namespace", filesystem: "pivot_root", user: "caller" },
    through: ({ state }) => perform({ commands: [`mount --bind ${state} ${state}`, `mount -o remount,bind,noexec ${state}`], at: asUser }),
  };
  await using scene = await openScene(situation);
  const { exitCode, stdout, stderr } = await scene.start([], "exit-with", "0");
  expect([exitCode === 5 || exitCode === 64, stdout.includes("RuntimeError")]).toEqual([true, false]);
  expect(stdout + stderr).toMatch(/noexec|without execution/);
});

/** Not of the range that boxes here get. */
const crowdedUid = 64_400;

claim("a uid that has its processes in another container, where nobody here can count them: InternalError", async () => {
  const others = Array.from({ length: 20 }, () => Bun.spawn(["/usr/bin/setpriv", "--reuid", String(crowdedUid), "--clear-groups", "/bin/sleep", "1000"]));
  try {
    await until("they run", () => processesOf(new Set([crowdedUid])).length === others.length);
    await using scene = await openScene(containers.find(({ name }) => name === "container, default rights, root")!, ["--uid", String(crowdedUid)]);
    const { result, exitCode } = await scene.run([], "exit-with", "0");
    expect([result.status, exitCode]).toEqual(["InternalError", 5]);
    expect(result.error_message).toContain("EAGAIN");
  } finally {
    for (const other of others) other.kill("SIGKILL");
    await Promise.all(others.map(({ exited }) => exited));
  }
});
