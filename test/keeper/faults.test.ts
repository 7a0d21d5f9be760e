// What can go wrong between a client and a keeper, and what it does to others.
import { describe, expect } from "bun:test";
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { endWriting, receiveBytes, connectUnix, sendBytes } from "../../src/kernel/socket.ts";
import { closeDescriptor } from "../../src/kernel/files.ts";
import { errno } from "../../src/kernel/errno.ts";
import { binaryPath, openState } from "../helpers/binary.ts";
import { cgroupDirectories } from "../helpers/host.ts";
import { openKeeper, shell, sleepersOf } from "../helpers/keeper.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { start } from "../helpers/running.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);

const descriptorsOf = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;
const isThere = (pid: number) => existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));

describe("the keeper", () => {
  claim("that is killed takes the boxes with it, and the client says so and ends with 5", async () => {
    const keeper = await openKeeper();
    const word = `${process.pid}.41`;
    const run = keeper.run(["run", "--passthrough", ...shell(`echo begun; exec sleep ${word}`)]);
    await run.prints("begun");
    const sleepers = await sleepersOf(word);
    expect(sleepers.length).toBe(1);
    keeper.running.kill("SIGKILL");
    expect(await run.ended).toMatchObject({ exitCode: 5, stderr: expect.stringContaining("the keeper ended before this command did") });
    await until("the end of the box", () => !sleepers.some(isThere));
    // Its socket is left, and nobody answers there: the client does without, and the next keeper replaces it.
    expect(existsSync(keeper.socket)).toBeTrue();
    await keeper.answers();
    const next = start([binaryPath, "keeper", "--socket", keeper.socket, "--idle", "1"], { env: { PATH: "/usr/bin:/bin" }, timeoutMs: 60_000 });
    await until("the next keeper answers", async () => (await keeper.status().catch(() => ({ pid: 0 })))["pid"] === next.pid);
    expect((await next.ended).exitCode).toBe(0);
    expect(existsSync(keeper.socket)).toBeFalse();
    await keeper[Symbol.asyncDispose]();
  });

  claim("that is told to stop ends what runs, as its supervisor would, and removes its socket", async () => {
    await using keeper = await openKeeper();
    const run = keeper.run(["run", "--json", ...shell("sleep 30")]);
    await keeper.reports({ running: 1 });
    expect((await start([binaryPath, "keeper", "stop", "--socket", keeper.socket], { env: { PATH: "/usr/bin:/bin" } }).ended).exitCode).toBe(0);
    const { exitCode, stdout } = await run.ended;
    expect([exitCode, JSON.parse(stdout)]).toEqual([5, expect.objectContaining({ status: "InternalError", error_message: "stopped because mini-isolate received SIGTERM" })]);
    expect((await keeper.running.ended).exitCode).toBe(0);
    expect(existsSync(keeper.socket)).toBeFalse();
    expect((await start([binaryPath, "keeper", "status", "--socket", keeper.socket], { env: { PATH: "/usr/bin:/bin" } }).ended).exitCode).toBe(69);
  });

  claim("is refused where one is, and nothing happens to that one", async () => {
    await using keeper = await openKeeper();
    const second = await start([binaryPath, "keeper", "--socket", keeper.socket], { env: { PATH: "/usr/bin:/bin" } }).ended;
    expect([second.exitCode, second.stderr]).toEqual([75, expect.stringContaining("a keeper is there already")]);
    await keeper.answers();
  });

  claim("has a socket that is open to its user alone", async () => {
    await using keeper = await openKeeper();
    expect((statSync(keeper.socket).mode & 0o777).toString(8)).toBe("600");
  });

  claim("takes a socket from a service manager, and leaves it there", async () => {
    await using state = openState();
    const socket = join(state.scratch, "socket");
    const script = "import os,socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\ns.listen(8)\nos.dup2(s.fileno(),3)\nos.set_inheritable(3,True)\nos.environ.update(LISTEN_PID=str(os.getpid()),LISTEN_FDS='1')\nos.execv(sys.argv[2],sys.argv[2:])";
    const running = start(["/usr/bin/python3", "-c", script, socket, binaryPath, "keeper", "--idle", "0.5"], { env: { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: state.directory } });
    const client = join(state.scratch, "client");
    await state.mini(["client", "install", client, "--socket", socket]);
    await until("the socket", () => existsSync(socket));
    const { stdout } = await start([client, "run", "--json", "--", "/bin/echo", "fine"], { env: { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: state.directory } }).ended;
    expect(JSON.parse(stdout)).toMatchObject({ status: "Success", stdout: "fine\n" });
    expect((await running.ended).exitCode).toBe(0);
    expect(existsSync(socket)).toBeTrue();
  });

  claim("carries out as many commands at the same time as it may, and the others one after the other", async () => {
    await using keeper = await openKeeper(["--jobs", "2"]);
    const runs = Array.from({ length: 6 }, () => keeper.run(["run", "--json", ...shell("sleep 0.3; echo done")], { env: {}, timeoutMs: 30_000 }));
    await keeper.reports({ running: 2, waiting: 4 });
    for (const run of runs) expect(JSON.parse((await run.ended).stdout)).toMatchObject({ status: "Success", stdout: "done\n" });
    expect(await keeper.status()).toMatchObject({ running: 0, waiting: 0, done: 6, jobs: 2 });
  });

  claim("sleeps while it has nothing to do", async () => {
    await using keeper = await openKeeper();
    await keeper.answers();
    const { pid } = keeper.running;
    const sleeps = () => Number(/^voluntary_ctxt_switches:\t([0-9]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]);
    const before = sleeps();
    await Bun.sleep(3000);
    // A loop that wakes to see whether there is something to do does so 60 times.
    expect(sleeps() - before).toBeLessThan(30);
  });

  claim("starts the launcher of the next run when a client has its result, or while its program takes long", async () => {
    await using keeper = await openKeeper();
    const launchers = () => readFileSync(`/proc/${keeper.running.pid}/task/${keeper.running.pid}/children`, "latin1").split(" ").filter((pid) => pid !== "" && readFileSync(`/proc/${pid}/cmdline`, "latin1").startsWith("launcher")).length;
    expect((await keeper.run(["run", "--silent", "--", "/bin/true"]).ended).exitCode).toBe(0);
    await until("one waits", () => launchers() === 1);
    const run = keeper.run(["run", "--silent", "--passthrough", ...shell("echo begun; read end")], { env: {}, input: { open: true } });
    await run.prints("begun");
    // The one that waited is the program now.
    await until("another waits", () => launchers() >= 1);
    run.kill("SIGTERM");
    await run.ended;
  });

  claim("has as many descriptors and groups after many runs as before", async () => {
    await using keeper = await openKeeper();
    for (let count = 0; count < 20; count++) await keeper.answers();
    const before = descriptorsOf(keeper.running.pid);
    for (let count = 0; count < 200; count++) expect((await keeper.run(["run", "--silent", "--", "/bin/true"]).ended).exitCode).toBe(0);
    // A launcher more or less may wait at the moment, with a few descriptors: less than one for each run.
    expect(descriptorsOf(keeper.running.pid) - before).toBeLessThan(20);
    expect(cgroupDirectories().filter((path) => path.includes(`-${keeper.running.pid}-`))).toEqual([]);
  }, { timeout: 60_000 });
});

describe("a client", () => {
  claim("that is killed takes its box with it, at once", async () => {
    await using keeper = await openKeeper();
    for (const flags of [[], ["--passthrough"]]) {
      const word = `${process.pid}.42`;
      const run = keeper.run(["run", ...flags, ...shell(`exec sleep ${word}`)]);
      const sleepers = await sleepersOf(word);
      run.kill("SIGKILL");
      await run.ended;
      await until("the end of the box", () => !sleepers.some(isThere), 2000);
      await keeper.answers();
    }
  });

  claim("that waits for its turn and is killed is never carried out", async () => {
    await using keeper = await openKeeper(["--jobs", "1"]);
    const first = keeper.run(["run", "--silent", ...shell("sleep 1")]);
    await keeper.reports({ running: 1 });
    const second = keeper.run(["init", "--box-id", "never"]);
    await keeper.reports({ waiting: 1 });
    second.kill("SIGKILL");
    await first.ended;
    await keeper.answers();
    expect((await keeper.run(["list", "--json"]).ended).stdout).not.toContain("never");
  });

  claim("that is stopped keeps nobody from going on, and ends as it should when it goes on", async () => {
    await using keeper = await openKeeper();
    const run = keeper.run(["run", "--json", ...shell("sleep 0.3; head -c 400000 /dev/zero | tr '\\0' x")]);
    await keeper.reports({ running: 1 });
    run.kill("SIGSTOP");
    await keeper.reports({ running: 0 });
    await keeper.answers();
    run.kill("SIGCONT");
    const { exitCode, stdout } = await run.ended;
    expect([exitCode, (JSON.parse(stdout) as { stdout: string }).stdout.length]).toEqual([0, 400_000]);
  });

  claim("whose reader does not read keeps nobody from going on", async () => {
    await using keeper = await openKeeper(["--jobs", "1"]);
    const command = `${keeper.client} run --json --processes 8 -- /bin/sh -c 'head -c 900000 /dev/zero | tr "\\0" x' | (sleep 2; wc -c)`;
    const slow = start(["/bin/sh", "-c", command], { env: { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: join(keeper.socket, "../state") } });
    await keeper.reports({ done: 1 });
    await keeper.answers();
    expect(Number((await slow.ended).stdout)).toBeGreaterThan(900_000);
  });

  claim("whose output cannot be written ends with 5, whether it is short or long", async () => {
    await using keeper = await openKeeper();
    for (const bytes of [10, 400_000]) {
      const full = await start(["/bin/sh", "-c", `exec ${keeper.client} run --json --processes 8 -- /bin/sh -c 'head -c ${bytes} /dev/zero | tr "\\0" x' > /dev/full`], { env: { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: join(keeper.socket, "../state") } }).ended;
      expect([bytes, full.exitCode, full.stderr]).toEqual([bytes, 5, expect.stringContaining("cannot write to standard output")]);
    }
  });

  // SIGHUP comes when its terminal is closed.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const) {
    claim(`gets ${signal}: the run is ended and says so`, async () => {
      await using keeper = await openKeeper();
      const run = keeper.run(["run", "--json", ...shell("sleep 30")]);
      await keeper.reports({ running: 1 });
      await Bun.sleep(200);
      run.kill(signal);
      const { exitCode, stdout } = await run.ended;
      expect([exitCode, JSON.parse(stdout)]).toEqual([128 + constants.signals[signal], expect.objectContaining({ status: "InternalError", error_message: `stopped because mini-isolate received ${signal}` })]);
    });
  }

  claim("hands signals to the program with --passthrough", async () => {
    await using keeper = await openKeeper();
    const run = keeper.run(["run", "--passthrough", ...shell("trap 'echo usr1' USR1; trap 'echo term; exit 9' TERM; echo ready; while :; do sleep 0.05; done"), ], { env: {} });
    await run.prints("ready");
    run.kill("SIGUSR1");
    await run.prints("usr1");
    run.kill("SIGTERM");
    expect(await run.ended).toMatchObject({ exitCode: 9, stdout: "ready\nusr1\nterm\n" });
  });

  claim("dies of a signal that its own process would die of, and its box with it", async () => {
    await using keeper = await openKeeper();
    const run = keeper.run(["run", ...shell("sleep 30")]);
    await keeper.reports({ running: 1 });
    run.kill("SIGUSR1");
    expect((await run.ended).exitCode).toBe(128 + 10);
    await keeper.reports({ running: 0 });
  });

  claim("ignores what its caller ignores", async () => {
    await using keeper = await openKeeper();
    const run = start(["/bin/sh", "-c", `trap '' HUP; exec ${keeper.client} run --json --processes 8 -- /bin/sh -c 'sleep 1; echo done'`], { env: { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: join(keeper.socket, "../state") } });
    await keeper.reports({ running: 1 });
    run.kill("SIGHUP");
    expect(JSON.parse((await run.ended).stdout)).toMatchObject({ status: "Success", stdout: "done\n" });
  });

  claim("of another user executes the program itself", async () => {
    await using keeper = await openKeeper();
    chmodSync(join(keeper.socket, ".."), 0o755);
    // Where others cannot execute the program, the client says which it was.
    const { stderr, stdout, exitCode } = await start(["/usr/bin/setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups", keeper.client, "--version"], { env: { PATH: "/usr/bin:/bin" } }).ended;
    expect(exitCode === 0 ? stdout : stderr).toMatch(/^mini-isolate 0|cannot execute .*mini-isolate/);
    expect((await keeper.status())["done"]).toBe(0);
  });
});

claim("a client of an older version executes the program itself", async () => {
  await using keeper = await openKeeper();
  const image = readFileSync(keeper.client);
  const at = image.indexOf(Buffer.from("MIK1"));
  expect(at).toBeGreaterThan(0);
  image.write("MIK0", at, "latin1");
  const old = `${keeper.client}-old`;
  writeFileSync(old, image, { mode: 0o755 });
  const { stdout, exitCode } = await start([old, "run", "--json", "--", "/bin/echo", "fine"], { env: { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: join(keeper.socket, "../state") } }).ended;
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ status: "Success", stdout: "fine\n" })]);
  expect((await keeper.status())["done"]).toBe(0);
});

claim("an ordinary user has a keeper of its own", async () => {
  await using state = openState({ uid: 12_345 });
  const own = join(state.scratch, "mini-isolate");
  copyFileSync(binaryPath, own);
  chmodSync(own, 0o755);
  const user = ["/usr/bin/setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups"];
  const env = { PATH: "/usr/bin:/bin", HOME: state.scratch, MINI_ISOLATE_STATE_DIR: state.directory };
  const [socket, client] = [join(state.scratch, "socket"), join(state.scratch, "client")];
  expect((await start([...user, own, "client", "install", client, "--socket", socket], { env }).ended).exitCode).toBe(0);
  const keeper = start([...user, own, "keeper", "--socket", socket, "--idle", "2"], { env, timeoutMs: 60_000 });
  await until("the socket", () => existsSync(socket));
  await Bun.sleep(200);
  const asUser = await start([...user, client, "run", "--json", "--", "/bin/echo", "fine"], { env }).ended;
  expect(JSON.parse(asUser.stdout)).toMatchObject({ status: "Success", stdout: "fine\n" });
  // Root may connect, and is no client of a user's keeper.
  const asRoot = await start([client, "run", "--json", "--", "/bin/echo", "fine"], { env: { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: `${state.scratch}/roots` } }).ended;
  expect(JSON.parse(asRoot.stdout)).toMatchObject({ status: "Success" });
  const status = await start([...user, own, "keeper", "status", "--json", "--socket", socket], { env }).ended;
  expect(JSON.parse(status.stdout)).toMatchObject({ done: 1, running: 0 });
  expect((await keeper.ended).exitCode).toBe(0);
}, { timeout: 60_000 });

describe("whatever comes over the socket", () => {
  const header = (...words: readonly number[]) => new Uint8Array(new Uint32Array(words).buffer);
  const magic = 0x314b494d;

  for (const [what, bytes] of [
    ["nothing", new Uint8Array(0)],
    ["a part of a header", new Uint8Array([1, 2, 3])],
    ["another version", header(magic + 1, 4, 1, 2, 0)],
    ["a length beyond all bounds", header(magic, 0x7fff_ffff, 1, 2, 0)],
    ["no arguments", header(magic, 10, 0, 2, 0)],
    ["half a request", Buffer.concat([header(magic, 100, 1, 2, 0), Buffer.from("/\0run\0")])],
    ["descriptors that did not come", Buffer.concat([header(magic, 6, 1, 2, 7), Buffer.from("/\0run\0")])],
    ["a working directory that is none", Buffer.concat([header(magic, 6, 1, 2, 0), Buffer.from("x\0run\0")])],
    ["bytes that are no text", Buffer.concat([header(magic, 6, 1, 2, 0), Buffer.from("/\0\xff\xffn\0", "latin1")])],
    ["noise", Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251))],
  ] as const) {
    claim(`${what}: it is dropped, or the client is to do it itself, and others are served`, async () => {
      await using keeper = await openKeeper();
      const socket = connectUnix(keeper.socket);
      try {
        if (bytes.length > 0) sendBytes(socket, bytes);
        await keeper.answers();
        endWriting(socket);
        const answer = new Uint8Array(64);
        const count = await until("an answer", () => { const got = receiveBytes(socket, answer); return got === -errno.EAGAIN ? null : { got }; });
        // The end, an error, or the word to execute it itself.
        expect(count.got <= 0 || (count.got === 8 && answer[0] === 2)).toBeTrue();
      } finally {
        closeDescriptor(socket);
      }
      await keeper.answers();
    });
  }

  claim("a thousand clients at once: all are served", async () => {
    await using keeper = await openKeeper(["--jobs", "4"]);
    const script = `i=0; while [ $i -lt 1000 ]; do ${keeper.client} run --silent --passthrough -- /bin/echo $i >> out & i=$((i+1)); done; wait; sort -n out | uniq | wc -l`;
    await using state = openState();
    const outcome = await start(["/bin/sh", "-c", script], { env: { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: state.directory }, cwd: state.scratch, timeoutMs: 180_000 }).ended;
    expect([outcome.stdout.trim(), outcome.stderr]).toEqual(["1000", ""]);
    expect((await keeper.status())["done"]).toBe(1000);
  }, { timeout: 200_000 });
});
