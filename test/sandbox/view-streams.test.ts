// Standard input as the program has it, whatever the caller gave: a file, a pipe, a socket, a terminal.
import { describe, expect } from "bun:test";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState, type MiniOptions, type State } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, commandsOfRoot, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/python3"));
const asRoot = claimWith(...sandbox, executable("/usr/bin/python3"), commandsOfRoot);

/** Starts us with what a line of Python calls `theirs` as standard input; `after` is done while we run. */
function givenBy(make: string, after = ""): MiniOptions {
  const script = `import os, pty, socket, subprocess, sys\n${make}\nchild = subprocess.Popen(sys.argv[1:], stdin=theirs)\n${after}\nsys.exit(child.wait())`;
  return { through: ["/usr/bin/python3", "-c", script] };
}

async function outputOf(state: State, command: readonly string[], flags: readonly string[] = [], options: MiniOptions = {}): Promise<string> {
  const { result, stderr } = await state.json(["run", ...flags, "--", ...command], options);
  expect([result.error_message, result.status, stderr]).toEqual([null, "Success", ""]);
  return result.stdout;
}

const name = ["/usr/bin/readlink", "/proc/self/fd/0"];
const anonymousPipe = /^pipe:\[[0-9]+\]\n$/;

describe("a file", () => {
  claim("is read from where the caller was, and the caller goes on from where the program stopped", async () => {
    await using state = openState();
    await boxWith(state, []);
    const input = state.file("input", "one\ntwo\nthree\n", 0o600);
    const line = `exec 3<${input}; read first <&3; "$@" <&3 >/dev/null; read rest <&3; echo "$first-$rest"`;
    const outcome = await state.mini(["run", "--json", "--", "/usr/bin/dd", "bs=1", "count=4", "status=none"], { through: ["/bin/bash", "-c", line, "bash"] });
    expect([outcome.stdout, outcome.exitCode]).toEqual(["one-three\n", 0]);
  });

  asRoot("has no path, and its owner's times stay as they are", async () => {
    await using state = openState();
    await boxWith(state, []);
    const input = state.file("input", "text", 0o666);
    const before = statSync(input);
    expect(await outputOf(state, name, ["--input", input])).toBe("/\n");
    expect(await outputOf(state, ["/usr/bin/cat"], ["--input", input])).toBe("text");
    expect(statSync(input).atimeMs).toBe(before.atimeMs);
  });

  claim("can be opened again for reading by those who may read it", async () => {
    await using state = openState();
    await boxWith(state, []);
    expect(await outputOf(state, ["/usr/bin/cat", "/dev/stdin"], ["--input", state.file("input", "by name", 0o644)])).toBe("by name");
  });
});

describe("a pipe of the caller", () => {
  claim("is the very same one for the program", async () => {
    await using state = openState();
    await boxWith(state, []);
    const link = join(state.scratch, "link");
    const line = `echo hello | { readlink /proc/self/fd/0 >${link}; exec "$@"; }`;
    const seen = await outputOf(state, name, [], { through: ["/bin/bash", "-c", line, "bash"] });
    expect(seen).toMatch(anonymousPipe);
    expect(seen).toBe(await Bun.file(link).text());
  });
});

describe("a socket", () => {
  claim("is a pipe for the program, by which megabytes come whole, with their end", async () => {
    await using state = openState();
    await boxWith(state, []);
    const given = (after: string) => givenBy("ours, theirs = socket.socketpair()", `theirs.close()\n${after}`);
    expect(await outputOf(state, name, [], given(""))).toMatch(anonymousPipe);
    expect(await outputOf(state, ["/usr/bin/md5sum"], [], given("ours.sendall(bytes(range(256)) * 20000); ours.close()"))).toBe(`${new Bun.CryptoHasher("md5").update(Buffer.concat(Array(20000).fill(Buffer.from(Uint8Array.from({ length: 256 }, (_, index) => index))))).digest("hex")}  -\n`);
  });

  claim("can be used for a conversation: what comes late reaches the program at once", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--processes", "4"] });
    const answering = givenBy("ours, theirs = socket.socketpair()\nread, write = os.pipe()\nos.set_inheritable(write, True)", "for word in (b'one', b'two'): ours.sendall(word + b'\\n')\nours.close()");
    expect(await outputOf(state, ["/bin/sh", "-c", "read a; read b; echo $a-$b"], [], answering)).toBe("one-two\n");
  });

  claim("that stays open does not keep the run from ending, and one that the program does not read does no harm", async () => {
    await using state = openState();
    await boxWith(state, []);
    // More than the pipe and the socket hold; nobody takes it.
    const flood = givenBy("ours, theirs = socket.socketpair()\nours.setblocking(False)", "theirs.close()\ntry:\n  while ours.send(b'x' * 65536): pass\nexcept OSError: pass");
    expect(await outputOf(state, ["/bin/echo", "done"], [], flood)).toBe("done\n");
  });

  claim("is limited like any other input: a program that waits for it is ended by the clock", async () => {
    await using state = openState();
    await boxWith(state, []);
    const { result } = await state.json(["run", "--max-time", "0.3", "--", "/usr/bin/cat"], givenBy("ours, theirs = socket.socketpair()"));
    expect(result.status).toBe("TimeLimit");
  });

  claim("is the program's own with --passthrough, which asks for it", async () => {
    await using state = openState();
    await boxWith(state, []);
    const outcome = await state.mini(["run", "--box-id", "0", "--passthrough", "--", ...name], givenBy("ours, theirs = socket.socketpair()"));
    expect(outcome.stdout).toMatch(/^socket:\[[0-9]+\]\n$/);
  });
});

describe("anything else", () => {
  claim("with a name, or with modes, is a pipe for the program: a named pipe, a terminal", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--processes", "4"] });
    const fifo = join(state.scratch, "fifo");
    expect(Bun.spawnSync(["/usr/bin/mkfifo", fifo]).exitCode).toBe(0);
    const [text] = await Promise.all([
      outputOf(state, ["/bin/sh", "-c", "cat; readlink /proc/self/fd/0"], ["--input", fifo]),
      Bun.spawn(["/bin/sh", "-c", `echo by name >${fifo}`]).exited,
    ]);
    expect(text).toMatch(/^by name\npipe:\[[0-9]+\]\n$/);
    const typed = givenBy("ours, theirs = pty.openpty()", "os.write(ours, b'typed\\n')");
    expect(await outputOf(state, ["/bin/sh", "-c", "read line; echo $line; readlink /proc/self/fd/0"], ["--input", "/dev/stdin"], typed)).toMatch(/^typed\npipe:\[[0-9]+\]\n$/);
  });

  claim("that is /dev/null is /dev/null, with nothing in between", async () => {
    await using state = openState();
    await boxWith(state, []);
    expect(await outputOf(state, name, ["--input", "/dev/null"])).toBe("/dev/null\n");
  });
});

describe("files of the box as streams", () => {
  claim("may be /dev/null and the program's own other stream", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, []);
    const both = ["/bin/sh", "-c", "echo out; echo err >&2"];
    const streams = async (...flags: string[]) => {
      const { result } = await state.json(["run", ...flags, "--", ...both]);
      return [result.status, result.stdout, result.stderr];
    };
    expect(await streams("--stdout-file", "/dev/null")).toEqual(["Success", "", "err\n"]);
    expect(await streams("--stderr-file", "/dev/stdout")).toEqual(["Success", "out\nerr\n", ""]);
    expect(await streams("--stdout-file", "/dev/stdout", "--stderr-file", "/proc/self/fd/2")).toEqual(["Success", "out\n", "err\n"]);
    expect(await streams("--stdout-file", "log", "--stderr-file", "/dev/stdout")).toEqual(["Success", "", ""]);
    expect(await Bun.file(join(directory, "log")).text()).toBe("out\nerr\n");
  });

  claim("may be links to other files of the box", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, []);
    writeFileSync(join(directory, "real"), "through a link\n");
    expect(Bun.spawnSync(["/bin/ln", "-s", "/box/real", join(directory, "link")]).exitCode).toBe(0);
    expect(await outputOf(state, ["/usr/bin/cat"], ["--stdin-file", "link"])).toBe("through a link\n");
  });
});
