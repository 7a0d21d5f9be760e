// Boxes of several state directories at the same time: what the kernel counts by user is shared by no two of them, unless the caller chose one user for both.
import { expect, describe } from "bun:test";
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft, processesOf } from "../helpers/host.ts";
import { type Box, boxWith } from "../helpers/programs.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import type { Running } from "../helpers/running.ts";
import { until } from "../helpers/until.ts";
import { livingProcessOf } from "../../src/state/uids.ts";

const claim = claimWith(...sandbox);
const attacker = "attacks/queue-signals";

/** Of no other test's boxes, and of nobody on the host. */
const range = { first: 64_600, last: 64_615 };
const env = { MINI_ISOLATE_UIDS: `${range.first}-${range.last}` };
const claims = "/run/mini-isolate/uids";
const claimFiles = () => (existsSync(claims) ? readdirSync(claims) : []).filter((name) => Number.parseInt(name, 10) >= range.first && Number.parseInt(name, 10) <= range.last);

/** Two state directories; afterwards nothing of them is on the host. */
async function inTwo(play: (one: State, two: State) => Promise<void>): Promise<void> {
  // Of a test that failed: they must not fail the next one.
  for (const name of claimFiles()) rmSync(join(claims, name));
  {
    await using one = openState();
    await using two = openState();
    for (const state of [one, two]) for (let uid = range.first; uid <= range.last; uid++) state.uids.add(uid);
    await play(one, two);
    for (const state of [one, two]) expect(await state.mini(["cleanup", "--all"], { env })).toMatchObject({ exitCode: 0, stderr: "" });
    await expectNothingLeft(one, 20_000);
  }
  expect(claimFiles()).toEqual([]);
}

async function boxIn(state: State, init: readonly string[] = []): Promise<Box & { readonly uid: number }> {
  const box = await boxWith(state, [attacker], { init, env });
  return { ...box, uid: uidOf(state, box.id) };
}

const recordsOf = (state: State) => JSON.parse(readFileSync(join(state.directory, "instances.json"), "utf8"));
const uidOf = (state: State, id: string): number => recordsOf(state)[id].config.uid;

/** Rewrites the record of a box, as an earlier version or another host has left it. */
function rewrite(state: State, id: string, change: (record: { config: { uid: number; gid: number }; uid_given?: boolean }) => void): void {
  const records = recordsOf(state);
  change(records[id]);
  writeFileSync(join(state.directory, "instances.json"), `${JSON.stringify(records, null, 2)}\n`);
}

async function startIn(state: State, args: readonly string[], prints: string): Promise<Running> {
  const running = state.start(["run", "--passthrough", ...args], { env, timeoutMs: 60_000, itself: true });
  await running.prints(prints, 20_000);
  return running;
}

async function end(running: Running): Promise<void> {
  running.kill("SIGTERM");
  await running.ended;
}

const fill = ["--max-memory", "512", "--box-id", "0", "--", "./queue-signals", "fill"];
const one = ["run", "--json", "--box-id", "0", "--", "./queue-signals", "one"];

describe("boxes of two state directories", () => {
  claim("have different uids, so one that uses up what its user may have takes nothing from the other", () => inTwo(async (first, second) => {
    const [attacks, victim] = [await boxIn(first), await boxIn(second)];
    expect(victim.uid).not.toBe(attacks.uid);
    const running = await startIn(first, fill, "full EAGAIN");
    const { stdout } = JSON.parse((await second.mini(one, { env })).stdout);
    expect([stdout.includes("BREACH"), stdout.endsWith("done\n")]).toEqual([false, true]);
    await end(running);
  }));
  claim("control: not so when the caller gives both the same uid", () => inTwo(async (first, second) => {
    for (const state of [first, second]) await boxIn(state, ["--uid", String(range.first)]);
    const running = await startIn(first, fill, "full EAGAIN");
    expect((await second.mini(one, { env })).stdout).toContain("BREACH");
    await end(running);
  }));
  claim("and temporary ones have different uids while they run", () => inTwo(async (first, second) => {
    const commands = [first, second, first].map((state) => startIn(state, ["--processes", "4", "--", "/bin/sh", "-c", "echo up $(id -u); exec sleep 60"], "up"));
    const running = await Promise.all(commands);
    const uids = running.map((each) => each.stdoutSoFar().trim());
    expect(new Set(uids).size).toBe(3);
    await Promise.all(running.map(end));
  }));
});

describe("a box whose uid another state directory's box runs under", () => {
  /** Two boxes with the same uid of their own: so two directories were before there were claims, and so they are when a directory is copied. */
  async function twins(first: State, second: State): Promise<number> {
    const [{ uid }] = [await boxIn(first), await boxIn(second)];
    rmSync(join(claims, `${uidOf(second, "0")}.box`));
    rewrite(second, "0", (record) => {
      record.config.uid = record.config.gid = uid;
    });
    return uid;
  }
  claim("does not run: the error names the process, and its exit code says that the box is in use", () => inTwo(async (first, second) => {
    const uid = await twins(first, second);
    const running = await startIn(first, ["--box-id", "0", "--", "/bin/sh", "-c", "echo up; exec sleep 60"], "up");
    expect(await second.mini(["run", "--box-id", "0", "--", "/bin/true"], { env })).toMatchObject({
      exitCode: 75, stdout: "",
      stderr: `mini-isolate: cannot run in box 0: another box (pid ${running.pid}) runs under its uid ${uid}\nhint: wait with --wait, or make the box again, which gives it another uid: init --force\n`,
    });
    await end(running);
    expect((await second.mini(["run", "--box-id", "0", "--", "/bin/true"], { env })).exitCode).toBe(0);
    // Made again it gets a uid of its own.
    expect((await second.mini(["init", "--force", "--box-id", "0"], { env })).exitCode).toBe(0);
    expect(uidOf(second, "0")).not.toBe(uid);
  }));
  claim("waits with --wait, and says for what", () => inTwo(async (first, second) => {
    const uid = await twins(first, second);
    const running = await startIn(first, ["--box-id", "0", "--", "/bin/sh", "-c", "echo up; exec sleep 60"], "up");
    const waiting = second.start(["run", "--wait", "--verbose", "--box-id", "0", "--", "/bin/true"], { env, through: ["/bin/sh", "-c", 'exec "$@" 2>&1', "sh"] });
    await waiting.prints(`another box (pid ${running.pid}) runs under its uid ${uid}: waiting`);
    await end(running);
    expect((await waiting.ended).exitCode).toBe(0);
  }));
  claim("control: with a uid that the caller chose for both, both run", () => inTwo(async (first, second) => {
    await twins(first, second);
    for (const state of [first, second]) rewrite(state, "0", (record) => void (record.uid_given = true));
    const running = await startIn(first, ["--box-id", "0", "--", "/bin/sh", "-c", "echo up; exec sleep 60"], "up");
    expect((await second.mini(["run", "--box-id", "0", "--", "/bin/true"], { env })).exitCode).toBe(0);
    await end(running);
  }));
});

describe("a supervisor that is killed", () => {
  claim("leaves a claim on its box's uid that the next run takes over", () => inTwo(async (first) => {
    const { uid } = await boxIn(first);
    const running = await startIn(first, ["--box-id", "0", "--", "/bin/sh", "-c", "echo up; exec sleep 60"], "up");
    running.kill("SIGKILL");
    await running.ended.catch(() => null);
    expect(claimFiles().toSorted()).toEqual([String(uid), `${uid}.box`]);
    expect((await first.mini(["run", "--box-id", "0", "--", "/bin/true"], { env })).exitCode).toBe(0);
    expect(claimFiles()).toEqual([`${uid}.box`]);
  }));
  claim("leaves a claim that cleanup removes", () => inTwo(async (first) => {
    await boxIn(first);
    const running = await startIn(first, ["--box-id", "0", "--", "/bin/sh", "-c", "echo up; exec sleep 60"], "up");
    running.kill("SIGKILL");
    await running.ended.catch(() => null);
    await until("every process of the box is gone", () => processesOf(first.uids).length === 0, 5000);
    expect((await first.mini(["cleanup", "--box-id", "0"], { env })).exitCode).toBe(0);
    expect(claimFiles()).toEqual([]);
  }));
});

describe("a process of the host under a uid", () => {
  /** Somebody else's program under a uid of ours. */
  async function withStranger(uid: number, play: (pid: number) => Promise<void>): Promise<void> {
    const child = Bun.spawn(["/usr/bin/setpriv", "--reuid", String(uid), "--regid", String(uid), "--clear-groups", "/bin/sh", "-c", "echo up; read line"], { stdin: "pipe", stdout: "pipe", cwd: "/" });
    try {
      await child.stdout.getReader().read();
      await play(child.pid);
    } finally {
      child.kill("SIGKILL");
      await child.exited;
    }
  }
  claim("keeps it from a box that is made, and from a temporary one", () => inTwo(async (first) => {
    await withStranger(range.first, async () => {
      const temporary = Number((await first.json(["run", "--", "/usr/bin/id", "-u"], { env })).result.stdout);
      for (const uid of [temporary, (await boxIn(first)).uid]) {
        expect(uid).toBeGreaterThan(range.first);
        expect(uid).toBeLessThanOrEqual(range.last);
      }
    });
  }));
  claim("keeps a box from running that has the uid already, until it has ended", () => inTwo(async (first) => {
    const { uid } = await boxIn(first);
    await withStranger(uid, async (pid) => {
      const { exitCode, stderr } = await first.mini(["run", "--box-id", "0", "--", "/bin/true"], { env });
      expect([exitCode, stderr.split("\n")[0]]).toEqual([75, `mini-isolate: cannot run in box 0: process ${pid} (sh) runs under its uid ${uid}`]);
    });
    expect((await first.mini(["run", "--box-id", "0", "--", "/bin/true"], { env })).exitCode).toBe(0);
  }));
  claim("control: does not keep a box from running whose uid the caller chose", () => inTwo(async (first) => {
    await boxIn(first, ["--uid", String(range.first)]);
    await withStranger(range.first, async () => {
      expect((await first.mini(["run", "--box-id", "0", "--", "/bin/true"], { env })).exitCode).toBe(0);
    });
  }));
});

describe("a record", () => {
  claim("of an earlier version, with a uid of the range of then, goes on working, and its uid is its own", () => inTwo(async (first) => {
    const { directory } = await boxIn(first, ["--processes", "4"]);
    const { uid } = lstatSync(directory);
    rewrite(first, "0", (record) => void delete record.uid_given);
    const running = await startIn(first, ["--box-id", "0", "--", "/bin/sh", "-c", "id -u; exec sleep 60"], String(uid));
    expect(claimFiles()).toContain(String(uid));
    await end(running);
  }));
  claim("of an earlier version with a uid that the caller chose runs beside others that have it", () => inTwo(async (first, second) => {
    for (const state of [first, second]) {
      await boxIn(state, ["--uid", "59000"]);
      state.uids.add(59_000);
      rewrite(state, "0", (record) => void delete record.uid_given);
    }
    const running = await startIn(first, ["--box-id", "0", "--", "/bin/sh", "-c", "echo up; exec sleep 60"], "up");
    expect((await second.mini(["run", "--box-id", "0", "--", "/bin/true"], { env })).exitCode).toBe(0);
    await end(running);
  }));
});

describe("a host without a place for claims", () => {
  /** /run is an empty file system that nobody can write to. */
  const readOnlyRun = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", 'mount -t tmpfs -o ro,mode=755 none /run && exec "$@"', "sh"];
  claim("has claims in each state directory; --verbose says so, and boxes work", () => inTwo(async (first) => {
    expect((await first.mini(["init", "--box-id", "0"], { env, through: readOnlyRun })).exitCode).toBe(0);
    const said = "mini-isolate: uids are claimed in this state directory only, not on the whole host: /run/mini-isolate/uids: EROFS (read-only file system)\n";
    for (const box of [["--box-id", "0"], []]) {
      for (const through of [readOnlyRun, []]) {
        const command = box.length === 0 ? ["run", "--verbose", "--state-dir", join(first.scratch, "temporary"), "--", "/bin/true"] : ["run", "--verbose", ...box, "--", "/bin/true"];
        const { exitCode, stderr } = await first.mini(command, { env, through });
        expect([exitCode, stderr.includes(said)]).toEqual([0, through.length > 0]);
      }
    }
  }));
});

describe("a range of uids", () => {
  claim("in which all are written down gives no more boxes: the error names the variable that widens it", () => inTwo(async (first, second) => {
    const narrow = { MINI_ISOLATE_UIDS: `${range.first}-${range.first + 1}` };
    for (const [state, id] of [[first, "a"], [second, "b"]] as const) expect(await state.mini(["init", "--box-id", id], { env: narrow })).toMatchObject({ exitCode: 0, stderr: "" });
    // Either may have the first: one that the dead of another test still have comes last.
    expect([uidOf(first, "a"), uidOf(second, "b")].toSorted()).toEqual([range.first, range.first + 1]);
    for (const command of [["init", "--box-id", "c"], ["run", "--", "/bin/true"]]) {
      const { exitCode, stderr } = await first.mini(command, { env: narrow });
      expect([exitCode, stderr]).toEqual([64, `mini-isolate: cannot find a uid for the box: all of ${range.first} to ${range.first + 1} are in use\nhint: set MINI_ISOLATE_UIDS=FIRST-LAST to a wider range, or remove boxes that are no longer needed (mini-isolate list, mini-isolate cleanup)\n`]);
    }
    expect((await first.mini(["run", "--", "/bin/true"], { env })).exitCode).toBe(0);
  }));
  claim("in which a dead process that nobody collects has the only uid still gives it to a box", () => inTwo(async (first) => {
    const only = { MINI_ISOLATE_UIDS: `${range.first}-${range.first}` };
    const parent = Bun.spawn(["/bin/sh", "-c", `setpriv --reuid ${range.first} --regid ${range.first} --clear-groups /bin/true & exec sleep 60`], { cwd: "/", stdout: "ignore" });
    try {
      await until("the child is dead", () => processesOf(new Set([range.first])).length === 1 && livingProcessOf(range.first) === null, 5000);
      expect(await first.mini(["init", "--box-id", "0"], { env: only })).toMatchObject({ exitCode: 0, stderr: "" });
      expect(uidOf(first, "0")).toBe(range.first);
    } finally {
      parent.kill("SIGKILL");
      await parent.exited;
    }
  }));
});
