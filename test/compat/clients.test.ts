// What clients of isolate really call: their argument vectors and files, and what they read of the outcome. Sources: their repositories,
// named in each title.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { metaKeys } from "../../src/compat/meta.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { call, type Isolate, ours, placeOf } from "./drive.ts";

const claim = claimWith(...sandbox);

let first: Isolate;
let second: Isolate;

beforeAll(() => {
  first = ours({ dialect: 1 });
  second = ours({ dialect: 2 });
});

afterAll(async () => {
  for (const isolate of [first, second]) {
    for (const id of existsSync(isolate.boxRoot) ? readdirSync(isolate.boxRoot) : []) for (const cg of [[], ["--cg"]]) await call(isolate, ["-b", id, ...cg, "--cleanup"]).ended;
    isolate.remove();
  }
});

async function isolate(which: Isolate, ...args: readonly string[]) {
  return await call(which, args, { cwd: which.scratch }).ended;
}

/** As a client with a closed list of keys reads it: an unknown key or a second colon is a fault. */
function strictMeta(path: string): Record<string, string> {
  const lines = readFileSync(path, "utf8").split("\n").filter((line) => line !== "");
  const pairs = lines.map((line) => line.split(":"));
  expect(pairs.filter((pair) => pair.length !== 2 || !(metaKeys as readonly string[]).includes(pair[0]!))).toEqual([]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

const ran = { exitCode: 0, stdout: "", stderr: expect.stringMatching(/^OK \(\d+\.\d{3} sec real, \d+\.\d{3} sec wall\)\n$/) as string };

describe.each([1, 2] as const)("dialect %d", (dialect) => {
  const which = () => (dialect === 1 ? first : second);
  const at = (id: number) => placeOf(which(), id);
  const scratch = (name: string) => join(which().scratch, name);

  claim("CMS (cms-dev/cms): its own directory over /tmp, /dev/shm of the box, figures of the group", async () => {
    const home = scratch("cms-home");
    mkdirSync(home, { mode: 0o777 });
    chmodSync(home, 0o777);
    writeFileSync(join(home, "input.txt"), "3 4\n");
    writeFileSync(join(home, "prog"), "#!/bin/sh\nread a b; echo $((a + b)); echo x > /dev/shm/x; echo made > made\n", { mode: 0o755 });
    expect(await isolate(which(), "--box-id=40", "--cg", "--cleanup")).toMatchObject({ exitCode: 0 });
    expect(await isolate(which(), "--box-id=40", "--cg", "--init")).toMatchObject({ exitCode: 0 });
    const meta = scratch("run.meta.1");
    const run = await isolate(which(), "--cg", "--box-id=40", "--chdir=/tmp", `--dir=/tmp=${home}:rw`, "--dir=/dev/shm:tmp", "--dir=/etc/alternatives=/etc/alternatives", "--env=HOME=/tmp", "--fsize=1048576",
      "--stdin=/tmp/input.txt", "--stack=65536", "--cg-mem=262144", "--stdout=/tmp/out.txt", "--processes=1000", "--stderr=/tmp/err.txt", "--time=1", "--verbose", "--wall-time=10", "--extra-time=0.5", `--meta=${meta}`, "--run", "--", "./prog");
    expect(run.exitCode).toBe(0);
    expect(readFileSync(join(home, "out.txt"), "utf8")).toBe("7\n");
    expect(strictMeta(meta)).toMatchObject({ exitcode: "0", time: expect.any(String), "time-wall": expect.any(String), "cg-mem": expect.any(String) });
    await isolate(which(), "--box-id=40", "--cg", `--dir=/tmp=${home}:rw`, "--run", "--", "/bin/chmod", "777", "-R", "/tmp");
    expect(statSync(join(home, "made")).mode & 0o777).toBe(0o777);
    expect(await isolate(which(), "--box-id=40", "--cg", "--cleanup")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  claim("Judge0 (judge0/judge0): files beside the working directory, every limit, streams of the shell", async () => {
    const workdir = (await isolate(which(), "--cg", "-b", "41", "--init")).stdout.trim();
    expect(workdir).toBe(at(41).home);
    for (const name of ["stdin.txt", "stdout.txt", "stderr.txt", "metadata.txt"]) writeFileSync(join(workdir, name), "");
    writeFileSync(join(workdir, "box/run.sh"), "cat > /dev/null; echo $JUDGE0_X; echo e >&2\n");
    const command = [...which().command, "--cg", "-s", "-b", "41", "-M", `${workdir}/metadata.txt`, "-t", "2", "-x", "0.5", "-w", "5", "-k", "64000", "-p60", "--cg-timing", "--cg-mem=128000", "-f", "1024", "-E", "HOME=/tmp",
      "-E", "PATH=/usr/bin:/bin", "-E", "LANG", "-E", "LANGUAGE", "-E", "LC_ALL", "-E", "JUDGE0_X=1", "-d", "/etc:noexec", "--run", "--", "/bin/bash", "run.sh"];
    const shell = Bun.spawnSync(["/bin/sh", "-c", `"$@" < ${workdir}/stdin.txt > ${workdir}/stdout.txt 2> ${workdir}/stderr.txt`, "sh", ...command], { env: { PATH: "/usr/bin:/bin", ...which().env } });
    expect(shell.exitCode).toBe(0);
    expect([readFileSync(join(workdir, "stdout.txt"), "utf8"), readFileSync(join(workdir, "stderr.txt"), "utf8")]).toEqual(["1\n", "e\n"]);
    expect(strictMeta(`${workdir}/metadata.txt`)).toMatchObject({ exitcode: "0", "cg-mem": expect.any(String) });
    expect((await isolate(which(), "--cg", "-b", "41", "--no-cg-timing", "--cg-mem=0", "-s", "--run", "--", "/bin/true")).exitCode).toBe(0);
    await isolate(which(), "--cg", "-b", "41", "--cleanup");
    expect(existsSync(workdir)).toBe(false);
  });

  claim("Piston (engineer-man/piston): SIGABRT when there is too much output, and a directory that moves to another box", async () => {
    for (const id of [42, 43]) expect((await isolate(which(), "--init", "--cg", `-b${id}`)).stdout).toBe(`${at(id).home}\n`);
    const submission = join(at(42).work, "submission");
    mkdirSync(submission);
    writeFileSync(join(submission, "code"), "echo running; exec /usr/bin/sleep 20\n");
    const meta = scratch("42-metadata.txt");
    const args = (id: number, file: string) => ["--run", `-b${id}`, `--meta=${meta}`, "--cg", "-s", "-c", "/box/submission", "-E", "HOME=/tmp", "-E", "PISTON_LANGUAGE=x", "--dir=/usr/share", "--dir=/etc:noexec", "--processes=64",
      "--open-files=2048", "--fsize=10000", "--wall-time=3", "--time=3", "--extra-time=0", "--cg-mem=100000", "--", "/bin/bash", file];
    const running = call(which(), args(42, "code"));
    await running.prints("running");
    running.kill("SIGABRT");
    expect((await running.ended).exitCode).toBe(2);
    expect(strictMeta(meta)).toMatchObject({ status: "XX", killed: "1", time: expect.any(String), "cg-mem": expect.any(String) });
    writeFileSync(join(submission, "code"), "exit 4\n");
    renameSync(submission, join(at(43).work, "submission"));
    expect((await isolate(which(), ...args(43, "code"))).exitCode).toBe(1);
    expect(strictMeta(meta)).toMatchObject({ exitcode: "4", status: "RE", message: "Exited with error status 4" });
    for (const id of [42, 43]) expect((await isolate(which(), "--cleanup", "--cg", `-b${id}`)).exitCode).toBe(0);
  });

  claim("ReCodEx worker (ReCodEx/worker): streams that can only be written, directories above, no memory limit", async () => {
    expect((await isolate(which(), "--cg", "--box-id=44", "--init")).stdout).toBe(`${at(44).home}\n`);
    const meta = scratch("meta.log");
    const evaluation = scratch("recodex");
    mkdirSync(evaluation);
    chmodSync(evaluation, 0o777);
    const args = ["--cg", "--cg-timing", "--box-id=44", "--cg-mem=0", "--time=5.100000", "--wall-time=6.100000", "--extra-time=1.100000", "--stack=0", "--stdout=/evaluation/out", "--stderr-to-stdout", "--chdir=../evaluation",
      "--processes", "--env=A=b", `--dir=evaluation=${evaluation}:rw`, "--dir=etc/alternatives=/etc/alternatives:maybe", `--meta=${meta}`, "--run", "--", "/bin/sh", "-c", "echo $A; pwd; echo err >&2"];
    const child = Bun.spawn(["/bin/sh", "-c", 'exec "$@" 0>/dev/null 1>&0 2>&0', "sh", ...which().command, ...args], { env: { PATH: "/usr/bin:/bin", ...which().env } });
    expect(await child.exited).toBe(0);
    expect(readFileSync(join(evaluation, "out"), "utf8")).toBe("b\n/evaluation\nerr\n");
    expect(Object.keys(strictMeta(meta))).toEqual(["time", "time-wall", "max-rss", "csw-voluntary", "csw-forced", "cg-mem", "exitcode"]);
    // As root it removes the working directory itself.
    rmSync(at(44).work, { recursive: true });
    expect((await isolate(which(), "--cg", "--box-id=44", "--cleanup")).exitCode).toBe(0);
    expect(existsSync(at(44).home)).toBe(false);
  });

  claim("programme-lv/tester: paths from all of the output, a second colon is a fault, a pipeline of the shell", async () => {
    await isolate(which(), "--cg", "--cleanup", "--box-id", "45");
    const made = await isolate(which(), "--cg", "--box-id", "45", "--init");
    expect((made.stdout + made.stderr).trim()).toBe(at(45).home);
    const meta = scratch("programme.meta");
    const run = await isolate(which(), "-s", "--cg", "--box-id=45", "--cg-mem=100000", "--time=1.000000", "--extra-time=0.500000", "--wall-time=5.000000", "--processes=256", "--open-files=256", `--meta=${meta}`, "--env=HOME=/box", "--env=PATH=/usr/bin:/bin",
      "--dir=/etc/alternatives", "--run", "--", "/usr/bin/bash", "-c", "seq 3 | tail -n 1");
    expect(run).toEqual({ exitCode: 0, stdout: "3\n", stderr: "" });
    expect(strictMeta(meta)["exitcode"]).toBe("0");
  });

  claim("Kilonova (KiloProjects/Kilonova): beginnings of messages, and a program that is not there", async () => {
    expect((await isolate(which(), "--version")).stdout).toMatch(/^The process isolator \d/);
    expect((await isolate(which(), "--cg", "--box-id=46", "--init")).stdout).toBe(`${at(46).home}\n`);
    const again = await isolate(which(), "--cg", "--box-id=46", "--init");
    if (dialect === 1) expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/^Box already exists/) as string });
    else expect(again).toMatchObject({ exitCode: 0, stderr: "" });
    const meta = scratch("kn.meta");
    const run = await isolate(which(), "--box-id=46", "--cg", "--processes", "--dir=/etc", "--full-env", "--env=X=1", "--time=1", "--wall-time=2", "--cg-mem=65536", "--stdin=/dev/null", "--stderr-to-stdout", `--meta=${meta}`, "--silent", "--run", "--", "/box/nothing");
    expect(run).toMatchObject({ exitCode: 1, stdout: 'execve("/box/nothing"): No such file or directory\n', stderr: "" });
    expect(strictMeta(meta)).toMatchObject({ exitcode: "127", status: "RE" });
  });

  claim("kjudge (natsukagami/kjudge) and isowrap (xmc-dev/isowrap): figures also when the program was killed", async () => {
    await isolate(which(), "--init", "--cg", "--box-id=47");
    const meta = scratch("kjudge.txt");
    await isolate(which(), "--box-id=47", "--cg", "--run", "-M", meta, "-t", "0.1", "-w", "1.0", "-x", "0.0", "-f", "262144", "-p", "-s", "--env=ONLINE_JUDGE=true", "--env=KJUDGE=true", "--cg-mem=65536", "--", "/bin/sh", "-c", "while :; do :; done");
    expect(strictMeta(meta)).toMatchObject({ status: "TO", message: "Time limit exceeded", killed: "1", time: expect.any(String), "cg-mem": expect.any(String) });
    expect((await isolate(which(), "--silent", "-M", meta, "--box-id=47", "--time=1", "--wall-time=2", "--stack=8192", "--cg-mem=65536", "-p", "--env=A=1", "--cg", "--run", "--", "/bin/sh", "-c", "kill -11 $$")).exitCode).toBe(1);
    expect(strictMeta(meta)).toMatchObject({ status: "SG", exitsig: "11" });
  });

  claim("python-isolate (chowder/python-isolate): no control groups, a script in the box", async () => {
    expect((await isolate(which(), "--init", "--box-id", "48")).exitCode).toBe(0);
    writeFileSync(join(at(48).work, "echo.sh"), "echo hello\n");
    expect(await isolate(which(), "--run", "--box-id", "48", "--", "/bin/bash", "echo.sh")).toMatchObject({ exitCode: 0, stdout: "hello\n" });
    expect((await isolate(which(), "--cleanup", "--box-id", "48")).exitCode).toBe(0);
  });

  claim("NuOJ (ntut-xuan/NuOJ-Sandbox) and go-isolate (NemCaBong/go-isolate): a meta file in the box, glued and spelt options", async () => {
    await isolate(which(), "--box-id=49", "--cg", "--init");
    const meta = join(at(49).work, "x.mt");
    writeFileSync(join(at(49).work, "in"), "5\n");
    expect(await isolate(which(), "--box-id=49", "--time=1", `--meta=${meta}`, "--full-env", "--processes", "--cg", "--open-files=2048", "--stdin=in", "--run", "--", "/bin/cat")).toMatchObject({ exitCode: 0, stdout: "5\n" });
    expect(strictMeta(meta)["exitcode"]).toBe("0");
    expect(await isolate(which(), "-b 49", "-t1.5", `-M${meta}`, "-p32", "-w3", "--cg", "--stdout=out", "--run", "--", "/bin/echo", "glued")).toMatchObject(ran);
    expect(readFileSync(join(at(49).work, "out"), "utf8")).toBe("glued\n");
  });

  claim("hurado (noi-ph/hurado): a directory of its own, two boxes that talk to each other", async () => {
    const submission = scratch("hurado");
    mkdirSync(submission);
    for (const id of ["50", "51"]) expect((await isolate(which(), "--init", "--box-id", id)).exitCode).toBe(0);
    const command = (id: string, ...words: readonly string[]) => [...which().command, `--box-id=${id}`, `--dir=/submission=${submission}`, "--chdir=/submission", `--meta=${scratch(`isolate.${id}.meta`)}`, "--time=3.00", "--mem=100000", "-s", "--run", "--", ...words];
    const one = Bun.spawn(command("50", "/bin/sh", "-c", "echo question; read answer; echo $answer >&2"), { stdin: "pipe", stdout: "pipe", stderr: "pipe", env: { ...which().env } });
    const other = Bun.spawn(command("51", "/bin/sh", "-c", "read question; echo answer to $question"), { stdin: one.stdout, stdout: "pipe", env: { ...which().env } });
    one.stdin.write(await new Response(other.stdout).text());
    await one.stdin.end();
    expect(await new Response(one.stderr).text()).toBe("answer to question\n");
    expect([await one.exited, await other.exited]).toEqual([0, 0]);
    expect(strictMeta(scratch("isolate.50.meta"))).toMatchObject({ exitcode: "0", "max-rss": expect.any(String) });
  });

  claim("Activepieces: nothing but its own directories, slashes at their ends, files beside the working directory", async () => {
    await isolate(which(), "--box-id=52", "--cleanup");
    const { home } = (await isolate(which(), "--box-id=52", "--init"), at(52));
    mkdirSync(join(home, "root/codes"), { recursive: true });
    mkdirSync(join(home, "codes/flow"), { recursive: true });
    mkdirSync(scratch("etc"));
    writeFileSync(join(scratch("etc"), "hosts"), "127.0.0.1 localhost\n");
    const run = await isolate(which(), "--no-default-dirs", "--dir=/bin/", "--dir=/lib/", "--dir=/lib64/:maybe", "--dir=/usr/bin/", "--dir=/usr/lib/", `--dir=/etc/=${scratch("etc")}`, "--dir=/proc=proc:fs", "--dir=/dev=/dev:dev", `--dir=/box=${home}/box:rw`, `--dir=/root=${home}/codes`,
      "--share-net", "--box-id=52", "--processes", "--open-files=1024", "--chdir=/root", "--env=A=1", "--run", "--", "/bin/sh", "-c", "pwd; cat /etc/hosts; ls");
    expect(run).toMatchObject({ exitCode: 0, stdout: "/root\n127.0.0.1 localhost\nflow\n" });
  });
});

describe("clients of version 1", () => {
  claim("Camisole (prologin/camisole): looks for a box that is free by the failure of init, and knows all keys", async () => {
    const used = new Set(existsSync(first.boxRoot) ? readdirSync(first.boxRoot).map((name) => Number.parseInt(name, 10)) : []);
    const free = Array.from({ length: 100 }, (_, index) => 60 + index).find((id) => !used.has(id))!;
    expect((await isolate(first, "--box-id", `${free}`, "--cg", "--init")).exitCode).toBe(0);
    expect(await isolate(first, "--box-id", `${free}`, "--cg", "--init")).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("already exists") as string });
    const meta = join(first.scratch, "camisole");
    await isolate(first, "--box-id", `${free}`, "--cg", "--extra-time=1", "--fsize=4000", "--cg-mem=50000", "-p", "--quota=1000,100", "--stack=8000", "--time=1", "--wall-time=3", "--env", "PATH=/usr/bin:/bin", "--env", "LANG=C", `--meta=${meta}`,
      "--stdout=._stdout", "--stderr=._stderr", "--run", "--", "/bin/sh", "-c", "echo out; echo err >&2");
    expect(strictMeta(meta)["exitcode"]).toBe("0");
    expect(readFileSync(join(placeOf(first, free).work, "._stderr"), "utf8")).toBe("err\n");
  });

  claim("isolate-wrapper (TSOJO): the last line of standard error is the one of isolate", async () => {
    await isolate(first, "--box-id", "53", "--init");
    const run = await isolate(first, "--box-id", "53", "-M", join(first.scratch, "tsojo"), "-t", "1", "-w", "2", "-m", "100000", "--run", "--", "/bin/sh", "-c", "printf 'no end of line' >&2; exit 2");
    expect(run.stderr).toBe("no end of lineExited with error status 2\n");
  });
});

describe("clients of version 2", () => {
  claim("Leetcode (Amit-K-007/Leetcode): one box for ever, and no run that is blamed for an earlier one", async () => {
    await isolate(second, "--box-id=54", "--cg", "--init");
    const meta = join(placeOf(second, 54).work, "m");
    const run = async (...words: readonly string[]) => {
      await isolate(second, "--box-id=54", "--processes=10", "--cg", "--cg-mem=20000", "--time=2", "--wall-time=5", "--fsize=1024", `--meta=${meta}`, "--stderr=err", "-E", "PATH=/usr/bin:/bin", "--run", "--", "/bin/sh", "-c", ...words);
      return strictMeta(meta);
    };
    expect(await run("head -c 100000000 /dev/zero | tail")).toMatchObject({ "cg-oom-killed": "1" });
    expect(Object.keys(await run("exit 0"))).not.toContain("cg-oom-killed");
    expect((await isolate(second, "--box-id=54", "--cg", "--init")).exitCode).toBe(0);
    expect(readdirSync(placeOf(second, 54).work)).toEqual([]);
  });
});
