// No verdict without a program that ran: what the host lacks, and what the caller got wrong, has a code of its own, a sentence and a hint.
import { describe, expect } from "bun:test";
import { join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { program } from "../helpers/programs.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import type { Outcome } from "../helpers/running.ts";
import { after, asUser, places, tmpfs } from "../helpers/prepared-host.ts";
import { ordinaryUid } from "../helpers/test-directory.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/unshare"), executable("/usr/bin/setpriv"));
const timeout = { timeout: 60_000 };
/** Groups of other tests go away within this. */
const patienceMs = 20_000;

/** Exit codes that speak about no program: internal error, usage, "not there", busy. */
const faultCodes = [5, 64, 69, 75];

interface Fault {
  readonly claim: string;
  /** Public report of somebody who met it. */
  readonly source?: string;
  /** Prepares the host. `$PLACE` is a directory of the test; the state directory is `$PLACE/state`, and `$1` is the binary. */
  readonly script: string;
  readonly code: number;
  readonly says: RegExp;
  /** As whom; root when nothing is said. */
  readonly user?: readonly string[];
  /** Only with this command. */
  readonly only?: "run" | "execute";
  /** The command of `run`; else /bin/true. */
  readonly command?: readonly string[];
  readonly flags?: readonly string[];
}

const full = "dd if=/dev/zero of=\"$PLACE/rest\" bs=1k 2>/dev/null || true";

const faults: readonly Fault[] = [
  // The disk.
  { claim: "no room for the state directory's files", script: tmpfs("size=4k"), code: 5, says: /^mini-isolate: cannot .*: ENOSPC .*\nhint: the disk is full/ },
  { claim: "no room left on the disk", script: `${tmpfs("size=512k")}; "$1" init --state-dir "$PLACE/state" >/dev/null; ${full}`, only: "execute", code: 5, says: /^mini-isolate: cannot .*(ENOSPC|found no room)/ },
  { claim: "no inode for the state directory", script: tmpfs("nr_inodes=2"), code: 5, says: /^mini-isolate: cannot .*: ENOSPC .*\nhint: the disk is full/ },
  { claim: "no inode for a lock", script: tmpfs("nr_inodes=5"), code: 5, says: /^mini-isolate: cannot .*: ENOSPC .*\nhint: the disk is full/ },
  { claim: "no inode for a box", script: tmpfs("nr_inodes=8"), code: 5, says: /^mini-isolate: cannot .*: ENOSPC .*\nhint: the disk is full/ },
  { claim: "no room for what a compiler writes", source: "DOMjudge/domjudge#2454", script: tmpfs("size=64k"), only: "execute", code: 5, says: /^mini-isolate: cannot compile: the compiler found no room on the disk of .*make room/ },
  { claim: "no room for what a linker writes", source: "DOMjudge/domjudge#2454", script: tmpfs("size=600k"), only: "execute", code: 5, says: /^mini-isolate: cannot compile: the compiler found no room on the disk of .*make room/ },
  { claim: "no inode for what a compiler writes", script: tmpfs("nr_inodes=22"), only: "execute", code: 5, says: /^mini-isolate: cannot compile: the compiler found no room on the disk of .*make room/ },
  { claim: "no room to copy what a compiler made", script: tmpfs("size=1200k"), only: "execute", code: 5, says: /^mini-isolate: cannot copy what the compiler made into the box: ENOSPC/ },
  { claim: "a state directory that became read-only", script: `${tmpfs("size=9m")}; "$1" init --state-dir "$PLACE/state" >/dev/null; mount -o remount,ro "$PLACE"`, code: 5, says: /: EROFS .*\nhint: .*read-only/ },

  // The caller's limits.
  { claim: "a limit on open files that does not last for a run", script: "ulimit -n 8", code: 5, says: /EMFILE .*\nhint: .*ulimit -n/ },
  { claim: "a limit on open files that lasts for half of a run", script: "ulimit -n 16", code: 5, says: /EMFILE .*\nhint: .*ulimit -n/ },
  { claim: "a limit on the size of files of 0", script: "ulimit -f 0", code: 5, says: /EFBIG .*\nhint: .*ulimit -f/ },
  { claim: "a limit on CPU time of 1 s", script: "ulimit -t 1", code: 5, says: /cannot set RLIMIT_CPU.*ulimit -Ht/ },
  { claim: "a limit on address space below what the runtime needs", script: "ulimit -v 1500000", code: 69, says: /^mini-isolate: cannot start: .*\nhint: .*ulimit -v/ },
  { claim: "a limit on address space below what the runtime needs to begin", script: "ulimit -v 200000", code: 69, says: /^mini-isolate: cannot start: .*\nhint: .*ulimit -v/ },
  { claim: "a limit on data below what the runtime needs to begin", script: "ulimit -d 100000", code: 69, says: /^mini-isolate: cannot start: .*\nhint: .*ulimit -d/ },
  { claim: "a limit on the stack below what the runtime needs", script: "ulimit -s 64", code: 69, says: /^mini-isolate: cannot start: the stack is too small\nhint: .*ulimit -s/ },
  { claim: "a limit on open files below what the runtime needs", script: "ulimit -n 4", code: 69, says: /^mini-isolate: cannot start: too few files may be open\nhint: .*ulimit -n/ },
  { claim: "a limit on processes below what the runtime needs", script: "true", user: ["bash", "-c", 'ulimit -u 3; exec setpriv "$@"', "bash", ...asUser.slice(1)], code: 69, says: /^mini-isolate: cannot start: .*no more processes\nhint: .*ulimit -u/ },
  { claim: "a limit on processes that leaves none for a run", script: "true", user: ["bash", "-c", 'ulimit -u 6; exec setpriv "$@"', "bash", ...asUser.slice(1)], code: 5, says: /EAGAIN .*\nhint: .*ulimit -u/ },

  // The working directory of the caller.
  { claim: "a working directory that was removed", source: "oven-sh/bun#32357", script: 'mkdir "$BESIDE/gone"; cd "$BESIDE/gone"; rmdir "$BESIDE/gone"', code: 69, says: /^mini-isolate: cannot start: the working directory was removed\nhint: .*cd/ },
  { claim: "a working directory on a file system that was unmounted", script: `${tmpfs("size=1m")}; cd "$PLACE"; umount -l "$PLACE"`, code: 69, says: /^mini-isolate: cannot start: the working directory was removed\nhint: .*cd/ },
  { claim: "a working directory with a path that is too long", script: 'for i in {1..30}; do n=$(printf "%0200d" $i); mkdir "$n" 2>/dev/null || cd "$BESIDE"; mkdir -p "$n"; cd "$n"; done', code: 69, says: /^mini-isolate: cannot start: the path of the working directory is too long\nhint: .*cd/ },

  // /proc and /dev.
  { claim: "no /proc", script: "umount -l /proc", code: 69, says: /^mini-isolate: cannot start: \/proc is not mounted.*\nhint: mount it/ },
  { claim: "an empty /proc", script: "mount -t tmpfs none /proc", code: 69, says: /^mini-isolate: cannot start: \/proc is not mounted.*\nhint: mount it/ },
  {
    claim: "/proc of a namespace beside", code: 69, says: /^mini-isolate: cannot start: \/proc is not mounted, or belongs to another pid namespace\nhint: mount it/,
    script: 'rm -f "$BESIDE/up"; unshare --pid --fork --kill-child --mount-proc bash -c \': >"$BESIDE/up"; sleep 2\' >/dev/null 2>&1 & until [ -e "$BESIDE/up" ]; do sleep 0.05; done; set -- nsenter --mount --target $! "$@"',
  },
  { claim: "a closed stream and no /dev/null", script: "umount -l /dev; exec 0<&-", code: 69, says: /^mini-isolate: cannot start: .*\/dev\/null.*\nhint: .*mknod/ },
  { claim: "/proc of the namespace above", script: "true", user: ["unshare", "--pid", "--fork", "--kill-child"], code: 69, says: /^mini-isolate: cannot use \/proc: it shows this process as \d+, and it is 1 here\nhint: .*--mount-proc/ },
  { claim: "no device for an ordinary user", script: "mount -t tmpfs none /dev", user: asUser, code: 69, says: /^mini-isolate: cannot open \/dev\/null: ENOENT .*\nhint: / },

  // Places that the caller named.
  { claim: "--chdir that is not there", source: "ioi/isolate#71", script: "true", flags: ["--chdir", "gone"], code: 64, says: /^mini-isolate: cannot enter \/box\/gone: ENOENT .*\nhint: --chdir / },
  { claim: "--chdir that is a file", script: "true", flags: ["--chdir", "/etc/passwd"], code: 64, says: /^mini-isolate: cannot enter \/etc\/passwd: ENOTDIR .*\nhint: --chdir / },
  { claim: "--stdin-file that is not there", script: "true", flags: ["--stdin-file", "gone"], code: 64, says: /^mini-isolate: cannot open stdin file gone in the box: ENOENT .*\nhint: --stdin-file .*--input/ },
  { claim: "--stdout-file in a directory that is not there", source: "ioi/isolate#125", script: "true", flags: ["--stdout-file", "gone/out"], code: 64, says: /^mini-isolate: cannot open stdout file gone\/out in the box: ENOENT .*\nhint: --stdout-file / },
  { claim: "--stderr-file in a directory that is not the program's", script: "true", flags: ["--stderr-file", "/usr/err"], code: 64, says: /^mini-isolate: cannot open stderr file \/usr\/err in the box: E(ACCES|ROFS) .*\nhint: --stderr-file / },
  { claim: "processors that the machine does not have", script: "true", flags: ["--cpus", "4095"], code: 64, says: /^mini-isolate: cannot use processor 4095: .*\nhint: / },

  // What lies where nothing can be executed.
  { claim: "a program on a mount of the host that is noexec", script: `${tmpfs("noexec")}; cp "$PROGRAM" "$PLACE/program"`, only: "run", flags: ["--mount", "x=PLACE"], command: ["/x/program", "0"], code: 5, says: /^mini-isolate: cannot execute \/x\/program: .* the host has mounted noexec \(EACCES\): / },
  {
    claim: "an interpreter on a mount of the host that is noexec", script: `${tmpfs("noexec")}; cp "$PROGRAM" "$PLACE/program"; printf '#!/x/program\\n' >"$BESIDE/script"; chmod +x "$BESIDE/script"`,
    only: "run", flags: ["--mount", "x=PLACE", "--mount", "y=BESIDE"], command: ["/y/script"], code: 5, says: /^mini-isolate: cannot execute \/y\/script: \/x\/program lies on a file system that the host has mounted noexec, which the #! line of \/y\/script asks for \(EACCES\): /,
  },
  { claim: "a state directory where an ordinary user can execute nothing", script: tmpfs("noexec"), user: asUser, only: "execute", code: 5, says: /noexec.*\nhint: .*--state-dir/ },
  { claim: "a program that somebody has open for writing", source: "golang/go#22315", script: `cp "$PROGRAM" "$BESIDE/busy"; exec 8>>"$BESIDE/busy"`, only: "run", flags: ["--mount", "y=BESIDE"], command: ["/y/busy", "0"], code: 5, says: /^mini-isolate: cannot execute \/y\/busy: \/y\/busy is open for writing \(ETXTBSY\): wait/ },
];

function expectNoVerdict({ exitCode, stdout, stderr }: Outcome, { code, says }: Pick<Fault, "code" | "says">, json: boolean): void {
  expect(stderr).toMatch(says);
  expect(stderr).toMatch(/hint: |make room/);
  expect(stderr + stdout).not.toMatch(/^\s+at |internal error|Bun v/m);
  expect(exitCode).toBe(code);
  expect(faultCodes).toContain(exitCode);
  // A document speaks about a run that failed for us, or about the error alone.
  if (json && stdout !== "") expect([undefined, "InternalError"]).toContain((JSON.parse(stdout) as { status?: string }).status);
}

describe("is no verdict about a program, with run and execute, as text and as a document:", () => {
  for (const { claim: what, source, script, user = [], only, command = ["/bin/true"], flags = [], ...fault } of faults) {
    claim(`${what}${source === undefined ? "" : ` (${source})`}`, async () => {
      await using state = openState();
      const { place, beside } = places(state);
      const c = state.file("a.c", "int main(void) { return 0; }\n");
      const env = { PLACE: place, BESIDE: beside, PROGRAM: await program("exit-with") };
      const named = flags.map((flag) => flag.replace("PLACE", place).replace("BESIDE", beside));
      for (const [name, ...rest] of [["run", "--", ...command], ["execute", "--no-cache", "--source", c]] as const) {
        if (only !== undefined && only !== name) continue;
        for (const json of [false, true]) {
          const args = [name, "--state-dir", join(place, "state"), ...(json ? ["--json"] : []), ...named, ...rest];
          expectNoVerdict(await state.mini(args, { through: after(script, ...user), env }), fault, json);
        }
      }
      await expectNothingLeft(state, patienceMs);
      expect((await state.mini(["run", "--silent", "--", "/bin/true"])).exitCode).toBe(0);
    }, timeout);
  }
});

describe("is no obstacle to a run:", () => {
  for (const [what, script, user = []] of [
    ["no /dev", "umount -l /dev"], ["no /sys", "umount -l /sys"], ["/proc with hidepid=2", "mount -t proc -o hidepid=2 proc /proc"],
    ["a /proc of processes only", "mount -t proc -o subset=pid proc /proc"],
    ["a working directory that the caller may not read", 'mkdir "$BESIDE/closed"; chmod 0 "$BESIDE/closed"; cd "$BESIDE/closed"', asUser],
  ] as const) {
    claim(what, async () => {
      await using state = openState();
      const { place, beside } = places(state);
      const outcome = await state.mini(["run", "--json", "--state-dir", join(place, "state"), "--", "/bin/true"], { through: after(script, ...user), env: { PLACE: place, BESIDE: beside } });
      expect([outcome.exitCode, outcome.stdout === "" ? outcome.stderr : (JSON.parse(outcome.stdout) as { status: string }).status]).toEqual([0, "Success"]);
      await expectNothingLeft(state, patienceMs);
    });
  }
});

describe("is no obstacle, as only the soft limit is low:", () => {
  for (const limit of ["-v 200000", "-d 100000", "-s 64", "-n 4", "-f 0"]) {
    claim(`ulimit -S ${limit}`, async () => {
      await using state = openState();
      const { result } = await state.json(["run", "--", "/bin/true"], { through: after(`ulimit -S ${limit}`) });
      expect(result.status).toBe("Success");
    });
  }
});

describe("--dir of init", () => {
  const init = (state: State, dir: string, user: readonly string[] = []) => state.mini(["init", "--box-id", "1", "--dir", dir], { through: user });

  claim("that is a file, or whose parent is not there, is a mistake of the caller, with the path", async () => {
    await using state = openState();
    const file = state.file("file", "");
    const gone = join(state.scratch, "gone/dir");
    expect(await init(state, file)).toMatchObject({ exitCode: 64, stdout: "", stderr: expect.stringContaining(file) });
    expect(await init(state, gone)).toMatchObject({ exitCode: 64, stdout: "", stderr: expect.stringContaining(gone) });
  });

  claim("on a read-only file system is a fault of the host, and nothing is written down", async () => {
    await using state = openState();
    const { place, beside } = places(state);
    const through = after('mount --bind "$BESIDE" "$BESIDE"; mount -o remount,bind,ro "$BESIDE"');
    const outcome = await state.mini(["init", "--box-id", "1", "--dir", beside], { through, env: { PLACE: place, BESIDE: beside } });
    expect([outcome.exitCode, outcome.stdout]).toEqual([5, ""]);
    expect(outcome.stderr).toMatch(/^mini-isolate: cannot give working directory .* to uid \d+: EROFS .*\nhint: .*read-only/);
    expect((await state.mini(["list"])).stdout).not.toMatch(/^1 /m);
  });

  claim("that belongs to somebody else is a mistake of the caller, with the path", async () => {
    await using state = openState({ uid: ordinaryUid });
    const outcome = await init(state, "/root");
    expect(outcome).toMatchObject({ exitCode: 64, stdout: "" });
    expect(outcome.stderr).toMatch(/\/root.*\n(.*\n)*hint: /);
  });
});
