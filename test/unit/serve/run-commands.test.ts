// Groups of commands on the real kernel: descriptors, pipes, files, limits, ends.
import { describe, expect } from "bun:test";
import { readdirSync } from "node:fs";
import { collector, command, pipe, runGroup, text } from "../../helpers/command-group.ts";
import { claimWith, executable, sandbox } from "../../helpers/requires.ts";

const claim = claimWith(...sandbox);
const python = claimWith(...sandbox, executable("/usr/bin/python3"));
const statuses = (ran: Awaited<ReturnType<typeof runGroup>>) => ran.outcomes.map(({ run }) => run.status);

describe("a command", () => {
  claim("reads its content, and what it writes is collected by name", async () => {
    const ran = await runGroup([command("read line; echo $line $line; echo no >&2; exit 3", { files: [text("hi\n"), collector("out"), collector("err")] })]);
    expect(ran.outcomes[0]).toMatchObject({ began: true, fileErrors: [], run: { status: "RuntimeError", exit_code: 3 } });
    expect([await ran.file(0, "out"), await ran.file(0, "err")]).toEqual(["hi hi\n", "no\n"]);
  });

  claim("begins in /w with its own environment and nothing else", async () => {
    const ran = await runGroup([command("", { args: ["env"], environment: ["PATH=/nowhere:/usr/bin", "A=b=c"] }), command("pwd; ls -A")]);
    expect(await ran.file(0, "stdout")).toBe("PATH=/nowhere:/usr/bin\nA=b=c\n");
    expect(await ran.file(1, "stdout")).toBe("/w\n");
  });

  claim("can write two descriptors into one collector, in the order in which it writes", async () => {
    const both = collector("both");
    const ran = await runGroup([command("echo 1; echo 2 >&2; echo 3", { files: [text(""), both, both] })]);
    expect(await ran.file(0, "both")).toBe("1\n2\n3\n");
  });

  claim("has descriptors of any number", async () => {
    const files = [text(""), collector("out"), collector("four"), text("three"), collector("four"), text("five\n")];
    const ran = await runGroup([command("cat <&5; cat <&3; echo four >&4; echo two >&2", { files })]);
    expect(statuses(ran)).toEqual(["Success"]);
    expect([await ran.file(0, "out"), await ran.file(0, "four")]).toEqual(["five\nthree", "four\ntwo\n"]);
  });

  python("has those descriptors and no others, whatever the process of the slot has open", async () => {
    const files = [text(""), collector("out"), collector("err"), null, text(""), null, collector("six")];
    const list = "import os; print(sorted(int(n) for n in os.listdir('/proc/self/fd'))[:-1])";
    const python = { args: ["/usr/bin/python3", "-c", list] };
    const ran = await runGroup([command("", { ...python, files }), command("", { ...python })], [pipe([0, 5], [0, 3])]);
    expect([await ran.file(0, "out"), await ran.file(1, "stdout")]).toEqual(["[0, 1, 2, 3, 4, 5, 6]\n", "[0, 1, 2]\n"]);
  });

  claim("that writes more than is kept is ended, and one byte more than that is kept", async () => {
    const ran = await runGroup([
      command("yes", { files: [text(""), collector("out", 100), collector("err")] }),
      command("exec >&3; yes", { files: [text(""), collector("out"), collector("err"), collector("three", 100)] }),
    ]);
    expect(ran.outcomes.map(({ run }) => [run.status, run.limit])).toEqual([["FileSizeLimit", "output"], ["FileSizeLimit", "output"]]);
    expect([(await ran.file(0, "out"))!.length, (await ran.file(1, "three"))!.length]).toEqual([101, 101]);
    expect(ran.outcomes.map(({ fileErrors }) => fileErrors.map(({ name, type }) => [name, type]))).toEqual([[["out", "CollectSizeExceeded"]], [["three", "CollectSizeExceeded"]]]);
  });

  claim("that does not exist has not begun", async () => {
    const ran = await runGroup([command("", { args: ["no-such-program"] })]);
    expect(ran.outcomes[0]).toMatchObject({ began: false, run: { exit_code: 127, error_message: expect.stringContaining("no-such-program") } });
  });

  claim("ends at its own limits", async () => {
    const ran = await runGroup([
      command("while :; do :; done", { limits: { cpu_time_limit: 0.1 } }),
      command("sleep 9", { limits: { wall_time_limit: 0.1 } }),
      command("exec head -c 65536 /dev/zero > big", { limits: { file_size_limit: 1024 } }),
      command("kill -11 $$"),
    ]);
    expect(ran.outcomes.map(({ run }) => [run.status, run.limit])).toEqual([["TimeLimit", "cpu_time"], ["TimeLimit", "wall_time"], ["FileSizeLimit", "file_size"], ["Signaled", null]]);
  });

  python("has its stack cut to its memory, and bounds of its data and its addresses", async () => {
    const show = "import resource as r; print([r.getrlimit(x)[0] for x in (r.RLIMIT_STACK, r.RLIMIT_DATA, r.RLIMIT_AS)])";
    const [memory, data, addresses] = [64 * 2 ** 20, 96 * 2 ** 20, 512 * 2 ** 20];
    const parts = { args: ["/usr/bin/python3", "-c", show], limits: { memory_limit: memory, stack_limit: 2 ** 30 }, dataLimit: data, addressSpaceLimit: addresses };
    const ran = await runGroup([command("", parts)]);
    expect(await ran.file(0, "stdout")).toBe(`[${memory}, ${data}, ${addresses}]\n`);
  });

  claim("gets a part of a processor, or says in its result that it did not", async () => {
    const ran = await runGroup([command("i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done", { cpuRate: 250 })]);
    const { enforced, cpu_time, wall_time } = ran.outcomes[0]!.run;
    expect(["cgroup-v1", "cgroup-v2", "none"]).toContain(enforced.cpu_rate!);
    // As much as it can have in that time, and what is left of the period that had begun before.
    if (enforced.cpu_rate !== "none") expect(cpu_time).toBeLessThanOrEqual(0.25 * wall_time + 0.1);
  });

  claim("says how many processes it had at the same time, where the kernel counts them", async () => {
    const ran = await runGroup([command("sleep 0 | sleep 0 | cat; exit 0"), command("", { args: ["/bin/true"] })]);
    const [several, one] = ran.outcomes.map(({ procPeak }) => procPeak);
    if (one === null) return;
    expect(one).toBe(1);
    expect(several).toBeGreaterThanOrEqual(2);
  });

  claim("has a terminal when it asks for one", async () => {
    const ran = await runGroup([command("test -t 0 && test -t 1 && stty size && cat", { tty: true, files: [text("typed\n"), collector("screen"), collector("screen")] })]);
    expect(statuses(ran)).toEqual(["Success"]);
    // What is typed is echoed, and then shown by cat.
    expect((await ran.file(0, "screen"))!.replaceAll("\r\n", "\n").split("\n").toSorted()).toEqual(["", "24 80", "typed", "typed"]);
  });

  claim("that is cancelled was ended by a signal", async () => {
    const ran = await runGroup([command("sleep 60")], [], { cancelAfterMs: 50 });
    expect(ran.outcomes[0]!.run).toMatchObject({ status: "Signaled", signal: 9 });
  });
});

describe("files", () => {
  claim("are put in with directories and links, and are everybody's", async () => {
    const ran = await runGroup([command("cat a/b/c link; ls -l a/b/c | cut -c1-10; ./run", {
      copyIn: { "a/b/c": text("deep\n"), link: { kind: "symlink", to: "a/b/c" }, "/w/run": text("#!/bin/sh\necho ran\n") },
    })]);
    expect(await ran.file(0, "stdout")).toBe("deep\ndeep\n-rwxrwxrwx\nran\n");
  });

  claim("that cannot be put in keep the command from beginning, and say so", async () => {
    const ran = await runGroup([command("echo ran", { copyIn: { "../out": text("x"), ok: text("y"), "a/../b": { kind: "symlink", to: "/etc" } } })]);
    expect(ran.outcomes[0]!.began).toBe(false);
    expect(ran.outcomes[0]!.fileErrors.map(({ name, type }) => [name, type])).toEqual([["../out", "CopyInCreateFile"], ["a/../b", "Symlink"]]);
  });

  claim("go nowhere through a link", async () => {
    const ran = await runGroup([command("test -d d && test ! -L d && readlink d/passwd", { copyIn: { d: { kind: "symlink", to: "/etc" }, "d/passwd": { kind: "symlink", to: "/nowhere" } } })]);
    expect(await ran.file(0, "stdout")).toBe("/nowhere\n");
  });

  claim("that it left come out, with an error for each that cannot", async () => {
    const ran = await runGroup([command("echo text > t; mkdir dir; ln -s t link; head -c 2000 /dev/zero > big; exit 1", {
      copyOut: ["t", "dir", "link", "gone", "not?", "big", "../x"], copyOutMax: 1000,
    })]);
    expect(await ran.file(0, "t")).toBe("text\n");
    expect(ran.outcomes[0]!.fileErrors.map(({ name, type }) => [name, type])).toEqual([
      ["dir", "CopyOutNotRegularFile"], ["link", "CopyOutOpen"], ["gone", "CopyOutOpen"], ["big", "CopyOutSizeExceeded"], ["../x", "CopyOutOpen"],
    ]);
  });

  claim("that are too large can be cut", async () => {
    const ran = await runGroup([command("printf 123456 > t", { copyOutCached: ["t"], copyOutMax: 4, copyOutTruncates: true })]);
    expect(await ran.file(0, "t")).toBe("1234");
    expect(ran.outcomes[0]).toMatchObject({ run: { status: "Success" }, fileErrors: [{ name: "t", type: "CopyOutSizeExceeded" }] });
  });
});

describe("pipes", () => {
  const streams = (input: ReturnType<typeof text> | null, output: ReturnType<typeof collector> | null) => [input, output, collector("stderr")];

  claim("lead from one command to another, both ways at once", async () => {
    const ran = await runGroup(
      [command("echo ping; read answer; echo $answer >&2", { files: streams(null, null) }), command("read word; echo pong $word", { files: streams(null, null) })],
      [pipe([0, 1], [1, 0]), pipe([1, 1], [0, 0])],
    );
    expect(statuses(ran)).toEqual(["Success", "Success"]);
    expect(await ran.file(0, "stderr")).toBe("pong ping\n");
  });

  claim("end for the reader with the writer, and for the writer with the reader", async () => {
    const left = await runGroup([command("exec yes", { files: streams(text(""), null) }), command("head -n 1", { files: streams(null, collector("out")) })], [pipe([0, 1], [1, 0])]);
    expect(left.outcomes[0]!.run).toMatchObject({ status: "Signaled", signal: 13 });
    expect(await left.file(1, "out")).toBe("y\n");
    const whole = await runGroup([command("head -c 300000 /dev/zero", { files: streams(text(""), null) }), command("wc -c", { files: streams(null, collector("out")) })], [pipe([0, 1], [1, 0])]);
    expect(await whole.file(1, "out")).toBe("300000\n");
  });

  claim("through us keep the beginning of what goes by, and let the rest flow", async () => {
    const ran = await runGroup(
      [command("head -c 3000000 /dev/zero | tr '\\0' x", { files: streams(text(""), null) }), command("wc -c", { files: streams(null, collector("out")) })],
      [pipe([0, 1], [1, 0], { proxied: true, name: "traffic", most: 10 })],
    );
    expect([await ran.file(0, "traffic"), await ran.file(1, "out")]).toEqual(["x".repeat(10), "3000000\n"]);
    expect(ran.outcomes[0]!.fileErrors).toEqual([]);
  });

  claim("through us do not end the writer with the reader", async () => {
    const ran = await runGroup(
      [command("head -c 3000000 /dev/zero; echo done >&2", { files: streams(text(""), null) }), command("head -c 1 > /dev/null", { files: streams(null, collector("out")) })],
      [pipe([0, 1], [1, 0], { proxied: true, name: "traffic", most: 4 })],
    );
    expect(statuses(ran)).toEqual(["Success", "Success"]);
    expect(await ran.file(0, "stderr")).toBe("done\n");
  });

  claim("have any descriptors, on both ends and of both kinds", async () => {
    const writer = command("echo direct >&3; echo proxied >&4", { files: [text(""), collector("stdout"), collector("stderr"), null, null] });
    const reader = command("cat <&7; cat <&6", { files: [text(""), collector("stdout"), collector("stderr"), text(""), text(""), text(""), null, null] });
    const ran = await runGroup([writer, reader], [pipe([0, 3], [1, 6]), pipe([0, 4], [1, 7], { proxied: true, name: "seen", most: 100 })]);
    expect([await ran.file(1, "stdout"), await ran.file(0, "seen")]).toEqual(["proxied\ndirect\n", "proxied\n"]);
  });

  claim("can be opened by the names of their descriptors, and collectors as well", async () => {
    const writer = command("echo one > /dev/stdout; echo two > /dev/fd/3; echo three > /dev/stderr", { files: [text(""), null, collector("err"), collector("three")] });
    const ran = await runGroup([writer, command("cat /dev/stdin > /dev/stdout", { files: [null, collector("out"), collector("err")] })], [pipe([0, 1], [1, 0])]);
    expect([await ran.file(1, "out"), await ran.file(0, "three"), await ran.file(0, "err")]).toEqual(["one\n", "two\n", "three\n"]);
  });

  claim("to a command that cannot begin end at once", async () => {
    const ran = await runGroup([command("exec yes", { files: streams(text(""), null) }), command("", { args: ["no-such-program"], files: streams(null, collector("out")) })], [pipe([0, 1], [1, 0])]);
    expect(ran.outcomes[0]!.run).toMatchObject({ status: "Signaled", signal: 13 });
    expect(ran.outcomes[1]!.began).toBe(false);
  });
});

claim("a group leaves no descriptors behind, however its commands end", async () => {
  const open = () => readdirSync("/proc/self/fd").length;
  const mixed = () => runGroup(
    [
      command("yes", { files: [text(""), null, collector("err"), null, collector("four", 10), text("five")] }),
      command("head -n 1; exec >&3; yes", { files: [null, collector("out", 10), collector("err"), collector("three", 10), null] }),
      command("", { args: ["no-such-program"], files: [null, null, collector("err")] }),
      command("cat", { tty: true, files: [text("x"), collector("out"), collector("out")] }),
      command("exit 0", { copyIn: { "../x": text("") }, files: [text(""), null, collector("err")] }),
      command("exit 0", { files: [text(""), collector("zero"), null] }),
    ],
    [pipe([0, 1], [1, 0]), pipe([0, 3], [2, 0], { proxied: true, name: "p", most: 1 }), pipe([4, 1], [1, 4]), pipe([5, 2], [0, 6]), pipe([2, 1], [5, 7], { proxied: true })],
  );
  await mixed();
  const before = open();
  await mixed();
  expect(open()).toBe(before);
});

claim("a command that cannot be given its descriptors says so, and its neighbour ends", async () => {
  const impossible = command("exit 0", { files: [collector("zero"), null, collector("err")] });
  const ran = await runGroup([impossible, command("cat", { files: [null, collector("out"), collector("err")] })], [pipe([0, 1], [1, 0])]);
  expect(ran.outcomes[0]).toMatchObject({ began: false, run: { status: "InternalError", error_message: expect.stringContaining("descriptor 0") } });
  expect(ran.outcomes[1]!.run.status).toBe("Success");
});

describe("live descriptors", () => {
  claim("take what comes, and show what is written at once", async () => {
    const files = [{ kind: "stream-in" as const }, { kind: "stream-out" as const }, collector("stderr")];
    let count = 0;
    const ran = await runGroup([command("while read line; do echo got $line; done", { files })], [], {
      talk: (say, tell) => {
        const type = (typed: string | null) => say({ command: 0, fd: 0 }, typed === null ? null : Buffer.from(typed));
        type("one\n");
        tell((event) => {
          if (event.kind === "output") type(count++ === 0 ? "two\n" : null);
        });
      },
    });
    const shown = ran.events.map((event) => (event.kind === "output" ? [event.test, event.stream, Buffer.from(event.base64, "base64").toString()] : null));
    expect(shown).toEqual([[0, 1, "got one\n"], [0, 1, "got two\n"]]);
    expect(statuses(ran)).toEqual(["Success"]);
  });
});
