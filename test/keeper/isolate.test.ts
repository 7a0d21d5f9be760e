// Clients that have the command line of ioi/isolate: the same outcome as by a process of their own.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cases } from "../compat/cases.ts";
import { call, firstUid, init, type Isolate, ours, perform } from "../compat/drive.ts";
import { binaryPath, plainPath } from "../helpers/binary.ts";
import { openKeeper, type TestKeeper } from "../helpers/keeper.ts";
import { cgroupV1, claimWith, sandbox } from "../helpers/requires.ts";
import { start } from "../helpers/running.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);
const asRecorded = claimWith(...sandbox, cgroupV1("memory", "cpuacct"));
const ids = { shared: 31, cg: 32, own: 33 } as const;
/** Those that go other ways in a keeper: streams, files, signals, the loop that waits. */
const chosen = ["A01", "A04", "A06", "A09", "A25", "A27", "A30", "A31", "A32", "A43", "A47", "A48", "A49", "A54", "A55", "G08"];
const recorded = JSON.parse(readFileSync(join(import.meta.dir, "../compat/recorded.json"), "utf8")) as Record<string, string>;

let keeper: TestKeeper;
let isolate: Isolate;

beforeAll(async () => {
  keeper = await openKeeper();
  const path = join(dirname(keeper.socket), "isolate");
  const installed = await start([binaryPath, "client", "install", path, "--as", "isolate", "--socket", keeper.socket], { env: { PATH: plainPath } }).ended;
  expect(installed).toMatchObject({ exitCode: 0, stderr: "" });
  isolate = ours({ command: [path] });
  await init(isolate, ids.shared);
  await init(isolate, ids.cg, "--cg");
});

afterAll(async () => {
  for (const id of Object.values(ids)) await call(isolate, ["-b", String(id), "--cg", "--cleanup"]).ended;
  isolate.remove();
  await keeper[Symbol.asyncDispose]();
});

describe("through a keeper, as ioi/isolate 1.10.1", () => {
  for (const one of cases.filter(({ id }) => chosen.includes(id))) {
    asRecorded(`${one.id}: ${one.claim}`, async () => {
      const expected = (one.differs?.replace ?? []).reduce((all, [from, to]) => all.replaceAll(from, to), recorded[one.id]!);
      expect(await perform(isolate, one.own ? ids.own : one.cg ? ids.cg : ids.shared, one)).toBe(expected);
    });
  }
});

describe("a client", () => {
  claim("is carried out by the keeper", async () => {
    const { done } = await keeper.status();
    expect((await call(isolate, ["-b", String(ids.shared), "--run", "--", "tool", "ok"]).ended).stdout).toBe("hello\n");
    expect((await keeper.status())["done"]).toBe(done! + 1);
  });

  claim("that is killed leaves nothing alive, and its box can be used at once", async () => {
    const running = call(isolate, ["-b", String(ids.shared), "--run", "--", "tool", "announce"]);
    await running.prints("running");
    running.kill("SIGKILL");
    expect(await call(isolate, ["-b", String(ids.shared), "--run", "--", "tool", "ok"]).ended).toMatchObject({ exitCode: 0, stdout: "hello\n" });
  });

  claim("that waits for its box does so by itself", async () => {
    const running = call(isolate, ["-b", String(ids.shared), "--run", "--", "tool", "announce"]);
    await running.prints("running");
    const waiting = call(isolate, ["-b", String(ids.shared), "--wait", "--run", "--", "tool", "ok"]);
    running.kill("SIGTERM");
    expect((await waiting.ended).stdout).toBe("hello\n");
  });

  claim("whose keeper is killed ends with 2, and nothing of its run lives on", async () => {
    const running = call(isolate, ["-b", String(ids.shared), "--run", "--", "tool", "announce"]);
    await running.prints("running");
    keeper.running.kill("SIGKILL");
    expect((await running.ended).exitCode).toBe(2);
    const alone = call(isolate, ["-b", String(ids.shared), "--run", "--", "tool", "ok"]);
    expect((await alone.ended).stdout).toBe("hello\n");
    await until("no process of the box", () => Bun.spawnSync(["/usr/bin/pgrep", "-U", String(firstUid + ids.shared)]).exitCode === 1);
  });

  claim("has the name of isolate, and no other has it", async () => {
    const install = async (...words: readonly string[]) => await start([binaryPath, "client", "install", ...words], { env: { PATH: plainPath } }).ended;
    expect((await install("/nonexistent/isolate")).stderr).toContain("its name says that it has that of isolate");
    expect((await install("/nonexistent/mi", "--as", "isolate")).stderr).toContain("give a path that ends with /isolate");
    expect((await install("/nonexistent/mi", "--as", "mi")).exitCode).toBe(64);
  });
});
