// `batch`: many requests a line each, and a result a line each.
import { describe, expect } from "bun:test";
import { chmodSync, copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { batch, shell } from "../helpers/batch.ts";
import { binaryPath, openState } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { program } from "../helpers/programs.ts";
import { claimWith, executable, root, sandbox } from "../helpers/requires.ts";
import { temporaryDirectory } from "../helpers/temporary.ts";

const claim = claimWith(...sandbox);
const python = claimWith(...sandbox, executable("/usr/bin/python3"));
const ordinary = claimWith(root, executable("/usr/bin/setpriv"), executable("/usr/bin/gcc"));
const timeout = { timeout: 60_000 };

describe("a line", () => {
  claim("has the result document, the number of its line and the id of its request", async () => {
    await using state = openState();
    const { lines, exitCode, stderr } = await batch(state, [{ id: "a", command: ["/bin/echo", "1  2"] }, "", { id: 7, command: "/bin/sh -c 'exit 3'" }, { command: ["/bin/cat"] }]);
    expect(lines.map(({ line, id, status, stdout, exit_code }) => ({ line, id, status, stdout, exit_code }))).toEqual([
      { line: 1, id: "a", status: "Success", stdout: "1  2\n", exit_code: 0 },
      { line: 3, id: 7, status: "RuntimeError", stdout: "", exit_code: 3 },
      { line: 4, id: null, status: "Success", stdout: "", exit_code: 0 },
    ]);
    // Whatever the programs did, every line got a result.
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const one = await state.json(["run", "--", "/bin/true"]);
    expect(Object.keys(lines[0]!)).toEqual(["line", "id", ...Object.keys(one.result)]);
    await expectNothingLeft(state);
  }, timeout);

  claim("that is wrong gets an error with its number, and the rest goes on", async () => {
    await using state = openState();
    const ok = { command: ["/bin/echo", "ok"] };
    const { lines, exitCode } = await batch(state, [
      "no json", '{"id":"cut","command":["/bin/true"]', '["/bin/true"]', '{"id":"twice","command":["/bin/true"],"stdin":"a","stdin":"b"}', { id: "typo", command: ["/bin/true"], memory_limt: 1 },
      { id: "low", command: ["/bin/true"], memory_limit: 1 }, { id: "none" }, { id: "two", command: "a", source: "b" }, { id: "both", command: "a", stdin: "", input: "/dev/null" },
      { id: "uid", command: "a", uid: 5 }, { id: "nul", command: ["a\0b"] }, '{"id":"half","command":["/bin/echo","\\ud800"]}', { id: "base64", command: "a", stdin_base64: "a*" },
      { id: "up", command: "a", files: { "../x": "" } }, { id: "root", command: "a", files: { "/x": "" } }, { id: "in", command: "a", files: { "d/e/f": "", "d/e": "" } }, { id: { a: 1 }, command: "a" }, { id: "lang", command: "a", language: "c" },
      { id: "source", source_text: "x" }, { id: "proto", command: "a", files: JSON.parse('{"__proto__":"x"}') as object },
      { id: "ok", ...ok },
    ]);
    expect(lines.map(({ line }) => line)).toEqual(lines.map((_, index) => index + 1));
    expect(lines.map(({ id, error }) => [id, error?.kind, error?.exit_code])).toEqual([
      ...[null, null, null, "twice", "typo", "low", "none", "two", "both", "uid", "nul", "half", "base64", "up", "root", "in", null, "lang", "source", "proto"].map((id) => [id, "Config", 64]), ["ok", undefined, undefined],
    ]);
    const messages = lines.map(({ error }) => error?.message);
    expect(messages[0]).toBe('cannot use the line: column 1: expected a value, found "n"');
    expect(messages[1]).toBe('cannot use the line: column 36: expected "," or "}", found the end of the line');
    expect(messages[3]).toContain('the name "stdin" comes twice');
    expect(lines[4]!.error).toMatchObject({ message: 'cannot use the request: unknown field "memory_limt"', hint: "did you mean memory_limit?" });
    expect(messages[5]).toContain("memory_limit: must be from 1048576");
    expect(messages[13]).toContain("files");
    expect(lines.at(-1)).toMatchObject({ stdout: "ok\n", status: "Success" });
    expect(lines[0]).toMatchObject({ status: "InternalError", success: false, exit_code: null });
    expect(exitCode).toBe(64);
  }, timeout);

  claim("may end in any way, and has to be UTF-8 and not too long", async () => {
    await using state = openState();
    const request = (text: string) => Buffer.from(`{"id":"${text}","command":["/bin/echo","${text}"]}`);
    const input = Buffer.concat([
      request("crlf"), Buffer.from("\r\n \t\r\n\n"), Buffer.from([0x7b, 0xff, 0x0a]), Buffer.from(`{"id":"${"x".repeat(1024 * 1024)}"}\n`), request("é"), Buffer.from("\n"), request("last"),
    ]);
    const { stdout, exitCode } = await state.mini(["batch", "--jobs", "1", "--max-line", "1"], { input });
    const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
    expect(lines.map(({ line, id, stdout: text, error }) => [line, id, text ?? error.message])).toEqual([
      [1, "crlf", "crlf\n"], [4, null, "cannot use the line: it is not UTF-8"], [5, null, "cannot use the line: it is longer than 1 MB"], [6, "é", "é\n"], [7, "last", "last\n"],
    ]);
    expect(exitCode).toBe(64);
  }, timeout);
});

describe("a request", () => {
  claim("has its own input: text, base64, a file of the caller, a file of the box", async () => {
    await using state = openState();
    const file = state.file("in.txt", "from a file");
    const { lines } = await batch(state, [
      { command: ["/bin/cat"], stdin: "text\0é" }, { command: ["/bin/cat"], stdin_base64: Buffer.from([1, 2, 255]).toString("base64") },
      { command: ["/bin/cat"], input: file }, { command: ["/bin/cat"], files: { here: "in the box" }, stdin_file: "here" }, { command: ["/bin/cat"], input: "/nonexistent/x" }, { command: ["/bin/cat"], input: file },
    ]);
    expect(lines.slice(0, 4).map(({ stdout }) => stdout)).toEqual(["text\0é", "\u0001\u0002\ufffd", "from a file", "in the box"]);
    expect(lines[1]!).toMatchObject({ stdout_base64: "AQL/" });
    expect(lines[4]!.error!.message).toContain("cannot read input /nonexistent/x: ENOENT");
    expect(lines[5]!.stdout).toBe("from a file");
  }, timeout);

  claim("has the limits of its own fields, in the units of the configuration", async () => {
    await using state = openState();
    const { lines } = await batch(state, [
      { command: ["/bin/sleep", "5"], wall_time_limit: 0.2 }, { command: shell("while :; do :; done"), time_limit: 0.2, cpu_time_limit: 3, wall_time_limit: 20 }, { command: shell("head -c 3000 /dev/zero"), output_limit: 1000, process_limit: 3 },
      { command: shell("exec head -c 3000 /dev/zero >f"), file_size_limit: 1000 }, { command: shell("head -c 40000000 /dev/zero | tail -c 30000000 >/dev/null"), memory_limit: 16 * 1024 * 1024, process_limit: 4 },
      { command: shell("sleep 0 & wait; echo alone") }, { command: shell("sleep 0 & wait $!; echo two"), process_limit: 2 }, { command: shell("ulimit -n; ulimit -s"), open_files_limit: 77, stack_limit: 1024 * 1024 }, { command: shell("ulimit -n") },
    ]);
    expect(lines.map(({ status, limit }) => [status, limit])).toEqual([
      ["TimeLimit", "wall_time"], ["TimeLimit", "cpu_time"], ["FileSizeLimit", "output"], ["FileSizeLimit", "file_size"], ["MemoryLimit", "memory"],
      ["ProcessLimit", "processes"], ["Success", null], ["Success", null], ["Success", null],
    ]);
    expect(lines.slice(6).map(({ stdout }) => stdout)).toEqual(["two\n", "77\n1024\n", "1024\n"]);
    expect(lines[1]!.cpu_time).toBeLessThan(2);
  }, timeout);

  claim("has what the flags say, where it says nothing itself", async () => {
    await using state = openState();
    const print = shell("echo $A $B; pwd; ulimit -n");
    const { lines } = await batch(state, [{ command: print }, { command: print, environment: [["B", "3"], ["A", null]], chdir: "/tmp", open_files_limit: 60 }, { command: ["/bin/sleep", "5"] }, { command: ["/bin/sleep", "0.8"], wall_time_limit: 8 }],
      ["--jobs", "1", "--env", "A=1", "--env", "B=2", "--open-files", "50", "--max-time", "0.6"]);
    expect(lines.map(({ status, stdout }) => [status, stdout])).toEqual([["Success", "1 2\n/box\n50\n"], ["Success", "3\n/tmp\n60\n"], ["TimeLimit", ""], ["Success", ""]]);
  }, timeout);

  python("may be a source: a file, or text with a language or a name", async () => {
    await using state = openState();
    const file = state.file("sum.py", "print(sum(map(int, input().split())))\n");
    const { lines, exitCode } = await batch(state, [
      { source: file, stdin: "1 2\n" }, { source_text: "print(6 * 7)", language: "python" }, { source_text: "print('named')", source_name: "x.py" }, { source_text: "1", language: "pyhton" }, { source: "/nonexistent/y.py" },
      { source_text: "int main(void) { return }", language: "c" },
    ]);
    expect(lines.map(({ status, stdout, language }) => [status, stdout, language]).slice(0, 3)).toEqual([["Success", "3\n", "python"], ["Success", "42\n", "python"], ["Success", "named\n", "python"]]);
    expect(lines[3]!.error).toMatchObject({ kind: "Config", hint: "did you mean 'python'?" });
    expect(lines[4]!.error!.message).toContain("ENOENT");
    expect(lines[5]).toMatchObject({ status: "CompileError", phase: "compile", language: "c" });
    expect(exitCode).toBe(64);
  }, timeout);

  claim("can name a box that stays, one at a time, and its limits are those of the box", async () => {
    await using state = openState();
    expect((await state.mini(["init", "--box-id", "b", "--time", "3"])).exitCode).toBe(0);
    const append = { box_id: "b", command: shell("echo x >>log; sleep 0.2; wc -l <log"), process_limit: undefined };
    await state.mini(["cleanup", "--box-id", "b"]);
    expect((await state.mini(["init", "--box-id", "b", "--processes", "4"])).exitCode).toBe(0);
    const { lines } = await batch(state, [append, append, append, { box_id: "b", command: "a", process_limit: 2 }, { box_id: "nowhere", command: "a" }, { box_id: "b", command: shell("sleep 3"), wall_time_limit: 0.1 }], ["--jobs", "3"]);
    const runs = lines.filter(({ line }) => line <= 3).map(({ stdout }) => stdout.trim());
    expect(runs.toSorted()).toEqual(["1", "2", "3"]);
    const [limited, missing, late] = [4, 5, 6].map((number) => lines.find(({ line }) => line === number)!);
    expect(limited!.error).toMatchObject({ message: "cannot use process_limit with box b" });
    expect(missing!.error).toMatchObject({ message: "box nowhere does not exist" });
    expect(late!).toMatchObject({ status: "TimeLimit" });
  }, timeout);
});

describe("two requests of one slot", () => {
  claim("see nothing of each other: files, /tmp, /dev/shm, processes, IPC", async () => {
    await using state = openState();
    const plant = "mkdir -p d/e; echo secret >f; echo secret >d/e/f; chmod 0 d; echo secret >/tmp/f; echo secret >/dev/shm/f; (trap '' TERM HUP; exec >/dev/null 2>&1 </dev/null; exec setsid sleep 300) & ipcmk -Q >/dev/null 2>&1; ls . /tmp /dev/shm";
    const look = "find . /tmp /dev/shm -mindepth 1 2>&1; ls -a; echo processes: $(ls /proc | grep -c '^[0-9]'); cat /proc/sysvipc/msg 2>/dev/null | tail -n +2";
    const { lines } = await batch(state, [{ command: shell(plant), process_limit: 8 }, { command: shell(look), process_limit: 8 }, { command: shell(plant), process_limit: 8 }, { command: shell(look), process_limit: 8 }]);
    const clean = lines.filter((_, index) => index % 2 === 1).map(({ stdout }) => stdout.replace(/processes: \d+/, (found) => (Number(found.slice(11)) <= 5 ? "few" : found)));
    expect(lines.map(({ status }) => status)).toEqual(["Success", "Success", "Success", "Success"]);
    expect(lines[0]!.stdout).toBe(".:\nd\nf\n\n/dev/shm:\nf\n\n/tmp:\nf\n");
    expect(clean).toEqual([".\n..\nfew\n", ".\n..\nfew\n"]);
    await expectNothingLeft(state);
  }, timeout);
});

describe("several at once", () => {
  python("fifty different programs each get their own result", async () => {
    await using state = openState();
    const requests = Array.from({ length: 50 }, (_, index) => ({
      id: `r${index}`, source_text: `print(${index} * int(input()))\nopen("f", "w").write("${index}")\nraise SystemExit(${index % 3})`, language: "python", stdin: `${index + 1}\n`, read_out: ["f"],
    }));
    const { lines, exitCode } = await batch(state, requests, ["--jobs", "4"]);
    expect(lines.map(({ id }) => id).toSorted()).toEqual(requests.map(({ id }) => id).toSorted());
    for (const { id, line, stdout, exit_code, files } of lines) {
      const index = Number(String(id).slice(1));
      expect([line, stdout, exit_code, files!["f"]!.text]).toEqual([index + 1, `${index * (index + 1)}\n`, index % 3, String(index)]);
    }
    expect(exitCode).toBe(0);
    await expectNothingLeft(state);
  }, timeout);

  claim("results come as they end, or in order with --ordered", async () => {
    await using state = openState();
    const requests = [{ id: 0, command: ["/bin/sleep", "1"] }, ...Array.from({ length: 6 }, (_, index) => ({ id: index + 1, command: ["/bin/true"] }))];
    const free = await batch(state, requests, ["--jobs", "2"]);
    expect(free.lines.at(-1)!.id).toBe(0);
    const ordered = await batch(state, requests, ["--jobs", "2", "--ordered"]);
    expect(ordered.lines.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  }, timeout);

  claim("a result is written when it is there, not at the end of the input", async () => {
    await using state = openState();
    const fifo = `${state.scratch}/in`;
    Bun.spawnSync(["mkfifo", fifo]);
    const running = state.start(["batch", "--jobs", "2"], { through: ["sh", "-c", `exec "$@" <>${fifo}`, "sh"] });
    for (const id of ["one", "two", "three"]) {
      writeFileSync(fifo, `${JSON.stringify({ id, command: ["/bin/echo", id] })}\n`);
      await running.prints(`"id":"${id}"`, 10_000);
    }
    running.kill("SIGTERM");
    expect((await running.ended).exitCode).toBe(143);
    await expectNothingLeft(state);
  }, timeout);

  claim("a processor each with --cpus, and no more at once than there are processors", async () => {
    await using state = openState();
    const own = Bun.spawnSync(["sh", "-c", "taskset -pc $$"]).stdout.toString();
    const first = /: (\d+)/.exec(own)![1]!;
    const { lines } = await batch(state, [{ command: shell("grep Cpus_allowed_list /proc/self/status"), process_limit: 2 }], ["--cpus", first]);
    expect(lines[0]!.stdout).toBe(`Cpus_allowed_list:\t${first}\n`);
    const refused = await batch(state, [], ["--cpus", first, "--jobs", "2"]);
    expect(refused).toMatchObject({ exitCode: 64, stdout: "" });
    expect(refused.stderr).toContain("cannot pin 2 runs to 1 processor: each has one of its own");
  }, timeout);
});

// An ordinary user has the same, also without namespaces.
describe("an ordinary user's batch", () => {
  for (const [name, through] of [["with namespaces of its own", []], ["on a host that refuses them", ["refuse"]]] as const) {
    ordinary(name, async () => {
      using place = temporaryDirectory();
      chmodSync(place.path, 0o755);
      const put = (path: string, file: string) => {
        copyFileSync(path, join(place.path, file));
        chmodSync(join(place.path, file), 0o755);
        return join(place.path, file);
      };
      const refuse = through.length === 0 ? [] : [put(await program("callers/no-user-namespaces"), "refuse")];
      await using state = openState({ uid: 1_200_000 + process.pid, binary: put(binaryPath, "mini-isolate") });
      const request = { command: shell("cat a; cat d/b; echo out >o; ls | tr '\\n' ' '"), process_limit: 64, files: { a: "1\n", "d/b": { text: "2\n" } }, read_out: ["o"] };
      const { lines, exitCode, stderr } = await batch(state, [request, request, { command: ["/bin/ls"] }, request], ["--jobs", "2"], refuse);
      expect(stderr).toBe("");
    expect(lines.filter(({ line }) => line !== 3).map(({ status, stdout, files }) => [status, stdout, files])).toEqual(Array.from({ length: 3 }, () => ["Success", "1\n2\na d o ", { o: { bytes: 4, text: "out\n" } }]));
      expect(lines.find(({ line }) => line === 3)).toMatchObject({ status: "Success", stdout: "" });
      expect(exitCode).toBe(0);
    }, timeout);
  }
});
