// Where ioi/isolate has a fault, or where a host of ours differs: the end of the keeper, state of earlier runs, files that a program forges.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binaryPath, plainPath } from "../helpers/binary.ts";
import { program } from "../helpers/programs.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { start } from "../helpers/running.ts";
import type { CompatBox } from "./cases.ts";
import { call, firstUid, init, type Isolate, ours, placeOf } from "./drive.ts";

const claim = claimWith(...sandbox);
const inside = claimWith(...sandbox, executable("/usr/bin/setpriv"));
const withPython = claimWith(...sandbox, executable("/usr/bin/python3"));
const withSudo = claimWith(...sandbox, executable("/usr/bin/sudo"), executable("/usr/bin/setpriv"), executable("/usr/bin/unshare"));
const onTerminal = claimWith(...sandbox, executable("/usr/bin/script"));
const id = 10;

let isolate: Isolate;
let box: CompatBox;

beforeAll(async () => {
  isolate = ours({ config: "box12.cpus = 0\nbox12.mems = 0\n" });
  box = await init(isolate, id);
});

afterAll(async () => {
  for (const one of [id, 11, 12]) await call(isolate, ["-b", `${one}`, "--cleanup"]).ended;
  isolate.remove();
});

async function run(...args: readonly string[]) {
  return await call(isolate, ["-b", String(id), ...args]).ended;
}

/** Processes that run under a uid. */
function processesOf(uid: number): string[] {
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && statSync(`/proc/${name}`).uid === uid;
    } catch {
      return false;
    }
  });
}

function metaOf(text: string): Record<string, string> {
  return Object.fromEntries(text.trim().split("\n").map((line) => line.split(/:(.*)/, 2) as [string, string]));
}

async function measured(...args: readonly string[]) {
  const path = join(isolate.scratch, "measured");
  const outcome = await run("-M", path, ...args);
  return { ...outcome, meta: metaOf(readFileSync(path, "utf8")) };
}

describe("the end of the keeper", () => {
  claim("a killed keeper leaves nothing alive, and its box can be used at once (A50)", async () => {
    const running = call(isolate, ["-b", String(id), "-p", "--run", "--", "/bin/sh", "-c", "./tool sleep 60 & exec ./tool announce"]);
    await running.prints("running");
    running.kill("SIGKILL");
    expect((await running.ended).exitCode).toBe(137);
    const next = await run("--run", "--", "tool", "ok");
    expect(next).toMatchObject({ exitCode: 0, stdout: "hello\n" });
    expect(processesOf(firstUid + id)).toEqual([]);
  });

  claim("two runs in one box do not disturb each other: the second is refused, or waits", async () => {
    const running = call(isolate, ["-b", String(id), "--run", "--", "tool", "announce"]);
    await running.prints("running");
    for (const command of [["--run", "--", "tool", "ok"], ["--cleanup"], ["--init"]]) {
      const { exitCode, stderr } = await run(...command);
      expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: "This box is currently in use by another process\n" });
    }
    const waiting = call(isolate, ["-b", String(id), "--wait", "--run", "--", "tool", "ok"]);
    running.kill("SIGTERM");
    expect((await waiting.ended).stdout).toBe("hello\n");
    expect((await running.ended).stderr).toBe("Interrupted\n");
  });

  withPython("a caller that ignores SIGCHLD or holds SIGALRM back gets the same (T9)", async () => {
    const script = "import os,signal,sys\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM, signal.SIGTERM])\nos.execv(sys.argv[1], sys.argv[1:])";
    const outcome = await start(["/usr/bin/python3", "-c", script, ...isolate.command, "-b", String(id), "-t", "0.1", "--run", "--", "tool", "spin", "5"], { env: { PATH: plainPath, ...isolate.env } }).ended;
    expect(outcome).toMatchObject({ exitCode: 1, stderr: "Time limit exceeded\n" });
  });
});

describe("figures are the program's", () => {
  claim("max-rss of a program that does nothing is at most 2.5 MB, and of 50 MB within 5 %, without control groups", async () => {
    expect(Number((await measured("--run", "--", "tool", "nothing")).meta["max-rss"])).toBeLessThan(2500);
    const fifty = Number((await measured("--run", "--", "tool", "mem", "50")).meta["max-rss"]) / 1024;
    expect(fifty).toBeGreaterThan(50 * 0.95);
    expect(fifty).toBeLessThan(50 * 1.05);
  });

  claim("a killed program is over its limit by the figures, too (T12)", async () => {
    const { meta } = await measured("-t", "0.1", "--run", "--", "tool", "spin", "5");
    expect(meta["status"]).toBe("TO");
    expect(Number(meta["time"])).toBeGreaterThan(0.1);
    expect(Number(meta["time"])).toBeLessThan(1);
  });

  claim("a named pipe as standard input that nobody opens is over the wall time (T15)", async () => {
    const { exitCode, stderr } = await run("-w", "0.1", "-i", "/tmp/pipe", "--special-files", "--run", "--", "tool", "ok");
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: 'open("/tmp/pipe"): No such file or directory\n' });
    await run("-p", "--special-files", "--run", "--", "/usr/bin/mkfifo", "/tmp/pipe");
    const outcome = await measured("-w", "0.1", "-i", "/tmp/pipe", "--run", "--", "tool", "ok");
    expect(outcome).toMatchObject({ exitCode: 1, stderr: "Time limit exceeded (wall clock)\n", meta: { status: "TO", killed: "1" } });
  });
});

describe("what a program gets of its caller", () => {
  claim("descriptors above 2 only when it is asked for", async () => {
    const withFive = async (...flags: readonly string[]) => {
      const script = 'exec 5</etc/hostname; exec "$@"';
      return await start(["/bin/sh", "-c", script, "sh", ...isolate.command, "-b", String(id), ...flags, "--run", "--", "tool", "self"], { env: { PATH: plainPath, ...isolate.env } }).ended;
    };
    expect((await withFive()).stdout).not.toContain("fd 5\n");
    const { stdout } = await withFive("--inherit-fds");
    expect(stdout.split("\n").filter((line) => line.startsWith("fd "))).toEqual(["fd 0", "fd 1", "fd 2", "fd 5"]);
  });

  claim("arguments as they are, and none that would be changed", async () => {
    const shell = async (word: string) => await start(["/bin/sh", "-c", `exec "$@" "$(printf '${word}')"`, "sh", ...isolate.command, "-b", String(id), "-s", "--run", "--", "/bin/echo"], { env: { PATH: plainPath, ...isolate.env } }).ended;
    expect(await shell("\\303\\244")).toMatchObject({ exitCode: 0, stdout: "ä\n" });
    expect(await shell("\\344")).toMatchObject({ exitCode: 2, stdout: "", stderr: "Cannot use arguments that are not UTF-8\n" });
  });

  onTerminal("its terminal, and the caller has it back (--tty-hack, T34)", async () => {
    const command = `${isolate.command.join(" ")} -b ${id} --tty-hack -w 5 -s --run -- /usr/bin/head -n 1 && read back && echo "the caller read $back"`;
    const { stdout } = await start(["/usr/bin/script", "-qec", command, "/dev/null"], { input: "typed\nmore\n", env: { PATH: plainPath, SHELL: "/bin/sh", ...isolate.env } }).ended;
    expect(stdout.replaceAll("\r", "")).toContain("typed\n");
    expect(stdout).toContain("the caller read more");
  });

  claim("processors that the configuration has for its box", async () => {
    const { work } = await init(isolate, 12, "--cg");
    expect(existsSync(work)).toBe(true);
    const { stdout } = await call(isolate, ["-b", "12", "--cg", "--run", "--", "/bin/grep", "_allowed_list", "/proc/self/status"]).ended;
    expect(stdout).toBe("Cpus_allowed_list:\t0\nMems_allowed_list:\t0\n");
    await call(isolate, ["-b", "12", "--cg", "--cleanup"]).ended;
  });
});

describe("files", () => {
  claim("a meta file in the box cannot be forged (T24)", async () => {
    const path = join(box.work, "m");
    const { exitCode } = await run("-M", path, "--run", "--", "tool", "forge", "m");
    expect(exitCode).toBe(1);
    expect(metaOf(readFileSync(path, "utf8"))).toMatchObject({ exitcode: "5", status: "RE" });
    expect(statSync(path).uid).toBe(0);
  });

  claim("thousands of directories in each other change nothing about the verdict, and go with the box (T22)", async () => {
    await init(isolate, 11);
    const deep = async (...args: readonly string[]) => await call(isolate, ["-b", "11", ...args]).ended;
    expect(await deep("--run", "--", "tool", "deep", "3000")).toMatchObject({ exitCode: 0 });
    expect(await deep("--run", "--", "tool", "ok")).toMatchObject({ exitCode: 0, stdout: "hello\n" });
    expect(await deep("--cleanup")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(existsSync(placeOf(isolate, 11).home)).toBe(false);
  });

  claim("cleanup removes what clients put beside the working directory, also without that directory (T38)", async () => {
    const { home, work } = await init(isolate, 12);
    writeFileSync(join(home, "metadata.txt"), "x");
    mkdirSync(join(home, "tmp"));
    rmSync(work, { recursive: true });
    expect(await call(isolate, ["-b", "12", "--cleanup"]).ended).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(existsSync(home)).toBe(false);
    expect(readdirSync(isolate.boxRoot).filter((name) => !/^\d+$/.test(name))).toEqual([]);
  });

  claim("what is mounted in the box is no file of the box", async () => {
    const place = await init(isolate, 12);
    mkdirSync(join(place.work, "there"));
    const mounted = await start(["/usr/bin/unshare", "-m", "/bin/sh", "-c", 'mount -t tmpfs none "$1" && shift && exec "$@"', "sh", join(place.work, "there"), ...isolate.command, "-b", "12", "--run", "--", "tool", "ok"], { env: { PATH: plainPath, ...isolate.env } }).ended;
    expect(mounted).toMatchObject({ exitCode: 2, stderr: "Unexpected mountpoint: there\n" });
    await call(isolate, ["-b", "12", "--cleanup"]).ended;
  });
});

describe("who calls", () => {
  claim("the binary has the command line when it is called isolate, by a link or as a copy", async () => {
    const link = join(isolate.scratch, "isolate");
    symlinkSync(binaryPath, link);
    const linked = { ...isolate, command: [link] };
    expect((await call(linked, ["-b", String(id), "--run", "--", "tool", "ok"]).ended).stdout).toBe("hello\n");
    expect((await call(linked, ["--version"]).ended).stdout).toStartWith("The process isolator 1.10.1\n");
    expect((await call(linked, ["--nonsense"]).ended).stderr).toStartWith(`${link}: unrecognized option '--nonsense'\n`);
    rmSync(link);
  });

  claim("the helpers of isolate have answers", async () => {
    const answer = async (name: string) => {
      const link = join(isolate.scratch, name);
      symlinkSync(binaryPath, link);
      const outcome = await start([link, "--quiet"], { env: { PATH: plainPath } }).ended;
      rmSync(link);
      return outcome;
    };
    expect(await answer("isolate-cg-keeper")).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("is not needed") });
    expect((await answer("isolate-check-environment")).stdout).toStartWith("Kernel\n");
  });

  claim("the scripts for sudo act for the one who called sudo", async () => {
    const page = readFileSync(join(import.meta.dir, "../../docs/ioi-compatibility.md"), "utf8");
    const script = /^#!\/bin\/sh\n# \/usr\/local\/lib\/isolate-as-caller[^`]*/m.exec(page)![0].replace("/usr/local/bin/mini-isolate", binaryPath);
    const path = join(isolate.scratch, "isolate-as-caller");
    writeFileSync(path, script, { mode: 0o755 });
    // As sudo(8) starts it: as root, with the caller in two variables.
    const calling = async (...args: readonly string[]) => await start([path, "-b", "12", ...args], { env: { PATH: plainPath, ...isolate.env, SUDO_UID: "12345", SUDO_GID: "12346" } }).ended;
    expect((await calling("--init")).exitCode).toBe(0);
    expect(statSync(placeOf(isolate, 12).work)).toMatchObject({ uid: 12345, gid: 12346 });
    expect((await calling("--as-uid=0", "--as-gid=0", "--run", "--", "/bin/true")).exitCode).toBe(2);
    expect((await calling("-M", "/root/meta", "--run", "--", "/bin/true")).stderr).toBe("Failed to open metafile '/root/meta'\n");
    expect((await calling("--run", "--", "/bin/true")).exitCode).toBe(0);
    expect((await calling("--cleanup")).exitCode).toBe(0);
  });

  withSudo("a user whom sudo gives the script has boxes of its own, with files of its own", async () => {
    const page = readFileSync(join(import.meta.dir, "../../docs/ioi-compatibility.md"), "utf8");
    const path = join(isolate.scratch, "isolate-as-caller");
    const script = /^#!\/bin\/sh\n# \/usr\/local\/lib\/isolate-as-caller[^`]*/m.exec(page)![0].replace("/usr/local/bin/mini-isolate", binaryPath);
    writeFileSync(path, script, { mode: 0o755 });
    // Only in a mount namespace of its own does the host have this user, and does sudo(8) know it.
    for (const [name, line] of [["passwd", "judge:x:12345:12346::/tmp:/bin/sh"], ["shadow", "judge:*:19000:0:99999:7:::"]] as const) {
      writeFileSync(join(isolate.scratch, name), `${readFileSync(`/etc/${name}`, "utf8")}${line}\n`, { mode: name === "shadow" ? 0o600 : 0o644 });
    }
    writeFileSync(join(isolate.scratch, "sudoers"), `Defaults env_keep += "ISOLATE_CONFIG"\njudge ALL=(root) NOPASSWD: ${path}\n`, { mode: 0o440 });
    const prepared = `for file in passwd shadow sudoers; do mount --bind ${isolate.scratch}/$file /etc/$file; done; exec setpriv --reuid=12345 --regid=12346 --clear-groups sudo -n "$@"`;
    const asJudge = async (...args: readonly string[]) =>
      await start(["/usr/bin/unshare", "--mount", "/bin/sh", "-c", prepared, "sh", ...args], { env: { PATH: plainPath, ...isolate.env } }).ended;
    expect(await asJudge(path, "-b", "12", "--init")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(statSync(placeOf(isolate, 12).work)).toMatchObject({ uid: 12345, gid: 12346 });
    const meta = join(isolate.scratch, "meta");
    chownSync(isolate.scratch, 12345, 12346);
    expect(await asJudge(path, "-b", "12", "-M", meta, "--run", "--", "/bin/sh", "-c", "exit 3")).toMatchObject({ exitCode: 1 });
    expect(readFileSync(meta, "utf8")).toContain("exitcode:3\n");
    expect(statSync(meta)).toMatchObject({ uid: 12345 });
    expect((await asJudge("/bin/true")).exitCode).toBe(1);
    expect(await asJudge(path, "-b", "12", "--cleanup")).toMatchObject({ exitCode: 0 });
    chownSync(isolate.scratch, 0, 0);
  });

  inside("an ordinary user may ask for the version and for nothing else (A62)", async () => {
    const asUser = { ...isolate, command: ["/usr/bin/setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", ...isolate.command] };
    expect(await call(asUser, ["--init"]).ended).toMatchObject({ exitCode: 2, stderr: "Must be started as root\n" });
    expect(await call(asUser, ["--version"]).ended).toMatchObject({ exitCode: 0, stderr: "" });
  });

  inside("a set-user-ID copy is refused, with what to do instead (A61)", async () => {
    const copy = join(isolate.scratch, "isolate");
    copyFileSync(binaryPath, copy);
    chownSync(copy, 0, 0);
    chmodSync(copy, 0o4755);
    const outcome = await call({ ...isolate, command: ["/usr/bin/setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", copy] }, ["--init"]).ended;
    rmSync(copy);
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toContain("Cannot run set-user-ID");
    expect(outcome.stderr).toContain("sudo");
  });

  claim("a uid that a box of mini-isolate has is not used twice at the same time", async () => {
    await init(isolate, 12);
    const state = join(isolate.scratch, "state");
    const other = start([binaryPath, "run", "--passthrough", "--", "/bin/sh", "-c", "echo running; exec /usr/bin/sleep 60"], { env: { PATH: plainPath, MINI_ISOLATE_STATE_DIR: state, MINI_ISOLATE_UIDS: `${firstUid + 12}-${firstUid + 12}` } });
    await other.prints("running");
    const refused = await call(isolate, ["-b", "12", "--run", "--", "/bin/true"]).ended;
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`Uid ${firstUid + 12} is in use by a box of mini-isolate`) as string });
    other.kill("SIGTERM");
    await other.ended;
    expect((await call(isolate, ["-b", "12", "--run", "--", "/bin/true"]).ended).exitCode).toBe(0);
    await call(isolate, ["-b", "12", "--cleanup"]).ended;
    await start([binaryPath, "cleanup", "--all"], { env: { PATH: plainPath, MINI_ISOLATE_STATE_DIR: state } }).ended;
  });

  claim("root acts for somebody else (--as-uid)", async () => {
    const acting = async (...args: readonly string[]) => await call(isolate, ["-b", "12", "--as-uid=12345", "--as-gid=12346", ...args]).ended;
    expect(await call(isolate, ["--as-uid=5", "--init"]).ended).toMatchObject({ exitCode: 2, stderr: "--as-uid and --as-gid must be used either both or none\n" });
    expect((await acting("--init")).exitCode).toBe(0);
    const { work } = placeOf(isolate, 12);
    expect(statSync(work)).toMatchObject({ uid: 12345, gid: 12346 });
    copyFileSync(await program("compat/tool"), join(work, "tool"));
    expect((await acting("--run", "--", "/bin/sh", "-c", "echo x > a")).exitCode).toBe(0);
    expect(statSync(join(work, "a"))).toMatchObject({ uid: 12345, gid: 12346 });
    // Nor more than that one may.
    expect(await acting("-M", join(isolate.scratch, "m"), "--run", "--", "/bin/true")).toMatchObject({ exitCode: 2, stderr: `Failed to open metafile '${join(isolate.scratch, "m")}'\n` });
    const closed = join(isolate.scratch, "closed");
    mkdirSync(join(closed, "in"), { recursive: true });
    chmodSync(closed, 0o700);
    expect(await acting("-d", `there=${closed}/in`, "--run", "--", "/bin/true")).toMatchObject({ exitCode: 2, stderr: `Cannot mount ${closed}/in on there: Permission denied\n` });
    expect(await acting("--as-uid=0", "--run", "--", "/bin/true")).toMatchObject({ exitCode: 2, stderr: "--as-uid and --as-gid can be given only once\n" });
    expect((await acting("--cleanup")).exitCode).toBe(0);
  });
});

describe("what boxes share with others", () => {
  const calls = { keyctl: 250, add_key: 248, request_key: 249, io_uring_setup: 425 };
  for (const [name, number] of Object.entries(calls)) {
    claim(`${name} is refused (T30, T31)`, async () => {
      expect((await run("--run", "--", "tool", "syscall", String(number))).stdout).toBe("Function not implemented\n");
      expect((await run("--syscalls=0", "--run", "--", "tool", "syscall", String(number))).stdout).not.toBe("Function not implemented\n");
    });
  }

  claim("sockets to the host of a virtual machine are refused (T31)", async () => {
    expect((await run("--run", "--", "tool", "syscall", "41", "40", "1")).stdout).toBe("Address family not supported by protocol\n");
  });

  claim("32-bit calls are refused as the others are, and work otherwise", async () => {
    // keyctl(2) and getpid(2) of the 32-bit ABI.
    expect((await run("--run", "--", "tool", "syscall32", "288")).stdout).toBe("Function not implemented\n");
    expect((await run("--run", "--", "tool", "syscall32", "20")).stdout).toBe("allowed\n");
    expect((await run("--syscalls=16", "--run", "--", "tool", "syscall32", "20")).stderr).toBe("Caught fatal signal 31\n");
  });

  claim("/dev/shm is not the host's (T31)", async () => {
    await run("--run", "--", "/bin/sh", "-c", "echo secret > /dev/shm/mini-isolate-compat");
    expect(existsSync("/dev/shm/mini-isolate-compat")).toBe(false);
    expect((await run("--run", "--", "/bin/ls", "/dev/shm")).stdout).toBe("");
  });

  claim("a program does not see in which control group of the host it is (T31)", async () => {
    const { stdout } = await run("--run", "--", "/bin/cat", "/proc/self/cgroup");
    expect(stdout.trim().split("\n").every((line) => line.endsWith(":/") || line.includes(":/.."))).toBe(true);
  });
});
