// Whatever the caller is and hands on, the program is the same: limits, priorities, switches of the kernel, line by line.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { chmodSync, copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { leaveOutVariable, weakenedBinary } from "../escape/weakened.ts";
import { binaryPath, openState, type State } from "../helpers/binary.ts";
import { boxWith, program } from "../helpers/programs.ts";
import { claimWith, commandsOfRoot, executable, root, sandbox } from "../helpers/requires.ts";
import { start } from "../helpers/running.ts";
import { makeTestDirectory, ordinaryUid } from "../helpers/test-directory.ts";

/** What differs from run to run, whoever calls: numbers of processes, use of memory, switches between processes, sessions. */
const ofTheRun = /^\/proc\/self\/(status (Tgid|Pid|PPid|NStgid|NSpid|NSpgid|NSsid|Vm\w+|Rss\w+|\w*voluntary_ctxt_switches):|autogroup )/;
/** The kernel makes the table of descriptors as large as the supervisor's and never smaller; the descriptors themselves are closed. */
const tableSize = /^\/proc\/self\/status FDSize:/;

interface Seen {
  readonly lines: readonly string[];
  /** What the odd caller could not have, by its own words. */
  readonly missing: ReadonlySet<string>;
  readonly failed: string | null;
}

interface How {
  readonly through?: readonly string[];
  /** Beginnings of launch steps to leave out; needs the weakened binary. */
  readonly without?: readonly string[];
  readonly flags?: readonly string[];
}

async function attributesSeen(state: State, { through = [], without = [], flags = [] }: How = {}): Promise<Seen> {
  const { result, stderr } = await state.json(["run", ...flags, "--", "./print-attributes"], { through, env: { [leaveOutVariable]: without.join(",") } });
  const missing = new Set([...stderr.matchAll(/^odd caller: no (.*) \(\w+\)$/gm)].map(([, name]) => name!));
  if (!result.success) return { lines: [], missing, failed: result.error_message };
  return { lines: result.stdout.trimEnd().split("\n").filter((line) => !ofTheRun.test(line) && !tableSize.test(line)), missing, failed: null };
}

function valueOf({ lines }: Seen, name: string): string | undefined {
  return lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
}

const throughOdd = async (kind: "root" | "user") => [await program("callers/everything-odd"), kind];

const noFilter = "install the seccomp filter";
const limit = (name: string, line: string, what = name) => [[`set RLIMIT_${name}`], what, new RegExp(`^/proc/self/limits Max ${line} `)] as const;

/** Launch steps, what of the odd caller they hold back (as it names it), and the lines in which it would be seen. */
const layers: readonly (readonly [steps: readonly string[], name: string, lines: RegExp])[] = [
  [["set the scheduling"], "scheduling", /sched|getpriority|slack/],
  [["set the I/O priority"], "I/O priority", /ioprio_get/],
  [["set the timer slack"], "timer slack", /slack/],
  [["set the personality"], "personality", /personality|^uname /],
  [["allow huge pages"], "disabled huge pages", /THP_enabled|huge pages/],
  [["open /proc/self/oom", "be the first", "close /proc/self/oom"], "oom_score_adj", /oom_score_adj/],
  [["open /proc/self/core", "reset the core", "close /proc/self/core"], "core dump filter", /coredump_filter/],
  [["reset the memory policy"], "memory policy", /memory policy/],
  [["reset the merging of equal pages"], "merging of equal pages", /equal pages|ksm_merge_any/],
  [["reset what broken memory does"], "policy for broken memory", /broken memory/],
  [["reset speculation by store bypass"], "store bypass", /Store_Bypass|call speculation/],
  [["reset speculation by indirect branches"], "indirect branches", /IndirectBranch|call speculation/],
  [["reset the securebits"], "securebits", /securebits/],
  limit("CPU", "cpu time"),
  limit("FSIZE", "file size"),
  limit("DATA", "data size"),
  limit("STACK", "stack size"),
  limit("CORE", "core file size"),
  limit("RSS", "resident set"),
  limit("NPROC", "processes"),
  limit("NOFILE", "open files"),
  limit("MEMLOCK", "locked memory"),
  limit("AS", "address space"),
  limit("LOCKS", "file locks"),
  [["set RLIMIT_SIGPENDING"], "SIGPENDING", /Max pending signals|SigQ/],
  limit("MSGQUEUE", "msgqueue size"),
  limit("NICE", "nice priority", "RLIMIT_NICE"),
  limit("RTPRIO", "realtime priority", "RLIMIT_RTPRIO"),
  limit("RTTIME", "realtime timeout"),
];

describe("a caller with everything odd", () => {
  const claim = claimWith(...sandbox);

  claim("gives the program nothing of it", async () => {
    await using state = openState();
    await boxWith(state, ["print-attributes"]);
    for (const flags of [[], ["--seccomp", "strict"], ["--share-net"]]) {
      const plain = await attributesSeen(state, { flags });
      const strange = await attributesSeen(state, { through: await throughOdd("root"), flags });
      expect([plain.failed, strange.failed, plain.lines.length > 80]).toEqual([null, null, true]);
      expect(strange.lines).toEqual(plain.lines);
    }
  });

  claim("gives the program nothing that the filter hides either", async () => {
    await using state = openState({ binary: await weakenedBinary() });
    await boxWith(state, ["print-attributes"]);
    const plain = await attributesSeen(state, { without: [noFilter] });
    expect(plain.lines).toContain("call broken memory 2");
    expect((await attributesSeen(state, { through: await throughOdd("root"), without: [noFilter] })).lines).toEqual(plain.lines);
  });

  for (const [steps, name, lines] of layers) {
    claim(`control: it gives the program its ${name} without "${steps[0]}"`, async () => {
      await using state = openState({ binary: await weakenedBinary() });
      await boxWith(state, ["print-attributes"]);
      const plain = await attributesSeen(state, { without: [noFilter] });
      const strange = await attributesSeen(state, { through: await throughOdd("root"), without: [noFilter, ...steps] });
      if (name === "scheduling" && strange.failed !== null) {
        // A group of cgroup v1 without real-time of its own takes nobody who has it, and the caller's limit on real-time ends who takes
        // longer: the launch itself feels the caller.
        expect(strange.failed).toMatch(/^cannot join .*: EINVAL|^the launcher ended before it could start the program$/);
        return;
      }
      const seen = strange.lines.filter((line) => !plain.lines.includes(line));
      // What a kernel has not got, or does not allow to this root, needs no step.
      expect(seen.some((line) => lines.test(line))).toBe(!strange.missing.has(name));
      expect([strange.failed, seen.filter((line) => !lines.test(line))]).toEqual([null, []]);
    });
  }
});

describe("an ordinary user with everything odd that it may take back", () => {
  const claim = claimWith(root, executable("/usr/bin/setpriv"), executable("/usr/bin/gcc"));
  // The checkout and the compiled fixtures may lie where other users cannot reach them.
  let directory = "";
  const reachable = (path: string, name: string) => {
    copyFileSync(path, join(directory, name));
    chmodSync(join(directory, name), 0o755);
    return join(directory, name);
  };
  let binary = "";
  let caller = "";
  beforeAll(async () => {
    directory = makeTestDirectory("caller");
    chmodSync(directory, 0o755);
    binary = reachable(binaryPath, "mini-isolate");
    caller = reachable(await program("callers/everything-odd"), "everything-odd");
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const openUserState = () => openState({ uid: ordinaryUid, binary });

  claim("gives the program nothing of it", async () => {
    await using state = openUserState();
    await boxWith(state, ["print-attributes"]);
    const plain = await attributesSeen(state);
    const strange = await attributesSeen(state, { through: [caller, "user"] });
    expect([plain.failed, strange.failed, plain.lines.length > 80]).toEqual([null, null, true]);
    // Where no group counts processes, those that the user has at this moment come on top.
    const fixed = ({ lines }: Seen) => lines.filter((line) => !line.startsWith("/proc/self/limits Max processes "));
    expect(fixed(strange)).toEqual(fixed(plain));
  });

  claim("control: an odd caller's attributes differ from a plain one's", async () => {
    const attributes = reachable(await program("print-attributes"), "print-attributes");
    const seen = async (through: readonly string[]) => (await start(["setpriv", "--reuid", String(ordinaryUid), "--regid", String(ordinaryUid), "--clear-groups", ...through, attributes], { env: {} }).ended).stdout;
    const plain = await seen([]);
    const strange = await seen([caller, "user"]);
    for (const line of ["/proc/self/oom_score_adj 400", "call sched_getscheduler 3", "call timer slack 3000000", "call huge pages disabled 1"]) {
      expect([line, strange.split("\n").includes(line), plain.split("\n").includes(line)]).toEqual([line, true, false]);
    }
  });

  claim("keeps a rank below the usual one, which the kernel lets it have no more, and the program is run", async () => {
    await using state = openUserState();
    await boxWith(state, ["print-attributes"]);
    const rank = async (...through: string[]) => {
      const seen = await attributesSeen(state, { through });
      return [seen.failed, valueOf(seen, "call getpriority"), valueOf(seen, "call sched_getscheduler")];
    };
    expect(await rank("/usr/bin/nice", "-n", "7")).toEqual([null, "7", "0"]);
    expect(await rank("/usr/bin/chrt", "--idle", "0")).toEqual([null, "0", "5"]);
    expect(await rank("/usr/bin/chrt", "--idle", "0", "/usr/bin/nice", "-n", "7")).toEqual([null, "7", "5"]);
  });

  claim("with low hard limits that hinder no box can run programs, under these limits", async () => {
    await using state = openUserState();
    await boxWith(state, ["print-limits"]);
    const through = ["/usr/bin/prlimit", ...["core=0", "rss=4096", "locks=3", "sigpending=20", "msgqueue=0", "nice=0", "rtprio=0", "rttime=5"].map((value) => `--${value}:${value.split("=")[1]}`)];
    const { result } = await state.json(["run", "--", "./print-limits"], { through });
    expect([result.error_message, result.status]).toEqual([null, "Success"]);
    const lines = result.stdout.split("\n");
    for (const line of ["core 0 0", "rss 4096 4096", "locks 3 3", "sigpending 20 20", "msgqueue 0 0", "nice 0 0", "rtprio 0 0", "rttime 0 0", "as unlimited unlimited"]) expect(lines).toContain(line);
  });
});

describe("a rank below the usual one", () => {
  const claim = claimWith(...sandbox, commandsOfRoot);
  for (const [how, through] of [
    ["nice 19", ["/usr/bin/nice", "-n", "19"]],
    ["idle", ["/usr/bin/chrt", "--idle", "0"]],
    ["idle and nice 19", ["/usr/bin/chrt", "--idle", "0", "/usr/bin/nice", "-n", "19"]],
    ["batch", ["/usr/bin/chrt", "--batch", "0"]],
  ] as const) {
    claim(`of root's is not the program's: ${how}`, async () => {
      await using state = openState();
      await boxWith(state, ["print-attributes"]);
      const seen = await attributesSeen(state, { through });
      expect([seen.failed, valueOf(seen, "call getpriority"), valueOf(seen, "call sched_getscheduler")]).toEqual([null, "0", "0"]);
    });
  }
});
