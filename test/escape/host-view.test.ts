// What a program gets from the host by its streams, its root and /proc, and what it could learn or do with it.
import { describe, expect } from "bun:test";
import { chmodSync, chownSync, existsSync, lchownSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { shownOfProc } from "../../src/executor/plan/proc.ts";
import { O } from "../../src/kernel/constants.ts";
import type { Step } from "../../src/model/plan.ts";
import { plainRun } from "../../src/model/request.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { attack, type Scene, type Seen } from "./attack.ts";
import { canaryText } from "./canaries.ts";
import { perform, withPlanBox } from "./plan-box.ts";

const claim = claimWith(...sandbox);

/** In the twin everything must work that was tried. */
function expectAll(what: readonly string[]): (seen: Seen) => void {
  return ({ result }) => expect(result.stdout.split("\n").filter((line) => line.startsWith("BREACH ")).map((line) => line.slice(7))).toEqual(expect.arrayContaining([...what]));
}

describe("a file as standard input", () => {
  const without = "hand over a view of the input";
  for (const [what, flags, through] of [
    ["of --input", ({ state }: Scene) => ["--input", join(state.scratch, "input")], undefined],
    ["of the caller's own", () => [], (path: string) => ["/bin/sh", "-c", `exec "$@" <>${path}`, "sh"]],
  ] as const) {
    attack({
      claim: `${what} tells nothing of where it lies and cannot be opened for writing, also if everybody may write to it`, programs: ["use-input"], without,
      before: ({ state }) => chmodSync(state.file("input", canaryText), 0o666), flags,
      options: ({ state }) => (through === undefined ? {} : { through: through(join(state.scratch, "input")) }),
      command: "./use-input name write",
      expect: (_, { state }) => expect(readFileSync(join(state.scratch, "input"), "utf8")).toBe(canaryText),
      breached: (seen) => expectAll(["learn its path", "open it for writing"])(seen),
    });
  }
  attack({
    claim: "that the box's own user left in the box cannot be opened for writing either", programs: ["use-input"], without,
    before: ({ box }) => {
      const { uid, gid } = lstatSync(box.directory);
      writeFileSync(join(box.directory, "input"), "own");
      chownSync(join(box.directory, "input"), uid, gid);
    },
    flags: ({ box }) => ["--input", join(box.directory, "input")], command: "./use-input name write", breached: expectAll(["learn its path", "open it for writing"]),
  });
  attack({
    claim: "is never a directory of the host", without: null, because: "the supervisor's own check", programs: ["breakout"],
    play: async ({ state, box }) => {
      for (const flags of [[], ["--passthrough"]]) {
        const outcome = await state.mini(["run", "--box-id", box.id, ...flags, "--", "/bin/true"], { through: ["/bin/sh", "-c", 'exec "$@" </etc', "sh"] });
        expect([outcome.exitCode, outcome.stderr]).toEqual([64, expect.stringContaining("cannot use a directory as standard input")]);
      }
      for (const [fd, name] of [[1, "output"], [2, "error"]] as const) {
        const outcome = await state.mini(["run", "--box-id", box.id, "--passthrough", "--", "/bin/true"], { through: ["/bin/sh", "-c", `exec "$@" ${fd}</etc`, "sh"] });
        expect([fd, outcome.exitCode]).toEqual([fd, 64]);
        if (fd === 1) expect(outcome.stderr).toContain(`cannot use a directory as standard ${name}`);
      }
    },
  });
});

describe("what is no file as standard input is only read by the program", () => {
  const without = "hand the input on by a pipe";
  attack({
    claim: "a socket: nothing is written to it and no descriptor is passed by it", programs: ["use-input"], without, command: "./use-input write send",
    options: { through: ["/usr/bin/python3", "-c", "import socket, subprocess, sys; ours, theirs = socket.socketpair(); sys.exit(subprocess.run(sys.argv[1:], stdin=theirs).returncode)"] }, breached: expectAll(["write to it", "pass a descriptor by it"]),
  });
  attack({
    claim: "a pipe with a name: it cannot be opened for writing", programs: ["use-input"], without, command: "./use-input name write",
    before: ({ state }) => expect(Bun.spawnSync(["/usr/bin/mkfifo", "-m", "666", join(state.scratch, "fifo")]).exitCode).toBe(0),
    flags: ({ state }) => ["--input", join(state.scratch, "fifo")], breached: expectAll(["learn its path", "open it for writing"]),
  });
  attack({
    claim: "a terminal: its modes stay as they are", programs: ["use-input"], without, command: "./use-input name write modes", flags: "--input /dev/stdin",
    options: { through: ["/usr/bin/python3", "-c", "import pty, subprocess, sys; _, end = pty.openpty(); sys.exit(subprocess.run(sys.argv[1:], stdin=end).returncode)"] },
    breached: expectAll(["learn its path", "change its modes"]),
  });
});

describe("a link of /proc in the place of a stream file", () => {
  for (const [stream, target] of [["stdin", "/proc/self/exe"], ["stdin", "/proc/thread-self/exe"], ["stdin", "/proc/self/root/proc/self/exe"], ["stdout", "/proc/self/exe"], ["stderr", "/proc/self/fd/0"], ["stdin", "/proc/self/cwd/file"]] as const) {
    attack({
      claim: `to ${target} for --${stream}-file leads to nothing of the launcher`, without: null, because: "a flag of the open, which the next case leaves out",
      play: async ({ run, box }) => {
        writeFileSync(join(box.directory, "file"), "");
        plantLink(box, "link", target);
        const { result } = await run(["/usr/bin/cat"], [`--${stream}-file`, "link"]);
        expect([result.status, result.stdout ?? ""]).toEqual(["InternalError", ""]);
        expect(result.error_message).toStartWith(`cannot open ${stream} file link in the box: ELOOP`);
        expect(result.error_message).toContain("name a file of the box");
      },
    });
  }
  claim("control with a plain open: the program reads the plan of its launch", async () => {
    await withPlanBox(async (box) => {
      symlinkSync("/proc/self/exe", join(box.workdir, "link"));
      const plain = (step: Step): Step => (step.call === "openat2" ? { ...step, call: "openat", args: [step.args[0]!, step.args[1]!, O.RDONLY, 0] } : step);
      const options = { ...plainRun, stdinFile: "link" };
      const { status, observed } = await perform(box, (plan) => ({ ...plan, steps: plan.steps.map(plain) }), { command: ["/usr/bin/head", "-c", "4"], options });
      expect([status, Buffer.from(observed.stdout.bytes).toString("latin1")]).toEqual(["Success", "\x7fELF"]);
      const kept = await perform(box, (plan) => plan, { command: ["/usr/bin/head", "-c", "4"], options });
      expect([kept.status, kept.observed.stdout.bytes.length]).toEqual(["InternalError", 0]);
    });
  });
});

describe("a root of the caller's", () => {
  const tree = ({ state, canaries }: Scene) => {
    const root = join(state.scratch, "root");
    for (const name of ["", "programs"]) mkdirSync(join(root, name), { recursive: true });
    symlinkSync(canaries.directory, join(root, "absolute"));
    symlinkSync(`../../../../../../../../${canaries.directory}`, join(root, "relative"));
    symlinkSync(canaries.open, join(root, "programs/nested"));
    return root;
  };
  attack({
    claim: "has links that lead nowhere on the host, absolute ones, those that climb, and those in its directories", without: null, because: "resolved before the launch; the control is below",
    play: async (scene) => {
      const root = tree(scene);
      const copied = Bun.spawnSync(["/bin/cp", join(scene.box.directory, "breakout"), join(root, "programs/breakout")]);
      expect(copied.exitCode).toBe(0);
      const names = ["absolute/open/writable", "relative/open/writable", "programs/nested/writable"];
      const look = async (id: string, flags: readonly string[]) => {
        expect((await scene.state.mini(["init", "--box-id", id, ...flags])).exitCode).toBe(0);
        const { result } = await scene.state.json(["run", "--box-id", id, "--", "/programs/breakout", "read", ...names.map((name) => `/${name}`)]);
        return result.stdout.trim().split("\n").map((line) => line.split(" ")[0]);
      };
      expect(await look("tree", ["--chroot", root])).toEqual(["held", "held", "held", "done"]);
      // Control: with the directory of the host where the links lead, they lead there.
      expect(await look("opened", ["--chroot", root, "--mount", scene.canaries.directory])).toEqual(["BREACH", "BREACH", "BREACH", "done"]);
    },
    programs: ["breakout"],
  });
});

/** What of /proc is not there, by what it would tell. */
const hidden: Readonly<Record<string, readonly string[]>> = {
  "keys and locks of everybody": ["keys", "key-users", "locks"],
  "how the kernel was built and started, and what it has loaded": ["cmdline", "config.gz", "version", "modules", "kallsyms", "filesystems", "crypto", "execdomains", "cgroups"],
  "disks, devices, buses and drivers": ["partitions", "diskstats", "mdstat", "devices", "misc", "consoles", "bus", "driver", "scsi", "acpi", "asound", "ioports", "iomem", "dma", "mtrr", "tty", "fb", "swaps", "irq"],
  "what the machine does now": ["interrupts", "softirqs", "loadavg", "uptime", "pressure", "vmstat", "zoneinfo", "buddyinfo", "pagetypeinfo", "slabinfo", "schedstat", "timer_list", "sched_debug", "latency_stats", "lock_stat"],
  "mounts, file systems, network and message queues": ["mounts", "fs", "net", "sysvipc", "xen", "kpagecount", "kpageflags", "kpagecgroup", "vmallocinfo", "kcore", "kmsg", "bootconfig", "device-tree", "dynamic_debug", "sysrq-trigger"],
  "the boot id, the host's name and the counters of the kernel": ["sys", "sys/kernel/random/boot_id", "sys/kernel/hostname", "sys/kernel/core_pattern", "sys/kernel/osrelease", "sys/kernel/pid_max", "sys/fs/file-nr", "sys/fs/inode-nr", "sys/vm/overcommit_memory", "sys/net/core/somaxconn", "sys/dev"],
};

/** The names of the host's /proc that are no processes. */
const namesOfHost = readdirSync("/proc").filter((name) => !/^[0-9]+$/.test(name) && name !== "self" && name !== "thread-self");

describe("the binary of mini-isolate in a box, as the runtime of TypeScript", () => {
  attack({
    claim: "runs boxes within the box only with the rights of the program: nothing of the host can be read, changed or ended by them",
    init: "--processes 64", without: null, because: "the program has the rights for it by no layer of ours",
    play: async ({ state, box, canaries }) => {
      const shell = `cat ${canaries.secret} /etc/shadow && echo BREACH; touch ${canaries.open}/x && echo BREACH; touch /usr/x && echo BREACH; echo done`;
      const tries = [["run", "--state-dir", "/box/s", "--", "/bin/sh", "-c", shell], ["cleanup", "--all", "--state-dir", state.directory]];
      for (const args of tries) {
        const nested = `const nested = Bun.spawnSync([process.execPath, ...${JSON.stringify(args)}], { env: { PATH: process.env["PATH"] } });\nconsole.log(nested.stdout.toString() + nested.stderr.toString());`;
        const { result } = await state.json(["execute", "--box-id", box.id, "--source", state.file("nested.ts", nested)]);
        expect([args[0], result.stdout.includes("BREACH"), existsSync(box.directory)]).toEqual([args[0], false, true]);
      }
      canaries.expectUntouched();
    },
  });
});

describe("of the machine a program does not find in /proc", () => {
  const named = new Set(Object.values(hidden).flat());
  // What another kernel has besides.
  const others = namesOfHost.filter((name) => !named.has(name) && !shownOfProc.some((entry) => entry.name === name));
  for (const [what, names] of Object.entries({ ...hidden, ...(others.length === 0 ? {} : { "what else this kernel has": others }) })) {
    const paths = names.map((name) => `/proc/${name}`);
    const readable = paths.filter((path) => ((lstatSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o004) !== 0);
    attack({
      claim: what, programs: ["breakout"], command: ["./breakout", "open", ...paths], without: "hide the machine in /proc",
      expect: ({ result }) => expect(result.stdout.trim().split("\n")).toEqual([...paths.map((path) => `held ${path} ENOENT`), "done"]),
      breached: expectAll(readable.filter((path) => !noted.includes(path))),
    });
  }
});

/** Readable for everybody by their mode, but for root only by the kernel's own check. */
const noted: readonly string[] = ["/proc/kallsyms", "/proc/mtrr"];

/** A link of the box's user in the box. */
function plantLink({ directory }: Scene["box"], name: string, target: string): void {
  const { uid, gid } = lstatSync(directory);
  symlinkSync(target, join(directory, name));
  lchownSync(join(directory, name), uid, gid);
  chownSync(directory, uid, gid);
}
