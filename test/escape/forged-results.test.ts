// A program that wants a say in its own verdict.
import { describe, expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { binaryPath } from "../helpers/binary.ts";
import { attack } from "./attack.ts";

const supervisor = "what is read and believed is the supervisor's choice";

describe("exit codes", () => {
  attack({
    claim: "no exit code is taken for a limit, a signal or a fault of ours: not those of shells, timeout, judges or ours", without: null, because: supervisor,
    init: "--processes 8",
    play: async ({ state, box }) => {
      const codes = Array.from({ length: 256 }, (_, code) => code);
      for (const code of codes.filter((number) => number % 16 === 0 || [1, 2, 3, 4, 5, 6, 64, 75, 99, 124, 125, 126, 127, 129, 134, 137, 139, 143, 152, 153, 159, 255].includes(number))) {
        const { result, exitCode } = await state.json(["run", "--box-id", box.id, "--", "/bin/sh", "-c", `exit ${code}`]);
        expect([result.status, result.exit_code, result.signal, exitCode]).toEqual([code === 0 ? "Success" : "RuntimeError", code, null, code === 0 ? 0 : 1]);
      }
    },
  });
  for (const [signal, status, code] of [[9, "Signaled", 1], [25, "FileSizeLimit", 1], [31, "SecurityViolation", 4], [24, "Signaled", 1], [6, "Signaled", 1]] as const) {
    attack({
      claim: `a program that sends itself signal ${signal} is ${status}, never a time or memory limit`, shell: `kill -${signal} $$; sleep 5`, status, without: null, because: supervisor,
      expect: ({ result, exitCode }) => expect([result.status, result.signal, exitCode]).toEqual([status, signal, code]),
    });
  }
  attack({
    claim: "a shell whose child died of a memory limit cannot hide it by exit 0", init: "--mem 32 --processes 8", status: "MemoryLimit", without: null, because: supervisor,
    shell: "python3 -c 'x = bytearray(100 << 20)'; exit 0",
  });
});

describe("descriptors", () => {
  attack({
    claim: "there is no descriptor above 2 to write a verdict to", programs: ["forge"], command: "./forge descriptors", without: "close descriptors above 2 on execve",
    options: { through: ["/bin/bash", "-c", 'exec 7>/dev/null 200>/dev/null; exec "$@"', "bash"] },
  });
  attack({
    claim: "output cannot be opened again for reading, to take it back", programs: ["forge"], command: "./forge reopen", without: "become uid,drop all capabilities,drop capability",
  });
  attack({
    claim: "flags on the shared descriptors and a child that holds them neither delay nor lose the result", programs: ["forge"], init: "--processes 4", command: "./forge nonblocking", without: null, because: supervisor,
    expect: ({ result }) => {
      expect([result.status, result.stdout]).toEqual(["Success", "done\n"]);
      expect(result.wall_time).toBeLessThan(2);
    },
  });
  attack({
    claim: "a program that closes its streams at once is judged like any other", shell: "exec 0<&- 1>&- 2>&-; exit 7", without: null, because: supervisor,
    expect: ({ result }) => expect([result.status, result.exit_code, result.stdout, result.stderr]).toEqual(["RuntimeError", 7, "", ""]),
  });
  attack({
    claim: "what is written to every descriptor in /proc/self/fd reaches nothing but the streams", shell: "for f in /proc/self/fd/*; do echo forged >$f; done 2>/dev/null; echo done", without: null, because: supervisor,
    expect: ({ result }) => expect([result.status, result.error_message]).toEqual(["Success", null]),
  });
});

describe("words", () => {
  const forged = '{"status":"Success","success":true,"exit_code":0}';
  attack({
    claim: "a forged result document on stdout and stderr stays text in the real one", shell: `echo '${forged}'; echo '${forged}' >&2; echo 'mini-isolate: ok' >&2; exit 3`, without: null, because: supervisor,
    expect: ({ result, stdout }) => {
      expect([result.status, result.exit_code, result.stdout]).toEqual(["RuntimeError", 3, `${forged}\n`]);
      expect(stdout.trim().split("\n")).toHaveLength(1);
    },
  });
  attack({
    claim: "invalid UTF-8, NULs and lone surrogates give one valid document that loses no byte", shell: "printf 'a\\0b\\377\\376\\355\\240\\200\\n'", without: null, because: supervisor,
    expect: ({ result, stdout }) => {
      expect(() => JSON.parse(stdout)).not.toThrow();
      expect(Buffer.from((result as unknown as { stdout_base64: string }).stdout_base64, "base64").toString("latin1")).toBe("a\0b\xff\xfe\xed\xa0\x80\n");
    },
  });
  attack({
    claim: "the meta file has no line of the program's", without: null, because: supervisor,
    play: async ({ state, box }) => {
      const meta = join(state.scratch, "meta");
      await state.json(["run", "--box-id", box.id, "--meta", meta, "--", "./no\nstatus:OK\nexitcode:0"]);
      const keys = readFileSync(meta, "utf8").trim().split("\n").map((line) => line.slice(0, line.indexOf(":")));
      expect(new Set(keys).size).toBe(keys.length);
      expect(readFileSync(meta, "utf8")).toMatch(/^exitcode:127$/m);
    },
  });
  attack({
    claim: "terminal escapes in the output do not reach a terminal as such", without: null, because: supervisor,
    play: async ({ state, box }) => {
      const { stdout } = await state.mini([], {
        through: ["/bin/sh", "-c", `/usr/bin/script -qec "${binaryPath} run --box-id ${box.id} -- /usr/bin/printf '\\\\033]0;owned\\\\007\\\\033[2J'" /dev/null </dev/null`, "sh"], cwd: state.scratch,
      });
      const [status, ...rest] = stdout.split("\r\n");
      // The colour of this word is ours.
      expect(status).toMatch(/^Status: (\x1b\[32m)?Success(\x1b\[0m)?$/);
      expect(rest.join("\n")).toContain("owned");
      expect(rest.join("\n")).not.toMatch(/[\x1b\x07]/);
    },
  });
  attack({
    claim: "a text result that the program prints comes after the real one", shell: "printf 'Status: Success\\nExit code: 0\\n'; exit 9", without: null, because: supervisor,
    expect: async (_, { state, box }) => {
      const { stdout, exitCode } = await state.mini(["run", "--box-id", box.id, "--", "/bin/sh", "-c", "printf 'Status: Success\\nExit code: 0\\n'; exit 9"]);
      expect(stdout.split("\n").slice(0, 2)).toEqual(["Status: RuntimeError", "Exit code: 9"]);
      expect(exitCode).toBe(1);
    },
  });
});

describe("time and memory", () => {
  attack({
    claim: "a clock of its own making does not change the times", shell: "faketime 2>/dev/null; sleep 0.2; echo done", without: null, because: supervisor,
    expect: ({ result }) => expect(result.wall_time).toBeGreaterThan(0.19),
  });
  attack({
    claim: "setting the machine's clock is a forbidden call", shell: "sleep 0.2; date -s '2001-01-01'; echo BREACH", status: "SecurityViolation", without: null, because: "the twin would set the clock of the host",
    expect: ({ result }) => {
      expect(result.forbidden_syscall).toBeOneOf(["clock_settime", "settimeofday"]);
      expect(result.wall_time).toBeGreaterThan(0.19);
    },
  });
  attack({
    claim: "a limit that is passed by a child counts although the parent exits 0 in time", shell: "python3 -c 'while True: pass' & sleep 0.6; kill %1; exit 0", flags: "--max-cpu 0.3 --max-time 5", status: "TimeLimit", without: null, because: supervisor,
  });
});
