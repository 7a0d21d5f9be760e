// A terminal of the box's own: for programs that make some (expect, script, tmux), and as the controlling one under `--passthrough`. The caller's
// own terminal never reaches the program.
import { describe, expect } from "bun:test";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const needs = [...sandbox, executable("/usr/bin/python3"), executable("/usr/bin/script")];
const claim = claimWith(...needs);
const driver = join(import.meta.dir, "../fixtures/callers/in-terminal.py");

type Step = readonly [wait: string, does: Readonly<Record<string, unknown>>];

interface Session {
  readonly shown: string;
  readonly code: number | null;
  /** The modes of the caller's terminal are as they were. */
  readonly restored: boolean;
}

/** Runs mini-isolate at a terminal with 33 rows and 101 columns, and TERM=vt220. */
async function atTerminal(state: State, args: readonly string[], steps: readonly Step[] = [], flags: readonly string[] = ["--allow", "tty"]): Promise<Session> {
  const through = ["/usr/bin/python3", driver, JSON.stringify(steps)];
  const { stdout, stderr } = await state.mini(["run", ...flags, "--passthrough", "--processes", "16", "--", ...args], { through, env: { TERM: "vt220" }, timeoutMs: 90_000 });
  try {
    return JSON.parse(stdout) as Session;
  } catch {
    throw new Error(`the driver failed: ${stdout} ${stderr}`);
  }
}

const sh = (line: string) => ["/bin/sh", "-c", line];

describe("under --passthrough, with a terminal", () => {
  claim("the program has a controlling terminal of the box, with the kind, the size and the modes of the caller's", async () => {
    await using state = openState();
    const { shown, code, restored } = await atTerminal(state, sh("tty; stty size; echo $TERM; echo here > /dev/tty; stty -a | grep -o ' erase = [^;]*'; test -t 0 && test -t 1 && test -t 2 && exit 4"));
    expect(shown.split("\r\n")).toEqual(["/dev/pts/0", "33 101", "vt220", "here", " erase = ^?", ""]);
    expect([code, restored]).toEqual([4, true]);
  });

  claim("what is typed comes to the program, is echoed once, and ends where Ctrl-D is typed", async () => {
    await using state = openState();
    const { shown, code, restored } = await atTerminal(state, sh("echo ready; read line; echo \"got $line\"; cat; echo end"), [["ready", { type: "one\r" }], ["got one", { type: "two\r" }], ["two\r\ntwo", { type: "\u0004" }]]);
    expect([shown, code, restored]).toEqual(["ready\r\none\r\ngot one\r\ntwo\r\ntwo\r\nend\r\n", 0, true]);
  });

  claim("Ctrl-C interrupts the program and not mini-isolate; Ctrl-Z does not stop what nobody could continue", async () => {
    await using state = openState();
    const trapped = await atTerminal(state, sh("trap 'echo interrupted; exit 9' INT; echo ready; while :; do sleep 0.1; done"), [["ready", { type: "\u0003" }]]);
    expect([trapped.shown.replace("^C", ""), trapped.code, trapped.restored]).toEqual(["ready\r\ninterrupted\r\n", 9, true]);
    const killed = await atTerminal(state, ["/bin/cat"], [["", { type: "a\r" }], ["a\r\na", { type: "\u0003" }]]);
    expect([killed.code, killed.restored]).toEqual([130, true]);
    const going = await atTerminal(state, sh("echo ready; sleep 0.5; echo still"), [["ready", { type: "\u001a" }]]);
    expect([going.shown.includes("still"), going.code]).toEqual([true, 0]);
  });

  claim("another size of the window reaches the program, with SIGWINCH", async () => {
    await using state = openState();
    const { shown, code } = await atTerminal(state, ["/bin/bash", "-c", "trap 'stty size; exit 5' WINCH; echo ready; while :; do sleep 0.05; done"], [["ready", { resize: [50, 60] }]]);
    expect([shown, code]).toEqual(["ready\r\n50 60\r\n", 5]);
  });

  claim("a program in raw mode gets each byte, and leaves the caller's terminal as it was", async () => {
    await using state = openState();
    const line = "import os, tty; tty.setraw(0); os.write(1, b'ready'); print(os.read(0, 9), end='\\r\\n')";
    const { shown, code, restored } = await atTerminal(state, ["/usr/bin/python3", "-c", line], [["ready", { type: "\u0003" }]]);
    expect([shown, code, restored]).toEqual(["readyb'\\x03'\r\n", 0, true]);
  });

  claim("the caller's terminal is as it was after a time limit, a forbidden call, a program that is not there, and signals", async () => {
    await using state = openState();
    const limit = await atTerminal(state, sh("echo ready; sleep 50"), [], ["--allow", "tty", "--max-time", "0.5"]);
    expect([limit.shown.startsWith("ready\r\n"), limit.code, limit.restored]).toEqual([true, 137, true]);
    const forbidden = await atTerminal(state, ["/usr/bin/unshare", "-m", "true"]);
    expect([forbidden.code, forbidden.restored]).toEqual([159, true]);
    expect((await atTerminal(state, ["./nothing"])).restored).toBeTrue();
    for (const [name, number] of [["SIGTERM", 15], ["SIGHUP", 1], ["SIGQUIT", 3]] as const) {
      const { code, restored } = await atTerminal(state, sh("echo ready; exec sleep 50"), [["ready", { signal: name }]]);
      expect([name, code, restored]).toEqual([name, 128 + number, true]);
    }
  });

  claim("a megabyte arrives whole, also at a terminal that is slow, and in time", async () => {
    await using state = openState();
    const { shown, code } = await atTerminal(state, ["/usr/bin/python3", "-c", "import sys; sys.stdout.write(('x' * 79 + '\\n') * 13000)"], [["x", { pause: 1 }]]);
    expect([shown.length, code]).toEqual([13_000 * 81, 0]);
  });

  claim("streams that are no terminal stay what they are", async () => {
    await using state = openState();
    const out = join(state.scratch, "out");
    const inner = ["run", "--allow", "tty", "--passthrough", "--", ...sh("test -t 1 || echo plain; test -t 0 && test -t 2 && tty >&2")];
    const script = state.file("s.sh", `#!/bin/sh\nexec "$@" > ${out}\n`);
    chmodSync(script, 0o755);
    const { stdout } = await state.mini([...inner.slice(0, 3), "--processes", "8", ...inner.slice(3)], { through: ["/usr/bin/python3", driver, "[]", script] });
    expect((JSON.parse(stdout) as Session).shown).toBe("/dev/pts/0\r\n");
    expect(await Bun.file(out).text()).toBe("plain\n");
  });

  claim("the terminal of the caller is in no descriptor of the program, and nothing can be typed into either", async () => {
    await using state = openState();
    const line = [
      "import fcntl, os", "print(sorted(set(os.readlink('/proc/self/fd/%d' % n) for n in range(3))))",
      "for request in (0x5412, 0x541c, 0x541d, 0x5423):", "  try: fcntl.ioctl(0, request, b'x'); print('BREACH')", "  except PermissionError: pass",
    ].join("\n");
    const { shown, code } = await atTerminal(state, ["/usr/bin/python3", "-c", line]);
    expect([shown, code]).toEqual(["['/dev/pts/0']\r\n", 0]);
  });
});

describe("terminals that programs make", () => {
  claim("script gives its program a terminal, where they are allowed and where not", async () => {
    await using state = openState();
    const command = ["/usr/bin/script", "-qec", "tty; echo over > /dev/tty; exit 3", "/dev/null"];
    const { result } = await state.json(["run", "--allow", "tty", "--processes", "8", "--", ...command]);
    expect([result.exit_code, result.stdout, result.enforced.allowed]).toEqual([3, "/dev/pts/0\r\nover\r\n", ["tty"]]);
    const off = (await state.json(["run", "--processes", "8", "--", ...command])).result;
    expect([off.status, off.stdout]).toEqual(["RuntimeError", ""]);
  });

  claimWith(...needs, executable("/usr/bin/expect"))("expect types for a program and reads what it says", async () => {
    await using state = openState();
    const line = 'spawn -noecho /bin/sh -c {printf "name? "; read n; echo "hello $n"}; expect "name? "; send "box\\r"; expect "hello box" { puts "\\nfound"; exit 0 }; exit 1';
    const { result } = await state.json(["run", "--allow", "tty", "--processes", "8", "--", "/usr/bin/expect", "-c", line]);
    expect([result.status, result.stdout]).toEqual(["Success", expect.stringContaining("found")]);
  });

  claimWith(...needs, executable("/usr/bin/tmux"))("tmux runs a program in a window", async () => {
    await using state = openState();
    const line = "tmux -S /tmp/s -f /dev/null new-session -d -x 80 -y 24 'echo in a window; sleep 5'; for i in 1 2 3 4 5 6 7 8 9; do tmux -S /tmp/s capture-pane -p | grep -m1 window && break; sleep 0.3; done; tmux -S /tmp/s kill-server";
    const { result } = await state.json(["run", "--allow", "tty", "--processes", "20", "--env", "TERM=xterm", "--", ...sh(line)]);
    expect(result.stdout).toBe("in a window\n");
  });

  claim("a box has few of the machine's terminals, and none of another box's", async () => {
    await using state = openState();
    const line = "import pty, os\nn = 0\ntry:\n  while True: pty.openpty(); n += 1\nexcept OSError: print(n, sorted(os.listdir('/dev/pts'))[:2])";
    const { result } = await state.json(["run", "--allow", "tty", "--", "/usr/bin/python3", "-c", line]);
    expect(result.stdout).toBe("64 ['0', '1']\n");
  });
});
