// What the program finds in /proc: its own processes, and of the machine no more than a list of names.
import { describe, expect } from "bun:test";
import { readdirSync } from "node:fs";
import { shownOfProc } from "../../src/executor/plan/proc.ts";
import { openState, type State } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);

/** Names that a host's /proc has besides processes: those of this one, and some of others. */
const everyName = [...new Set([...readdirSync("/proc").filter((name) => !/^[0-9]+$/.test(name)), "modules", "kallsyms", "timer_list", "sched_debug", "schedstat", "mdstat", "xen"])];

const shown = (network: boolean) => shownOfProc.filter((entry) => !entry.network || network).map(({ name }) => name);

/** The lines that a program prints in box 0. @throws Error when it does not succeed */
async function linesOf(state: State, command: readonly string[], flags: readonly string[] = []): Promise<string[]> {
  const { result, stderr } = await state.json(["run", "--box-id", "0", ...flags, "--", ...command]);
  if (!result.success) throw new Error(`${command.join(" ")}: ${result.status} ${result.exit_code} ${result.error_message} ${result.stderr} ${stderr}`);
  return result.stdout.split("\n").filter((line) => line !== "");
}

/** Names that can be opened in a proc file system of the box. */
async function found(state: State, at: string, flags: readonly string[] = []): Promise<string[]> {
  const answers = await linesOf(state, ["./open-path", "read", ...everyName.map((name) => `${at}/${name}`)], flags);
  expect(new Set(answers).isSubsetOf(new Set(["OK", "ENOENT"]))).toBe(true);
  return everyName.filter((_, index) => answers[index] === "OK").toSorted();
}

const own = ["self", "thread-self"];

describe("/proc", () => {
  claim("lists processes and nothing of the machine", async () => {
    await using state = openState();
    await boxWith(state, []);
    expect((await linesOf(state, ["/usr/bin/ls", "-A", "/proc"])).filter((name) => !/^[0-9]+$/.test(name))).toEqual(own);
  });

  claim("has of the machine what the list says, and nothing else that a kernel shows", async () => {
    await using state = openState();
    await boxWith(state, ["open-path"]);
    expect(everyName.length).toBeGreaterThan(30);
    expect(await found(state, "/proc")).toEqual([...own, ...shown(false)].toSorted());
  });

  claim("has the network's files besides for a program that has a network, by the link that leads to its own", async () => {
    await using state = openState();
    await boxWith(state, ["open-path"]);
    for (const network of ["loopback", "host"]) expect(await found(state, "/proc", ["--network", network])).toEqual([...own, ...shown(true)].toSorted());
    expect(await linesOf(state, ["/usr/bin/readlink", "/proc/net"], ["--share-net"])).toEqual(["self/net"]);
    expect(await linesOf(state, ["/usr/bin/ls", "/proc/net/"], ["--share-net"])).toEqual(expect.arrayContaining(["dev", "tcp"]));
  });

  claim("has nothing of the machine with --seccomp strict", async () => {
    await using state = openState();
    await boxWith(state, ["open-path"]);
    expect(await found(state, "/proc", ["--seccomp", "strict"])).toEqual(own);
  });

  claim("is the same wherever a rule mounts it, read-only or not", async () => {
    await using state = openState();
    await boxWith(state, ["open-path"]);
    expect(await found(state, "/deep/er/x", ["--mount", "deep/er/x=proc:fs:rw:noexec"])).toEqual([...own, ...shown(false)].toSorted());
    expect(await found(state, "/proc", ["--mount", "proc=proc:fs"])).toEqual([...own, ...shown(false)].toSorted());
  });

  claim("tells what it shows as the host does", async () => {
    await using state = openState();
    await boxWith(state, []);
    const first = async (name: string) => (await linesOf(state, ["/usr/bin/head", "-n", "1", `/proc/${name}`]))[0];
    expect([await first("cpuinfo"), await first("meminfo"), await first("stat")]).toEqual([expect.stringMatching(/^processor\s*: 0$/), expect.stringMatching(/^MemTotal: +[0-9]+ kB$/), expect.stringMatching(/^cpu +[0-9]/)]);
  });

  claim("has a reason for each name", () => {
    expect(shownOfProc.every(({ why }) => why.length > 20)).toBe(true);
    expect(new Set(shownOfProc.map(({ name }) => name)).size).toBe(shownOfProc.length);
  });

  claim("keeps what ps, top and nproc read", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--processes", "8"] });
    expect(await linesOf(state, ["/bin/sh", "-c", "ps -o comm= | head -n 1; nproc | grep -c '^[1-9]'; free | grep -c Mem"])).toEqual(["sh", "1", "1"]);
  });
});
