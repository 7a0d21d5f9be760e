// One case for each vulnerability of other judges, of isolate and of container runtimes that could be ours as well, named after it.
import { describe, expect } from "bun:test";
import { createHash } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binaryPath } from "../helpers/binary.ts";
import { processesOf } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { patience } from "../helpers/slowness.ts";
import { attack, type Scene } from "./attack.ts";
import { answers, call, dirtyHighWord, expectAnswered, expectForbidden } from "./calls.ts";

const supervisor = "the supervisor's own work, not a step of the launch";
const filter = "install the seccomp filter";
const identity = `become uid,become gid,drop all capabilities,drop capability,set no_new_privs,${filter}`;

/** A case that makes its own runs. */
function regression(name: string, play: (scene: Scene) => unknown, init = "--processes 8"): void {
  attack({ claim: name, init, without: null, because: supervisor, play });
}

/** A language whose compiler is a line for the shell, and whose program prints the artefact. */
function evilPack(state: Scene["state"], compiler: string, artefact = "prog"): string {
  const lines = ["version: 1", "id: evil", "name: Evil", "extensions: [.evil]", "compile:", `  command: [/bin/bash, -c, ${JSON.stringify(compiler)}]`, `  artefacts: [${artefact}]`, "run:", `  command: [/bin/cat, ${artefact}]`, ""];
  return state.file("evil.yaml", lines.join("\n"));
}

async function refused(state: Scene["state"], args: readonly string[]): Promise<void> {
  const outcome = await state.mini(args);
  expect([args, outcome.exitCode, outcome.stdout]).toEqual([args, 64, ""]);
}

describe("judges and code runners", () => {
  regression("Judge0 CVE-2024-28185: a link that a program leaves is not written through when the next file comes to its name", async ({ state, box, canaries, run }) => {
    for (const name of ["run.sh", "main.sh"]) await run(["/bin/ln", "-s", canaries.writable, name]);
    const { result } = await state.json(["execute", "--box-id", box.id, "--source", state.file("run.sh", "echo fine\n")]);
    expect([result.status, result.stdout]).toEqual(["Success", "fine\n"]);
    canaries.expectUntouched();
  });
  regression("Judge0 CVE-2024-28189: no change of owner or mode follows a link", async ({ state, box, canaries, run }) => {
    await run(["/bin/sh", "-c", `ln -s ${canaries.secret} main.sh; ln -s ${canaries.directory} d; chmod 0 /box`]);
    symlinkSync(canaries.secret, join(box.directory, "main.sh"));
    await state.mini(["execute", "--box-id", box.id, "--source", state.file("main.sh", "true\n")]);
    canaries.expectUntouched();
  });
  attack({
    claim: "Judge0 CVE-2024-29021: no service of the host is reachable, and a limit is never part of a command line", programs: ["reach"],
    command: ({ canaries: { ports } }) => `./reach tcp ${ports.ipv4} ${ports.ipv6}`, without: null, because: "the step makes the mount namespace too", openedBy: "--share-net",
    expect: async ({ result }, { state, canaries }) => {
      expect(result.stdout).toContain("done");
      await refused(state, ["run", "--max-cpu", `1; touch ${canaries.open}/x`, "--", "/bin/true"]);
    },
  });
  regression("Judge0 1.13.0: a limit of 0 is an error and never no limit", async ({ state }) => {
    for (const flag of ["--max-cpu", "--max-memory", "--max-time"]) for (const value of ["0", "-1", "", "NaN", "0.0", "1e9"]) await refused(state, ["run", flag, value, "--", "/bin/true"]);
    for (const flag of ["--time", "--mem", "--wall-time", "--processes", "--fsize"]) await refused(state, ["init", "--box-id", "x", flag, "0"]);
  });
  attack({
    claim: "Judge0 #564: the caller's environment is not visible", shell: "env | grep -i canary && echo BREACH; cat /proc/[0-9]*/environ 2>/dev/null | grep -ac 'CANAR[Y]' | grep -v '^0' && echo BREACH; echo done",
    options: { env: { CANARY: "canary" } }, without: null, because: supervisor, openedBy: "--full-env",
  });
  regression("go-judge #176: a linked directory on the way to an artefact leads nowhere", async ({ state, box }) => {
    const place = join(state.scratch, "place");
    mkdirSync(place);
    writeFileSync(join(place, "prog"), "canary of the host\n");
    const pack = evilPack(state, `ln -s ${place} out`, "out/prog");
    const outcome = await state.mini(["execute", "--json", "--box-id", box.id, "--pack", pack, "--source", state.file("a.evil", "")]);
    expect([outcome.exitCode === 0, outcome.stdout.includes("canary of the host"), readdirSync(place)]).toEqual([false, false, ["prog"]]);
  });
  regression("go-judge v1.1.4: boxes that start at the same time inherit nothing of each other", async ({ state }) => {
    const ids = ["a", "b", "c", "d"];
    await Promise.all(ids.map((id) => boxWith(state, ["attacks/forge"], { id })));
    const runs = await Promise.all([...ids, ...ids].map((id) => state.json(["run", "--wait", "--box-id", id, "--", "./forge", "descriptors"])));
    expect(runs.map(({ result }) => result.stdout)).toEqual(runs.map(() => "done\n"));
    for (const id of ids) await state.mini(["cleanup", "--box-id", id]);
  });
  regression("go-judge 2026-04: paths are compared by their parts, and no id leads upwards", async ({ state, canaries }) => {
    for (const id of ["..", "../x", "a/../b", "a/b", ".", "", "a\nb"]) await refused(state, ["init", "--box-id", id]);
    await refused(state, ["init", "--box-id", "y", "--dir", join(state.directory, "inner")]);
    const beside = await state.mini(["init", "--box-id", "z", "--dir", `${state.directory}-beside`]);
    expect([beside.exitCode, beside.stderr]).toEqual([0, ""]);
    expect((await state.mini(["cleanup", "--box-id", "z"])).exitCode).toBe(0);
    expect(existsSync(`${state.directory}-beside`)).toBeFalse();
    canaries.expectUntouched();
  });
  attack({
    claim: "DOMjudge 8.3.0: the program has no descriptor of the report", programs: ["forge"], command: "./forge descriptors", flags: ({ state }) => `--meta ${join(state.scratch, "meta")} --output ${join(state.scratch, "out")}`,
    without: null, because: supervisor, expect: ({ result }, { state }) => {
      expect(result.stdout).toBe("done\n");
      expect(readFileSync(join(state.scratch, "meta"), "utf8")).toMatch(/^exitcode:0$/m);
    },
  });
  attack({
    claim: "DOMjudge: no group of root's is kept", shell: "for g in $(id -G); do [ $g -ge 1000 ] || echo BREACH $g; done; echo done", without: "drop supplementary groups,become gid", options: { through: ["/usr/bin/setpriv", "--groups", "4,27"] },
  });
  regression("DOMjudge: the compiler reads no file of the host", async ({ state, box, canaries }) => {
    const outcome = await state.mini(["execute", "--json", "--box-id", box.id, "--source", state.file("a.c", `#include "${canaries.writable}"\nint main(void) { return 0; }\n`)]);
    expect(JSON.parse(outcome.stdout).status).toBe("CompileError");
    expect(outcome.stdout.replaceAll("canary-", "")).not.toContain("canary of");
  });
  regression("DOMjudge: no time or memory of an earlier run is in the next result", async ({ run }) => {
    await run(["/usr/bin/python3", "-c", "x = bytearray(30 << 20)\nfor i in range(3000000): pass"]);
    const { result } = await run(["/bin/true"]);
    expect([result.cpu_time < patience(0.05), result.memory_peak! < 8 * 1024 * 1024]).toEqual([true, true]);
  });
  regression("DMOJ #318: what a compiler starts is bounded, sees no host and is gone with it", async ({ state, box, canaries }) => {
    const pack = evilPack(state, `(setsid sleep 99 &); id -u >prog; cat ${canaries.writable} >>prog 2>/dev/null; echo x 2>/dev/null >${canaries.writable}; exit 0`);
    const { result } = await state.json(["execute", "--box-id", box.id, "--pack", pack, "--source", state.file("a.evil", "")]);
    expect([result.status, result.stdout]).toEqual(["Success", `${result.enforced.user}\n`]);
    expect(processesOf(state.uids)).toEqual([]);
  });
  if (process.arch === "x64") {
    attack({ claim: "DMOJ cptbox: a call by the 32-bit table is not judged by the 64-bit one", programs: ["foreign-calls"], command: "./foreign-calls i386", without: filter, status: "SecurityViolation" });
  }
  regression("Piston #624: a caller that goes away does not leave the program running", async ({ state, box }) => {
    await state.mini([], { through: ["/bin/bash", "-c", `"$0" run --json --box-id ${box.id} --max-time 1 -- /bin/sh -c 'yes | head -c 5000000; sleep 99' | head -c 1 >/dev/null; exit 0`] });
    expect(processesOf(state.uids)).toEqual([]);
    expect((await state.json(["run", "--box-id", box.id, "--", "/bin/true"])).result.status).toBe("Success");
  });
  regression("Piston: nothing is left in /dev/shm, /run/lock, /var/tmp", async ({ run }) => {
    await run(["/bin/bash", "-c", "for d in /tmp /dev/shm /run/lock /var/tmp /var/lock; do echo x >$d/mini-isolate-left; done 2>/dev/null"]);
    for (const place of ["/tmp", "/dev/shm", "/run/lock", "/var/tmp"]) expect(existsSync(join(place, "mini-isolate-left"))).toBeFalse();
  });
  regression("Compiler Explorer #6026: an output that is a link is not read", async ({ state, box, canaries }) => {
    const pack = evilPack(state, `ln -s ${canaries.secret} prog`);
    const outcome = await state.mini(["execute", "--json", "--box-id", box.id, "--pack", pack, "--source", state.file("a.evil", "")]);
    expect([outcome.exitCode === 0, outcome.stdout.includes("canary of the host")]).toEqual([false, false]);
  });
  regression("Nomad CVE-2026-8052: a stream file that became a link or a FIFO writes nothing on the host", async ({ box, canaries, run }) => {
    symlinkSync(canaries.writable, join(box.directory, "log"));
    expect((await run(["/bin/echo", "x"], ["--stdout-file", "log"])).result.status).toBe("InternalError");
    canaries.expectUntouched();
  });
  regression("wazero #2321: a name that changes between file and link all the time is never followed", async ({ state, box, canaries, run }) => {
    await run(["/bin/bash", "-c", `while :; do ln -sf ${canaries.writable} main.sh; rm -f main.sh; : >main.sh; rm -f main.sh; done`], ["--max-time", "0.5"]);
    await state.mini(["execute", "--box-id", box.id, "--source", state.file("main.sh", "true\n")]);
    canaries.expectUntouched();
  });
  regression("CMS 2020: the removal of a tree with links at every level removes nothing behind them", async ({ state, box, canaries, run }) => {
    const tree = "import os\nfor i in range(60):\n  os.mkdir('d'); os.symlink(TARGET,'l'); os.symlink('..','up'); os.chdir('d')".replace("TARGET", JSON.stringify(canaries.directory));
    expect((await run(["/usr/bin/python3", "-c", tree])).result.status).toBe("Success");
    symlinkSync(canaries.directory, join(box.directory, "l2"));
    expect((await state.mini(["cleanup", "--box-id", box.id])).exitCode).toBe(0);
    canaries.expectUntouched();
  });
  for (const flag of ["--uid", "--gid"]) {
    regression(`rustbox: with only ${flag} given, user and group are both dropped`, async ({ state }) => {
      await state.mini(["init", "--box-id", "half", "--processes", "8", flag, "64991"]);
      const { result } = await state.json(["run", "--box-id", "half", "--", "/bin/sh", "-c", "echo $(id -ru) $(id -rg) $(id -u) $(id -g)"]);
      const [uid, gid, effectiveUid, effectiveGid] = result.stdout.trim().split(" ").map(Number);
      expect([uid, gid]).toEqual([effectiveUid, effectiveGid]);
      expect([uid! > 0, gid! > 0, (flag === "--uid" ? uid : gid)]).toEqual([true, true, 64_991]);
      await state.mini(["cleanup", "--box-id", "half"]);
    });
  }
});

describe("isolate", () => {
  regression("isolate 1.5: a mount rule that climbs makes no directory", async ({ state, canaries }) => {
    for (const rule of [`../../..${canaries.open}/x=/usr`, "box/../../x=/usr", "..=/usr", `a/../..${canaries.open}=/usr:rw`]) await refused(state, ["run", "--mount", rule, "--", "/bin/true"]);
    expect(readdirSync(canaries.open).toSorted()).toEqual(["socket", "writable"]);
  });
  attack({
    claim: "isolate 1.5: the program is not pid 1 and sees no command line of a helper", shell: "[ $$ -ne 1 ] || echo BREACH; cat /proc/1/cmdline 2>/dev/null && echo BREACH; cat /proc/1/status 2>/dev/null && echo BREACH; echo done", without: identity,
  });
  regression("isolate 1.9: the caller's own directory, exchanged for a link, is not given away", async ({ state, canaries }) => {
    const own = join(state.scratch, "own");
    symlinkSync(canaries.directory, own);
    await refused(state, ["init", "--box-id", "n", "--dir", own]);
    await refused(state, ["init", "--box-id", "n", "--dir", `${own}/`]);
    canaries.expectUntouched();
  });
  attack({
    claim: "isolate 1.10: links, sockets and FIFOs are not left for the user to open", python: "import os,socket\nos.symlink('/etc/shadow','a')\nos.mkdir('d'); os.symlink('..','d/b')\nsocket.socket(socket.AF_UNIX).bind('d/s')\nprint('done')", without: null, because: supervisor,
    expect: (_, { box }) => expect(readdirSync(box.directory, { recursive: true })).toEqual(["d"]),
  });
  regression("isolate 2.0: two runs in one box at the same time are refused", async ({ state, box }) => {
    const running = state.start(["run", "--passthrough", "--box-id", box.id, "--", "/bin/sh", "-c", "echo up; sleep 9"]);
    await running.prints("up");
    const second = await state.mini(["run", "--box-id", box.id, "--", "/bin/true"]);
    expect([second.exitCode, second.stderr]).toEqual([75, expect.stringContaining("in use")]);
    running.kill("SIGTERM");
    await running.ended;
  });
  attack({
    claim: "isolate 2.4: no keyring, no virtual machine socket, no lock on a shared file", programs: ["syscalls"], init: "--processes 4", without: filter,
    command: ["./syscalls", call("add_key"), call("keyctl"), call("socket", 40, 1, 0), call("flock", 1, 2), call("fcntl", 1, 6, 0)],
    status: "SecurityViolation",
    expect: async (_, scene) => {
      await expectForbidden(["add_key", "keyctl"], scene);
      const { result } = await scene.run(["./syscalls", call("socket", 40, 1, 0), call("flock", 1, 2), call("fcntl", 1, 6, 0)]);
      expect(answers(result.stdout)).toEqual(["EAFNOSUPPORT", "ENOSYS", "ENOSYS"]);
    },
    breached: (seen) => expectAnswered(seen, 5),
  });
  regression("isolate 2.5: only harmless types of file systems can be mounted", async ({ state }) => {
    for (const type of ["ext4", "debugfs", "cgroup", "securityfs", "overlay", "tracefs", "fuse"]) await refused(state, ["run", "--mount", `x=${type}:fs`, "--", "/bin/true"]);
  });
  regression("isolate 2.6: /dev/shm is each run's own", async ({ run }) => {
    await run(["/bin/sh", "-c", "echo canary >/dev/shm/left"]);
    expect((await run(["/bin/sh", "-c", "ls /dev/shm"])).result.stdout).toBe("");
    expect(existsSync("/dev/shm/left")).toBeFalse();
  });
  attack({
    claim: "isolate 2.6: io_uring makes no sockets past the filter", programs: ["syscalls"], init: "--processes 4", command: ["./syscalls", call("io_uring_setup", 8, 0), call("io_uring_enter", 0)], without: filter,
    expect: ({ result }) => expect(answers(result.stdout)).toEqual(["ENOSYS", "ENOSYS"]), breached: ({ result }) => expect(answers(result.stdout)).not.toEqual(["ENOSYS", "ENOSYS"]),
  });
  regression("isolate 2026-08: a limit of one run is not there in the next", async ({ run }) => {
    const big = ["/usr/bin/python3", "-c", "x = bytearray(64 << 20)"];
    expect((await run(big, ["--max-memory", "32"])).result.status).toBe("MemoryLimit");
    expect((await run(big)).result.status).toBe("Success");
    expect((await run(big, ["--max-memory", "unlimited"])).result.status).toBe("Success");
  });
});

describe("container runtimes and other sandboxes", () => {
  regression("runc CVE-2019-5736: our binary cannot be reached or overwritten through /proc/self/exe", async ({ box, run }) => {
    const hash = () => createHash("sha256").update(readFileSync(binaryPath)).digest("hex");
    const before = hash();
    // The interpreter of a script is opened in the launcher's last moment: its own image.
    writeFileSync(join(box.directory, "script"), "#!/proc/self/exe\n", { mode: 0o755 });
    const { result } = await run(["./script"], ["--max-time", "3"]);
    expect(result.success).toBeFalse();
    const write = await run(["/bin/bash", "-c", "for p in /proc/self/exe /proc/1/exe /proc/2/exe; do echo x 2>/dev/null >$p && echo BREACH; done; readlink /proc/1/exe; echo done"]);
    expect(write.result.stdout).toBe("done\n");
    expect(hash()).toBe(before);
  });
  regression("runc CVE-2024-21626: no working directory on a leaked descriptor", async ({ run }) => {
    for (let fd = 3; fd < 24; fd++) {
      const { result } = await run(["/bin/pwd", "-P"], ["--chdir", `/proc/self/fd/${fd}`]);
      expect([fd, result.status, result.stdout ?? ""]).toEqual([fd, "InternalError", ""]);
    }
  });
  regression("runc CVE-2025-31133: a root of the caller's in which mount points are links moves nothing", async ({ state, canaries }) => {
    const tree = join(state.scratch, "tree");
    mkdirSync(tree);
    for (const name of ["proc", "dev", "tmp", "box", "usr"]) symlinkSync(canaries.open, join(tree, name));
    const made = await state.mini(["init", "--box-id", "linked", "--chroot", tree]);
    if (made.exitCode === 0) {
      await state.mini(["run", "--json", "--box-id", "linked", "--", "/usr/bin/touch", "/box/x", "/tmp/x", "/dev/x"]);
      await state.mini(["cleanup", "--box-id", "linked"]);
    }
    canaries.expectUntouched();
  });
  regression("runc CVE-2021-30465: a mount rule through a link in the box makes and covers nothing on the host", async ({ box, canaries, run }) => {
    symlinkSync(canaries.open, join(box.directory, "way"));
    for (const inside of ["box/way", "box/way/new", "box/way/writable"]) {
      const { result } = await run(["/bin/sh", "-c", "ls -A /box/way 2>/dev/null; echo x 2>/dev/null >/box/way/y; true"], ["--mount", `${inside}=/usr/lib`]).catch(() => ({ result: { stdout: "" } }));
      expect(result.stdout ?? "").not.toContain("writable");
    }
    canaries.expectUntouched();
  });
  attack({
    claim: "runc CVE-2022-29162: no capability in any set, the inheritable one among them", shell: "grep -E '^Cap' /proc/self/status | grep -v 0000000000000000 | sed 's/^/BREACH /'; echo done", without: "drop all capabilities,drop capability,become uid",
  });
  attack({
    claim: "runc CVE-2023-25809: no control group file can be seen or written", shell: "ls -d /sys/fs/cgroup /sys 2>/dev/null && echo BREACH; grep -E ' - cgroup2? ' /proc/self/mountinfo && echo BREACH; grep -v -E ':/$' /proc/self/cgroup | sed 's/^/BREACH /'; echo done",
    without: "unshare the cgroup namespace",
  });
  regression("crun CVE-2026-30892: a user id is a whole number, and 1 is not 0", async ({ state }) => {
    for (const uid of ["+1", "0x1", "1 ", " 1", "1e0", "-1", "4294967296", "4294967295", "root", "0"]) await refused(state, ["init", "--box-id", "u", "--uid", uid]);
    expect((await state.mini(["init", "--box-id", "u", "--uid", "64993"])).exitCode).toBe(0);
    expect((await state.json(["run", "--box-id", "u", "--", "/usr/bin/id", "-u"])).result.stdout).toBe("64993\n");
    await state.mini(["cleanup", "--box-id", "u"]);
  });
  attack({
    claim: "bubblewrap CVE-2017-5226, Flatpak CVE-2019-10063 and CVE-2023-28100: no character is typed into a terminal, whatever the high word", programs: ["syscalls"], init: "--processes 4", without: filter,
    command: ["./syscalls", call("ioctl", 0, 0x5412, 0), call("ioctl", 0, dirtyHighWord | 0x5412n, 0), call("ioctl", 0, 0x541c, 0), call("ioctl", 0, dirtyHighWord | 0x541cn, 0)],
    expect: ({ result }) => expect(answers(result.stdout)).toEqual(["EPERM", "EPERM", "EPERM", "EPERM"]), breached: ({ result }) => expect(answers(result.stdout)).not.toContain("EPERM"),
  });
  attack({
    claim: "bubblewrap CVE-2020-5291: rights that were dropped cannot be taken again", without: identity,
    python: "import os\nfor name, call in (('uid', lambda: os.setresuid(0,0,0)), ('gid', lambda: os.setresgid(0,0,0)), ('groups', lambda: os.setgroups([0]))):\n  try:\n    call(); print('BREACH', name)\n  except OSError: pass\nprint('done')",
  });
  regression("bubblewrap CVE-2019-12439: a state directory that somebody else made first is refused", async ({ state }) => {
    const theirs = join(state.scratch, "theirs");
    mkdirSync(theirs);
    chownSync(theirs, 65_533, 65_533);
    await refused(state, ["init", "--box-id", "q", "--state-dir", theirs]);
    const link = join(state.scratch, "link");
    symlinkSync(theirs, link);
    await refused(state, ["init", "--box-id", "q", "--state-dir", link]);
    expect(readdirSync(theirs)).toEqual([]);
  });
  attack({
    claim: "Flatpak CVE-2021-41133: the newer calls for processes and mounts are closed too", programs: ["syscalls"], init: "--processes 4", without: filter,
    command: ["./syscalls", call("clone3", 0, 88), call("mount_setattr"), call("open_tree"), call("fsopen"), "471:0", "480:0", "511:0"],
    status: "SecurityViolation",
    expect: async (_, scene) => {
      await expectForbidden(["mount_setattr", "open_tree", "fsopen"], scene);
      const { result } = await scene.run(["./syscalls", call("clone3", 0, 88), "471:0", "480:0", "511:0"]);
      expect(answers(result.stdout)).toEqual(["ENOSYS", expect.stringMatching(/ENOSYS|EINVAL|EFAULT/), "ENOSYS", "ENOSYS"]);
    },
    breached: (seen) => expectAnswered(seen, 7),
  });
  regression("nsjail 2026: a repeated limit is refused instead of one of them being lost", async ({ state }) => {
    for (const flag of ["--max-cpu", "--max-memory", "--max-time"]) await refused(state, ["run", flag, "1", flag, "9", "--", "/bin/true"]);
  });
  regression("Firecracker jailer 2026: a second name in the place of the next file is not written through", async ({ state, box, run }) => {
    await run(["/bin/sh", "-c", "echo first >precious; ln precious main.sh"]);
    await state.mini(["execute", "--box-id", box.id, "--source", state.file("main.sh", "true\n")]);
    expect(readFileSync(join(box.directory, "precious"), "utf8")).toBe("first\n");
  });
  attack({
    claim: "Docker 2026 (CVE-2026-31431): no AF_ALG socket, no splice", programs: ["syscalls"], init: "--processes 4", command: ["./syscalls", call("socket", 38, 5, 0), call("splice", 0), call("vmsplice", 0)], without: filter,
    expect: ({ result }) => expect(answers(result.stdout)).toEqual(["EAFNOSUPPORT", "ENOSYS", "ENOSYS"]), breached: ({ result }) => expect(answers(result.stdout)).not.toContain("ENOSYS"),
  });
  attack({
    claim: "kernel CVE-2022-0185 and CVE-2024-1086: no user namespace, so no rights towards mounts or packet filters", programs: ["syscalls"], init: "--processes 4",
    command: ["./syscalls", call("clone", 0x1000_0000 | 17), call("unshare", 0x1000_0000), call("fsopen")], without: filter,
    status: "SecurityViolation",
    expect: async ({ result }, scene) => {
      expect(answers(result.stdout)).toEqual(["EPERM"]);
      await expectForbidden(["unshare", "fsopen"], scene);
    },
    breached: (seen) => expectAnswered(seen, 3),
  });
  attack({
    claim: "kernel CVE-2022-0492: no control group hierarchy can be mounted for its release agent", programs: ["syscalls"], init: "--processes 4", command: ["./syscalls", call("unshare", 0x0200_0000), call("mount")], without: filter,
    status: "SecurityViolation", expect: (_, scene) => expectForbidden(["unshare", "mount"], scene), breached: (seen) => expectAnswered(seen, 2),
  });
  attack({
    claim: "kernel CVE-2022-0847 (Dirty Pipe): files of the host that can be read cannot be spliced into a pipe", init: "--processes 4", without: filter,
    python: "import os\nr, w = os.pipe()\nfd = os.open('/usr/bin/true', os.O_RDONLY)\ntry:\n  os.splice(fd, w, 1); print('BREACH')\nexcept OSError: pass\nprint('done')",
  });
});
