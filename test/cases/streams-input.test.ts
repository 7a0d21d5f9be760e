// Standard input as under a shell: by descriptor, by its names, from a file, a pipe, a named pipe, however large, and when the caller has none.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { chmodSync, copyFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { landlockVersion } from "../../src/kernel/landlock.ts";
import { binaryPath, openState, type MiniOptions, type State } from "../helpers/binary.ts";
import { groupAbove, needed } from "../helpers/group-above.ts";
import { processesOf } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, executable, sandbox, type Requirement } from "../helpers/requires.ts";
import { patience } from "../helpers/slowness.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

const setpriv = executable("/usr/bin/setpriv");
const claim = claimWith(...sandbox);
const mebibyte = 2 ** 20;
/** Nobody else's. */
const uid = 1_200_000 + process.pid;

// The checkout may lie where other users cannot reach it.
let directory = "";
let binary = "";
beforeAll(() => {
  directory = makeTestDirectory("input");
  chmodSync(directory, 0o755);
  binary = join(directory, "mini-isolate");
  copyFileSync(binaryPath, binary);
  chmodSync(binary, 0o755);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Caller {
  readonly who: string;
  readonly needs: readonly Requirement[];
  readonly open: () => State;
  readonly options: MiniOptions;
  /** A file that only its owner may read, and that is too large for a copy, cannot be opened by its name. */
  readonly withoutNames?: true;
  /** Programs have the caller's uid. */
  readonly withoutUser?: true;
}

const callers: readonly Caller[] = [
  { who: "root", needs: [], open: () => openState(), options: {} },
  {
    who: "root without namespaces",
    needs: [setpriv, { missing: landlockVersion() >= 3 ? null : "Landlock of Linux 6.2" }],
    open: () => openState(),
    options: { through: ["/usr/bin/setpriv", "--bounding-set", "-all,+chown,+dac_override,+fowner,+kill,+setgid,+setuid,+setpcap,+sys_chroot,+mknod", "--inh-caps", "-all"] },
    withoutNames: true,
  },
  { who: "an ordinary user", needs: [setpriv], open: () => openState({ uid, binary }), options: {}, withoutUser: true },
];

/** Every way to read all of it, in a shell; the last line that it prints is the md5 of what came. */
const ways: readonly (readonly [name: string, script: string])[] = [
  ["descriptor 0", "md5sum"],
  ["/dev/stdin", "md5sum /dev/stdin"],
  ["< /dev/stdin", "md5sum < /dev/stdin"],
  ["/dev/fd/0", "md5sum /dev/fd/0"],
  ["/proc/self/fd/0", "md5sum /proc/self/fd/0"],
  ["a descriptor of a child", "sh -c 'exec 5</dev/stdin; md5sum <&5'"],
];

interface Given {
  readonly what: string;
  readonly bytes: number;
  /** Mode of the file; null: a pipe. */
  readonly mode: number | null;
  /** By the caller's own standard input, and not by --input. */
  readonly redirected?: true;
}

const inputs: readonly Given[] = [
  { what: "a pipe", bytes: 300_000, mode: null },
  { what: "a file that everybody may read", bytes: 300_000, mode: 0o644 },
  { what: "a file that only its owner may read", bytes: 300_000, mode: 0o600 },
  { what: "a small file that only its owner may read, as the caller's own input", bytes: 1000, mode: 0o600, redirected: true },
  { what: "a file of 20 MB that only its owner may read", bytes: 20 * mebibyte, mode: 0o600 },
  { what: "an empty file", bytes: 0, mode: 0o600 },
];

const digest = (bytes: Uint8Array) => new Bun.CryptoHasher("md5").update(bytes).digest("hex");

for (const { who, needs, open, options, withoutNames, withoutUser } of callers) {
  describe(`${who}: all that is given`, () => {
    for (const { what, bytes, mode, redirected } of inputs) {
      claimWith(...sandbox, ...needs)(`by ${what} can be read in every way, and cannot be written to`, async () => {
        await using state = open();
        const content = Buffer.alloc(bytes, "0123456789abcde\n");
        const path = state.file("input", content, mode ?? 0o600);
        const script = `exec 3<&0; ${mode === null ? `cat ${path} | "$@"` : redirected ? `"$@" < ${path}` : '"$@" </dev/null'}`;
        const through = [...(options.through ?? []), "/bin/sh", "-c", script, "sh"];
        for (const [way, read] of ways) {
          if (withoutNames && bytes > 8 * mebibyte && mode === 0o600 && way !== "descriptor 0") continue;
          const flags = mode === null || redirected ? [] : ["--input", path];
          const { result } = await state.json(["run", "--processes", "8", ...flags, "--", "/bin/sh", "-c", read], { ...options, through, timeoutMs: 30_000 });
          expect([way, result.status, result.stderr, result.stdout.slice(0, 32)]).toEqual([way, "Success", "", digest(content)]);
        }
        // An ordinary user's own pipe is the program's own as well.
        if (withoutUser && mode === null) return;
        const writes = "(echo x >>/dev/stdin) 2>/dev/null; (: >/dev/stdin) 2>/dev/null; (echo x >&0) 2>/dev/null; chmod 6777 /dev/stdin /proc/self/fd/0 2>/dev/null; true";
        await state.json(["run", "--processes", "8", ...(mode === null || redirected ? [] : ["--input", path]), "--", "/bin/sh", "-c", writes], { ...options, through });
        expect([digest(await Bun.file(path).bytes()), statSync(path).mode & 0o7777]).toEqual([digest(content), mode ?? 0o600]);
      }, { timeout: patience(60_000) });
    }

    claimWith(...sandbox, ...needs)("by /dev/null ends at once, by every name", async () => {
      await using state = open();
      for (const [way, read] of ways) {
        const { result } = await state.json(["run", "--processes", "8", "--input", "/dev/null", "--", "/bin/sh", "-c", read], options);
        expect([way, result.status, result.stdout.slice(0, 32)]).toEqual([way, "Success", digest(new Uint8Array(0))]);
      }
    });
  });
}

claim("a file of mode 600 on a file system without mapped mounts can be opened by its name up to 8 MiB, and read by its descriptor beyond", async () => {
  await using state = openState();
  // An overlay, as in most containers.
  const line = 'mkdir lower upper work merged && mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay merged && (umask 077; head -c "$0" /dev/zero >merged/input) && exec "$@" --input merged/input -- /bin/sh -c "wc -c; wc -c </dev/stdin"';
  for (const [bytes, status, said] of [[1000, "Success", "1000\n1000\n"], [300_000, "Success", "300000\n300000\n"], [20 * mebibyte, "RuntimeError", `${20 * mebibyte}\n`]] as const) {
    Bun.spawnSync(["/bin/rm", "-rf", ...["lower", "upper", "work", "merged"].map((name) => join(state.scratch, name))]);
    const { result } = await state.json(["run", "--processes", "8"], { cwd: state.scratch, through: ["/usr/bin/unshare", "--mount", "/bin/sh", "-ec", line, String(bytes)] });
    expect([bytes, result.status, result.stdout]).toEqual([bytes, status, said]);
  }
});

claimWith(...sandbox, executable("/usr/bin/node"))("the idioms of Node work: a file, a pipe, and a script from standard input", async () => {
  await using state = openState();
  const path = state.file("input", "a few words\n", 0o600);
  const flags = ["run", "--processes", "20", "--max-memory", "1024"];
  const read = (name: string) => ["/usr/bin/node", "-e", `process.stdout.write(require("fs").readFileSync(${name}, "utf8"))`];
  for (const name of ['"/dev/stdin"', "0"]) {
    const [fromFile, fromPipe] = [await state.json([...flags, "--input", path, "--", ...read(name)]), await state.json([...flags, "--", ...read(name)], { input: "a few words\n" })];
    expect([fromFile.result.stdout, fromPipe.result.stdout]).toEqual(["a few words\n", "a few words\n"]);
  }
  const { result } = await state.json([...flags, "--", "/bin/sh"], { input: "echo from a script\n" });
  expect(result.stdout).toBe("from a script\n");
});

describe("a large input", () => {
  /** More than there is memory for, ours and the program's together. */
  const bytes = 400 * mebibyte;

  for (const { who, open, options } of callers) {
    claimWith(...sandbox, needed, setpriv)(`of ${who} is never in memory as a whole: a file`, async () => {
      await using state = open();
      const path = state.file("input", "", 0o600);
      truncateSync(path, bytes);
      await using above = groupAbove({ memoryBytes: 300 * mebibyte });
      // The group is root's to enter: the user is whom we become in it.
      const user = state.uids.has(uid) ? ["/usr/bin/setpriv", "--reuid", String(uid), "--regid", String(uid), "--clear-groups"] : [];
      const child = Bun.spawn([...above.through, ...user, ...(options.through ?? []), binary, "run", "--state-dir", state.directory, "--json", "--max-memory", "32", "--max-cpu", String(patience(20)), "--input", path, "--", "/usr/bin/wc", "-c"], { stdout: "pipe", stderr: "ignore" });
      const result = JSON.parse(await new Response(child.stdout).text());
      expect([result.status, result.stdout]).toEqual(["Success", `${bytes}\n`]);
    }, { timeout: patience(60_000) });
  }

  claimWith(...sandbox, needed)("by a pipe is not either, when nobody reads it for a while", async () => {
    await using state = openState();
    await using above = groupAbove({ memoryBytes: 300 * mebibyte });
    const line = `head -c ${bytes} /dev/zero | "$@"`;
    const { result } = await state.json(["run", "--processes", "4", "--max-memory", "32", "--max-cpu", String(patience(20)), "--", "/bin/sh", "-c", "sleep 0.3; exec wc -c"], { through: [...above.through, "/bin/sh", "-c", line, "sh"], timeoutMs: 60_000 });
    expect([result.status, result.stdout]).toEqual(["Success", `${bytes}\n`]);
  }, { timeout: patience(60_000) });
});

describe("a named pipe of the box as a stream", () => {
  const make = (path: string) => expect(Bun.spawnSync(["/usr/bin/mkfifo", "-m", "666", path]).exitCode).toBe(0);

  claim("is waited for as a shell does, for reading and for writing, and the clock starts when the program does", async () => {
    await using state = openState();
    const { directory: box } = await boxWith(state, []);
    for (const name of ["in", "out"]) make(join(box, name));
    const writer = Bun.spawn(["/bin/sh", "-c", `sleep 0.4; echo late words >${box}/in`]);
    const reader = Bun.spawn(["/bin/sh", "-c", `sleep 0.2; cat ${box}/out`], { stdout: "pipe" });
    const { result } = await state.json(["run", "--max-time", String(patience(5)), "--stdin-file", "in", "--stdout-file", "out", "--", "/usr/bin/tr", "a-z", "A-Z"]);
    expect([result.status, await new Response(reader.stdout).text()]).toEqual(["Success", "LATE WORDS\n"]);
    expect(result.wall_time).toBeLessThan(patience(0.3));
    await writer.exited;
  });

  for (const [flag, other] of [["--stdin-file", "nobody writes"], ["--stdout-file", "nobody reads"], ["--stderr-file", "nobody reads"]] as const) {
    claim(`that ${other} by ${flag} is no verdict: InternalError at the wall time limit, and the box is free again`, async () => {
      await using state = openState();
      const { directory: box } = await boxWith(state, []);
      make(join(box, "pipe"));
      const { result, exitCode } = await state.json(["run", "--max-time", "0.2", flag, "pipe", "--", "/bin/true"]);
      expect([result.status, exitCode, result.error_message]).toEqual(["InternalError", 5, "nobody opened the other end of pipe within the wall time limit of 0.2 s: the program was not started"]);
      expect((await state.json(["run", "--", "/bin/true"])).result.status).toBe("Success");
    });
  }

  claim("is left by a signal to us, and nothing of the box stays", async () => {
    await using state = openState();
    const { directory: box } = await boxWith(state, []);
    make(join(box, "pipe"));
    const { result, exitCode } = await state.json(["run", "--stdin-file", "pipe", "--", "/bin/cat"], { through: ["/usr/bin/timeout", "--preserve-status", "-s", "TERM", "0.5"] });
    expect([result.status, exitCode, result.error_message]).toEqual(["InternalError", 143, "stopped because mini-isolate received SIGTERM"]);
    expect(processesOf(state.uids)).toEqual([]);
  });
});

claim("a named pipe as --input is waited for by the program, whose wall time it takes", async () => {
  await using state = openState();
  const fifo = join(state.scratch, "fifo");
  expect(Bun.spawnSync(["/usr/bin/mkfifo", fifo]).exitCode).toBe(0);
  const late = Bun.spawn(["/bin/sh", "-c", `sleep 0.3; echo words >${fifo}`]);
  const { result } = await state.json(["run", "--input", fifo, "--", "/bin/cat"]);
  expect([result.status, result.stdout]).toEqual(["Success", "words\n"]);
  await late.exited;
  expect((await state.json(["run", "--max-time", "0.2", "--input", fifo, "--", "/bin/cat"])).result).toMatchObject({ status: "TimeLimit", limit: "wall_time" });
});

describe("a standard stream that the caller has closed", () => {
  const closing = (line: string): MiniOptions => ({ through: ["/bin/sh", "-c", `exec "$@" ${line}`, "sh"] });

  claim("as output makes a result that nobody gets an error, whatever its form", async () => {
    await using state = openState();
    for (const flags of [["--json"], [], ["--verbose"]]) {
      const { exitCode, stderr } = await state.mini(["run", ...flags, "--", "/bin/true"], closing(">&-"));
      expect(exitCode).toBe(5);
      expect(stderr).toContain("mini-isolate: cannot write to standard output: EBADF (bad file descriptor)\n");
    }
    expect((await state.mini(["--version"], closing(">&-"))).exitCode).toBe(5);
    expect((await state.mini(["list"], closing(">&-"))).exitCode).toBe(5);
  });

  claim("as output is no loss to who wants none", async () => {
    await using state = openState();
    const output = join(state.scratch, "result");
    expect((await state.mini(["run", "--silent", "--output", output, "--", "/bin/echo", "hi"], closing(">&- 2>&-"))).exitCode).toBe(0);
    expect(JSON.parse(await Bun.file(output).text())).toMatchObject({ status: "Success", stdout: "hi\n" });
    expect((await state.mini(["run", "--json", "--", "/bin/true"], closing(">/dev/null"))).exitCode).toBe(0);
  });

  claim("as input is an empty one, and as standard error changes nothing but that nobody reads messages", async () => {
    await using state = openState();
    const { result } = await state.json(["run", "--", "/usr/bin/wc", "-c"], closing("<&- 2>&-"));
    expect([result.status, result.stdout]).toEqual(["Success", "0\n"]);
    expect((await state.mini(["run", "--silent", "--", "/bin/false"], closing("<&- >&- 2>&-"))).exitCode).toBe(1);
  });

  claim("never becomes a descriptor of ours: with --passthrough the program has /dev/null in its place", async () => {
    await using state = openState();
    const { stderr } = await state.mini(["run", "--passthrough", "--processes", "4", "--", "/bin/sh", "-c", "readlink /proc/$$/fd/0 >&2; exec readlink /proc/$$/fd/1 >&2"], closing("<&- >&-"));
    expect(stderr.split("\n")[0]).toBe("/dev/null");
    const listed = await state.mini(["run", "--passthrough", "--", "/usr/bin/readlink", "/proc/self/fd/0", "/proc/self/fd/2"], closing("<&- 2>&-"));
    expect(listed.stdout).toBe("/dev/null\n/dev/null\n");
  });
});
