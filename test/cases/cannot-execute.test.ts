// A program that cannot be executed is RuntimeError 127, and the message says what is missing and what to do.
import { describe, expect } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { landlockVersion } from "../../src/kernel/landlock.ts";
import { openState, type State } from "../helpers/binary.ts";
import { boxWith, program } from "../helpers/programs.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const claimFifo = claimWith(...sandbox, executable("/usr/bin/mkfifo"));

async function messageOf(state: State, args: readonly string[], cwd?: string): Promise<string | null> {
  const { result, exitCode } = await state.json(["run", ...args], cwd === undefined ? {} : { cwd });
  expect([result.status, result.exit_code, result.limit, exitCode]).toEqual(["RuntimeError", 127, null, 1]);
  return result.error_message;
}

describe("what the host has and the box does not", () => {
  // ioi/isolate#63: the program lay in the directory that isolate was started in. QingdaoU/Judger#26: which file is missing?
  claim("a program in the caller's directory (ioi/isolate#63)", async () => {
    await using state = openState();
    const place = join(state.scratch, "place");
    mkdirSync(place);
    copyFileSync(await program("exit-with"), join(place, "a"));
    const there = `the host has ${place}/a: run it with mini-isolate execute --source ./a`;
    const shown = `show it with --mount ${place.slice(1)} and run ${place}/a`;
    expect(await messageOf(state, ["--", "./a"], place)).toBe(`cannot execute ./a: there is no /box/a in the box (ENOENT): ${there}, or ${shown}`);
    expect(await messageOf(state, ["--", "a"], place)).toMatch(/^cannot execute a: there is no a in the directories of PATH in the box \(\/usr\/local\/sbin .*\/bin\) \(ENOENT\): the host has .*\/a: run it with mini-isolate execute --source a, or show it with --mount /);
    const { directory } = await boxWith(state, []);
    expect(await messageOf(state, ["--", "./a"], place)).toBe(`cannot execute ./a: there is no /box/a in the box (ENOENT): ${there}, or copy it to ${directory}, or ${shown}`);
    // What is advised works.
    const mount = ["--mount", place.slice(1)];
    for (const path of [state.scratch, place, join(place, "a")]) chmodSync(path, 0o755);
    expect((await state.json(["run", ...mount, "--", `${place}/a`, "0"])).result.status).toBe("Success");
    expect((await state.json(["execute", "--source", `${place}/a`])).result.exit_code).not.toBe(127);
  });

  claim("a program at an absolute path outside of what is mounted (ioi/isolate#65)", async () => {
    await using state = openState();
    // Of a home directory only the file is shown.
    const path = state.file("a", "#!/bin/sh\n", 0o755);
    expect(await messageOf(state, ["--", path])).toBe(`cannot execute ${path}: there is no ${path} in the box (ENOENT): the host has ${path}: show it with --mount ${path.slice(1)}`);
  });

  claim("a source file: execute is for it", async () => {
    await using state = openState();
    state.file("sum.cpp", "int main() {}\n");
    state.file("sum.py", "print(1)\n");
    expect(await messageOf(state, ["--", "./sum.cpp"], state.scratch)).toMatch(/: there is no \/box\/sum\.cpp in the box \(ENOENT\): the host has .*\/sum\.cpp, a source file in C\+\+.*: mini-isolate execute --source \.\/sum\.cpp compiles it and runs it$/);
    expect(await messageOf(state, ["--", "sum.py"], state.scratch)).toMatch(/: the host has .*\/sum\.py, a source file in Python.*: mini-isolate execute --source sum\.py runs it$/);
  });

  claim("a name that is nowhere: the directories that were searched are those of the program", async () => {
    await using state = openState();
    expect(await messageOf(state, ["--env", "PATH=/usr/bin:/opt/x", "--", "no-such-program"])).toBe(
      "cannot execute no-such-program: there is no no-such-program in the directories of PATH in the box (/usr/bin /opt/x) (ENOENT): install it on the host, or give the path that it has in the box",
    );
    expect(await messageOf(state, ["--", "./nothing"])).toBe("cannot execute ./nothing: there is no /box/nothing in the box (ENOENT): the working directory of a temporary box begins empty");
    expect(await messageOf(state, ["--chdir", "/tmp", "--", "./nothing"])).toStartWith("cannot execute ./nothing: there is no /tmp/nothing in the box (ENOENT)");
  });

  claim("a program of the box that is named without its path", async () => {
    await using state = openState();
    await boxWith(state, ["exit-with"]);
    expect(await messageOf(state, ["--", "exit-with"])).toEndWith(": /box has one, and a program there is named by its path: ./exit-with");
  });

  claim("a link that leads out of what the box sees (ioi/isolate#51)", async () => {
    await using state = openState();
    mkdirSync(join(state.scratch, "bin"));
    symlinkSync("/opt/none/tool", join(state.scratch, "bin/tool"));
    expect(await messageOf(state, ["--mount", `tools=${state.scratch}/bin`, "--", "/tools/tool"])).toStartWith(
      "cannot execute /tools/tool: /tools/tool is a link that leads to /opt/none/tool, and there is no such file in the box (ENOENT)",
    );
  });
});

interface File {
  readonly claim: string;
  /** Of the file `x` in the box. */
  readonly content: string | Uint8Array;
  readonly mode?: number;
  readonly says: string;
}

const files: readonly File[] = [
  { claim: "a missing interpreter", content: "#!/opt/nothing/sh\n", says: "there is no /opt/nothing/sh in the box, which the #! line of /box/x asks for (ENOENT): the box has /usr/bin/sh: name it in the #! line" },
  { claim: "an interpreter that is nowhere", content: "#!/usr/bin/no-such-interpreter\n", says: "there is no /usr/bin/no-such-interpreter in the box, which the #! line of /box/x asks for (ENOENT): install it on the host, or name another interpreter" },
  { claim: "an interpreter that is a directory", content: "#!/usr/bin\n", says: "/usr/bin is a directory, which the #! line of /box/x asks for (EACCES)" },
  { claim: "an interpreter that may not be executed", content: "#!/box/y\n", says: "/box/y has no permission to be executed (mode 0644), which the #! line of /box/x asks for (EACCES): let everybody execute it, as with chmod 755, and enter the directories above it" },
  {
    claim: "line ends of Windows", content: "#!/bin/sh\r\necho\r\n",
    says: "the #! line of /box/x ends with a carriage return, as lines do on Windows, and the kernel takes it for a part of the name (ENOENT): write the file with the line ends of Unix",
  },
  { claim: "a byte order mark", content: "\ufeff#!/bin/sh\n", says: "/box/x has a byte order mark before its #! line (ENOEXEC): write the file without it" },
  { claim: "a #! line without an interpreter", content: "#!\n", says: "the #! line of /box/x names no interpreter (ENOEXEC)" },
  { claim: "a text", content: "echo\n", says: "/box/x is a text without a #! line (ENOEXEC): begin it with a line like #!/bin/sh, or name its interpreter: /bin/sh /box/x" },
  { claim: "an empty file", content: "", says: "/box/x is empty (ENOEXEC): what was to write it failed, or was not waited for" },
  { claim: "garbage", content: Uint8Array.of(1, 2, 3, 0), says: "/box/x is no program that this kernel knows (ENOEXEC)" },
  { claim: "a program for Windows", content: "MZ\u0001", says: "/box/x is a program for Windows (ENOEXEC)" },
  { claim: "no permission", content: "#!/bin/sh\n", mode: 0o644, says: "/box/x has no permission to be executed (mode 0644) (EACCES): let everybody execute it, as with chmod 755, and enter the directories above it" },
  { claim: "control characters in a name", content: "#!/\u001b[31m\u0001\n", says: '"/\\u001b[31m\\u0001" in the box, which the #! line of /box/x asks for (ENOENT)' },
];

describe("a file that is there and is refused:", () => {
  for (const { claim: what, content, mode = 0o755, says } of files) {
    claim(what, async () => {
      await using state = openState();
      const { directory } = await boxWith(state, []);
      writeFileSync(join(directory, "x"), content);
      chmodSync(join(directory, "x"), mode);
      writeFileSync(join(directory, "y"), "#!/bin/sh\n");
      const message = await messageOf(state, ["--", "./x"], "/");
      if (what === "control characters in a name") expect(message).toContain(says);
      else expect(message).toBe(`cannot execute ./x: ${says}`);
    });
  }

  claim("a program for another machine, one that is cut off, one without its loader (ioi/isolate#65)", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, []);
    const put = (name: string, bytes: Uint8Array) => writeFileSync(join(directory, name), bytes, { mode: 0o755 });
    const sleep = readFileSync("/usr/bin/sleep");
    const other = Buffer.from(sleep);
    other.writeUInt16LE(process.arch === "arm64" ? 62 : 183, 18);
    put("other", other);
    put("cut", sleep.subarray(0, 100));
    const [mine, theirs] = process.arch === "arm64" ? ["aarch64", "x86_64"] : ["x86_64", "aarch64"];
    expect(await messageOf(state, ["--", "./other"])).toBe(`cannot execute ./other: /box/other was made for ${theirs}, and this machine is ${mine} (ENOEXEC): compile it for this machine`);
    expect(await messageOf(state, ["--", "./cut"])).toMatch(/^cannot execute \.\/cut: \/box\/cut is a damaged program: its file is cut off, or was changed \(\w+\): copy or compile it again$/);
    const loader = /\/lib[^\0]*\/ld-[^\0]*/.exec(sleep.toString("latin1"))![0];
    put("linked", Buffer.from(sleep.toString("latin1").replace(loader, `${loader.slice(0, -1)}9`), "latin1"));
    expect(await messageOf(state, ["--", "./linked"])).toBe(
      `cannot execute ./linked: there is no ${loader.slice(0, -1)}9 in the box, the loader that /box/linked is linked with (ENOENT): link the program statically, or show its loader and libraries with --mount`,
    );
  });

  claim("a directory, a part of the path that is none, a mount with noexec", async () => {
    await using state = openState();
    state.file("x", "#!/bin/sh\n", 0o755);
    chmodSync(state.scratch, 0o755);
    expect(await messageOf(state, ["--", "/usr/bin"])).toBe("cannot execute /usr/bin: /usr/bin is a directory (EACCES)");
    expect(await messageOf(state, ["--", "/usr/bin/env/x"])).toMatch(/^cannot execute \/usr\/bin\/env\/x: \/usr\/bin\/env is not a directory \(/);
    expect(await messageOf(state, ["--mount", `d=${state.scratch}:noexec`, "--", "/d/x"])).toBe("cannot execute /d/x: /d/x lies in a mount with the option noexec (EACCES): leave the option out, or put the program in /box");
  });

  claim("a file, or a directory above it, that the user of the box may not use", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, []);
    mkdirSync(join(directory, "d"), { mode: 0o755 });
    writeFileSync(join(directory, "d/x"), "#!/bin/sh\n", { mode: 0o700 });
    const uid = [...state.uids][0];
    const message = () => messageOf(state, ["--", "d/x"]);
    expect(await message()).toStartWith(`cannot execute d/x: the user of the box (uid ${uid}) may not execute /box/d/x (mode 0700 of uid 0) (EACCES)`);
    chmodSync(join(directory, "d/x"), 0o755);
    chmodSync(join(directory, "d"), 0o700);
    expect(await message()).toStartWith(`cannot execute d/x: the user of the box (uid ${uid}) may not enter /box/d (mode 0700 of uid 0) (EACCES)`);
  });

  claim("arguments that are too long", async () => {
    await using state = openState();
    expect(await messageOf(state, ["--env", `X=${"x".repeat(120_000)}`, "--stack", "1", "--", "/bin/true", ..."abc".split("").map((letter) => letter.repeat(100_000))])).toMatch(
      /^cannot execute \/bin\/true: its arguments and variables take 41\d(\.\d)? KB, and a quarter of the stack limit of 1 MB is for them \(E2BIG\): put them in a file, or raise the limit with --stack$/,
    );
  });

  claim("--passthrough prints the same, and the exit code is 127", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, []);
    writeFileSync(join(directory, "x"), "#!/box/y\n", { mode: 0o755 });
    const outcome = await state.mini(["run", "--passthrough", "--", "./x"]);
    expect([outcome.exitCode, outcome.stdout, outcome.stderr]).toEqual([127, "", "mini-isolate: cannot execute ./x: there is no /box/y in the box, which the #! line of /box/x asks for (ENOENT): install it on the host, or name another interpreter\n"]);
  });
});

const rights = "-all,+chown,+dac_override,+fowner,+kill,+setgid,+setuid,+setpcap,+sys_chroot,+mknod";
const without = claimWith(...sandbox, executable("/usr/bin/setpriv"), { missing: landlockVersion() >= 3 ? null : "Landlock of Linux 6.2" });

describe("without namespaces", () => {
  const through = ["/usr/bin/setpriv", "--bounding-set", rights, "--inh-caps", "-all"];
  const messageOf = async (state: State, ...command: readonly string[]) => (await state.json(["run", "--", ...command], { through, cwd: state.scratch })).result.error_message;

  without("paths are those of the host, and Landlock is named where it is why", async () => {
    await using state = openState();
    const path = state.file("a", "#!/bin/sh\n", 0o755);
    for (const directory of [join(state.scratch, ".."), state.scratch]) chmodSync(directory, 0o755);
    const { directory } = await boxWith(state, []);
    writeFileSync(join(directory, "x"), "#!/nothing\n", { mode: 0o755 });
    expect(await messageOf(state, path)).toBe(`cannot execute ${path}: there are no namespaces on this host, and Landlock keeps programs from ${path} (EACCES): copy it to ${directory}`);
    expect(await messageOf(state, "./x")).toBe(`cannot execute ./x: there is no /nothing in the box, which the #! line of ${directory}/x asks for (ENOENT): install it on the host, or name another interpreter`);
    expect(await messageOf(state, "./a")).toBe(`cannot execute ./a: there is no ${directory}/a in the box (ENOENT): the host has ${path}: run it with mini-isolate execute --source ./a, or copy it to ${directory}`);
  });
});

describe("what a program left in the box is looked at and never followed:", () => {
  claimFifo("a named pipe, as the program, its interpreter and behind links", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, []);
    const make = Bun.spawnSync(["/usr/bin/mkfifo", "-m", "777", join(directory, "fifo")]);
    expect(make.exitCode).toBe(0);
    writeFileSync(join(directory, "x"), "#!/box/fifo\n", { mode: 0o755 });
    expect(await messageOf(state, ["--", "./fifo"])).toBe("cannot execute ./fifo: /box/fifo is a named pipe (EACCES)");
    Bun.spawnSync(["/usr/bin/mkfifo", "-m", "777", join(directory, "fifo")]);
    expect(await messageOf(state, ["--", "./x"])).toBe("cannot execute ./x: /box/fifo is a named pipe, which the #! line of /box/x asks for (EACCES)");
  });

  claim("nothing is opened through a link to a device or a pipe of the host", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, []);
    const pipe = join(state.scratch, "pipe");
    expect(Bun.spawnSync(["/usr/bin/mkfifo", "-m", "777", pipe]).exitCode).toBe(0);
    symlinkSync(pipe, join(directory, "p"));
    writeFileSync(join(directory, "q"), "#!/box/p\n", { mode: 0o755 });
    for (const name of ["p", "q"]) expect(await messageOf(state, ["--mount", `${state.scratch.slice(1)}:noexec`, "--", `./${name}`])).toContain(`${pipe} is a named pipe`);
  });

  claim("links that lead where the host has something lead nowhere in the box", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, []);
    const secret = state.file("secret", "#!/secret/text\n", 0o755);
    for (const [target, says] of [
      [secret, `/box/x is a link that leads to ${secret}, and there is no such file in the box (ENOENT)`],
      ["../../../../../../etc/shadow", "/box/x is a link that leads to /etc/shadow, and there is no such file in the box (ENOENT)"],
      ["x", "too many links lead on to each other at /box/x (ELOOP)"],
    ] as const) {
      rmSync(join(directory, "x"), { force: true });
      symlinkSync(target, join(directory, "x"));
      const message = await messageOf(state, ["--", "./x"]);
      expect(message).toStartWith(`cannot execute ./x: ${says}`);
      expect(message).not.toContain("/secret/text");
    }
  });
});
