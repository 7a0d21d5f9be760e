// Whatever a program does: the result is the same, whether its launcher was started for it or waited for it.
import { describe, expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { IsolateError, type ExecutionResult, type IsolateConfigInput, type RunOptions } from "../../src/index.ts";
import type { ExecutionStatus } from "../../src/model/status.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { taken, warmBox, warmth } from "./warm.ts";

const claim = claimWith(...sandbox);

interface Behaviour {
  readonly claim: string;
  readonly status: ExecutionStatus;
  /** Words of a command; the first is a fixture program, or a path. */
  readonly command: string | readonly string[];
  readonly config?: IsolateConfigInput;
  readonly options?: Partial<RunOptions>;
}

const shell = (text: string) => ["/bin/sh", "-c", text];
const MiB = 2 ** 20;

const behaviours: readonly Behaviour[] = [
  { claim: "a program that succeeds", status: "Success", command: shell("echo out; echo err >&2") },
  { claim: "an exit code", status: "RuntimeError", command: "exit-with 7" },
  { claim: "a signal", status: "Signaled", command: "segfault" },
  { claim: "abort, which pid 1 would ignore", status: "Signaled", command: "abort-self" },
  { claim: "CPU time over the limit", status: "TimeLimit", command: "spin 5", options: { overrides: { maxCpu: 0.1, maxTime: 60 } } },
  { claim: "wall time over the limit", status: "TimeLimit", command: "sleep-for 5", options: { overrides: { maxTime: 0.2 } } },
  { claim: "memory over the limit", status: "MemoryLimit", command: "touch-memory 64", config: { memory_limit: 32 * MiB } },
  { claim: "memory in /tmp over the limit", status: "MemoryLimit", command: "fill-tmp 64", config: { memory_limit: 32 * MiB } },
  { claim: "too many processes", status: "ProcessLimit", command: "fork-children 20", config: { process_limit: 8 } },
  { claim: "a file too large", status: "FileSizeLimit", command: "write-file 3", config: { file_size_limit: MiB } },
  { claim: "too much output", status: "FileSizeLimit", command: "flood-stdout", config: { output_limit: 4096 } },
  { claim: "a forbidden call", status: "SecurityViolation", command: "raise-sigsys" },
  { claim: "who the program is", status: "Success", command: "print-identity" },
  { claim: "its limits", status: "Success", command: "print-limits", config: { stack_limit: 8 * MiB, open_files_limit: 32 } },
  { claim: "its signals", status: "Success", command: "print-signals" },
  { claim: "its descriptors", status: "Success", command: "print-descriptors" },
  { claim: "what it has of its caller", status: "Success", command: "print-attributes" },
  { claim: "its environment", status: "Success", command: "print-environment", options: { environment: [["A", "b c"]] } },
  { claim: "its network interfaces without a network", status: "Success", command: "list-interfaces" },
  { claim: "its network interfaces with a loopback", status: "Success", command: "list-interfaces", options: { network: "loopback" } },
  { claim: "its root, its /dev and its /etc", status: "Success", command: shell("ls -la / /dev /etc | tr -s ' ' | grep -v ' [.][.]*$\\| proc$' | sed 's/ [A-Z][a-z][a-z] .*:.. / /'; cat /etc/passwd /etc/hosts; stat -c '%a %u %g %F' /box /tmp /dev/shm; cat /proc/self/mountinfo 2>&1 | wc -l"), config: { process_limit: 16 } },
  { claim: "what it may write to", status: "RuntimeError", command: shell("touch /tmp/a /dev/shm/a /box/a && echo ok; touch /usr/a /etc/a /a; mkdir /proc/a"), config: { process_limit: 16 } },
  { claim: "what is executed in its working directory", status: "Success", command: "exit-with 0" },
  { claim: "set-user-ID and devices in its working directory", status: "Success", command: shell("grep -o 'nosuid,nodev' /proc/self/mounts | sort -u; true"), config: { process_limit: 16 } },
  { claim: "another working directory", status: "Success", command: shell("pwd"), options: { chdir: "/tmp" } },
  { claim: "files for the streams", status: "Success", command: ["/bin/cat"], options: { stdinFile: "in", stdoutFile: "out" } },
  { claim: "processors", status: "Success", command: shell("grep Cpus_allowed_list /proc/self/status"), options: { cpus: "0" }, config: { process_limit: 16 } },
  { claim: "a program that is not there", status: "RuntimeError", command: ["/no/such/program"] },
  { claim: "a program that is no executable", status: "RuntimeError", command: ["./in"] },
  { claim: "a mount of the caller's", status: "Success", command: shell("cat /data/hostname | wc -l"), options: { mounts: ["data=/proc/sys/kernel:ro"] }, config: { process_limit: 16 } },
  { claim: "a strict filter", status: "Success", command: "exit-with 0", options: { seccomp: "strict" } },
  { claim: "more that is allowed", status: "Success", command: "exit-with 0", options: { allow: ["ptrace", "locks"] as never } },
];

/** What does not differ from run to run. */
function comparable({ status, exit_code, signal, stdout, stderr, error_message, enforced, limit, stdout_truncated, phase }: ExecutionResult): unknown {
  const same = stdout.replace(/pipe:\[\d+\]/g, "pipe").replace(/^.*(Vm|Rss|ctxt_switches|Pid|NSsid|NSpgid|THP|Threads|autogroup).*$/gm, "");
  return { status, exit_code, signal, stdout: same, stderr, error_message, enforced, limit, stdout_truncated, phase };
}

describe("with a launcher that waited the result is the same:", () => {
  for (const { claim: title, status, command, config, options } of behaviours) {
    claim(title, async () => {
      using warm = warmBox(config);
      writeFileSync(join(warm.box.workdir, "in"), "input\n", { mode: 0o644 });
      const [first = "", ...rest] = typeof command === "string" ? command.split(" ") : command;
      const argv = [/^[./]/.test(first) ? first : await warm.bring(first), ...rest];
      const cold = await warm.run(argv, options);
      expect(cold.trace).not.toContain(taken);
      expect([cold.result.status, cold.result.error_message]).toEqual([status, status === "Success" ? null : expect.any(String)]);
      using _ = warmth();
      const [before, after] = [await warm.run(argv, options), await warm.run(argv, options)];
      if (cold.result.phase === "run" && !cold.trace.some((line) => line === "the program runs")) {
        // Nothing was started, so nothing was prepared.
        expect(comparable(after.result)).toEqual(comparable(cold.result));
        return;
      }
      expect(before.trace).not.toContain(taken);
      expect(after.trace).toContain(taken);
      expect(comparable(before.result)).toEqual(comparable(cold.result));
      expect(comparable(after.result)).toEqual(comparable(cold.result));
    });
  }

  claim("the host's network", async () => {
    using warm = warmBox({ process_limit: 16 });
    using _ = warmth();
    const argv = shell("cat /proc/net/dev | tail -n +3 | cut -d: -f1 | sort");
    const first = await warm.run(argv, { shareNetwork: true });
    const second = await warm.run(argv, { shareNetwork: true });
    expect(second.trace).toContain(taken);
    expect([second.result.stdout, second.result.enforced]).toEqual([first.result.stdout, first.result.enforced]);
  });

  claim("no descriptor of the launcher is a working directory", async () => {
    using warm = warmBox();
    using _ = warmth();
    await warm.run(["/bin/true"]);
    for (let fd = 3; fd < 16; fd++) {
      const error = await warm.run(["/bin/pwd"], { chdir: `/proc/self/fd/${fd}` }).then(({ result }) => result.status, (reason: unknown) => (reason as Error).name);
      expect([fd, error]).not.toEqual([fd, "Success"]);
    }
  });

  claim("an error of the caller's", async () => {
    using warm = warmBox();
    using _ = warmth();
    await warm.run(["/bin/true"]);
    const error = await warm.run(["/bin/true"], { chdir: "/nowhere" }).then(() => null, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(IsolateError);
    expect((error as IsolateError).message).toContain("/nowhere");
    expect((await warm.run(["/bin/true"])).result.status).toBe("Success");
  });
});
