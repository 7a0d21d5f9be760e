// Network and inter-process communication: nobody outside the box can be reached, nothing is handed to the next run.
import { describe, expect } from "bun:test";
import { readFileSync } from "node:fs";
import { boxWith } from "../helpers/programs.ts";
import { until } from "../helpers/until.ts";
import { attack } from "./attack.ts";

const filter = "install the seccomp filter";
const identity = `become uid,become gid,drop all capabilities,drop capability,set no_new_privs,${filter}`;

describe("network", () => {
  attack({
    claim: "a listener on 127.0.0.1 or ::1 of the host cannot be reached", programs: ["reach"], command: ({ canaries: { ports } }) => `./reach tcp ${ports.ipv4} ${ports.ipv6}`,
    flags: "--network loopback", without: null, because: "the step makes the mount namespace too; the next case has the control", onHost: true,
  });
  attack({
    claim: "without a network, not even the loopback of the box can be had", programs: ["reach"], command: ({ canaries: { ports } }) => `./reach tcp ${ports.ipv4} ${ports.ipv6}`,
    without: null, because: "the network namespace holds it as well", openedBy: "--network host",
  });
  attack({
    claim: "an abstract socket of the host cannot be reached", programs: ["reach"], command: ({ canaries }) => `./reach abstract ${canaries.abstractName}`,
    without: null, because: "the step makes the mount namespace too", openedBy: "--share-net", onHost: true,
  });
  attack({
    claim: "a named socket of the host cannot be reached", programs: ["reach"], command: ({ canaries }) => `./reach path ${canaries.socketPath}`,
    without: null, because: "a mount rule opens it", openedBy: ({ canaries }) => `--mount ${canaries.open}:rw`, onHost: true,
  });
  attack({
    claim: "there is no virtual socket to the machine's host", programs: ["reach"], command: "./reach vsock", without: filter,
  });
  attack({ claim: "raw and packet sockets are refused", programs: ["reach"], command: "./reach raw", flags: "--network loopback", without: identity });
  attack({ claim: "the loopback interface cannot be changed", programs: ["reach"], command: "./reach link", flags: "--network loopback", without: identity });
  attack({ claim: "the only interface is loopback, and there is no route", shell: "tail -n +3 /proc/net/dev | grep -v '^ *lo:' | sed 's/^/BREACH /'; tail -n +2 /proc/net/route | sed 's/^/BREACH /'; echo done", without: null, because: "the step makes the mount namespace too", openedBy: "--share-net" });
  attack({ claim: "no socket of the host is listed in /proc/net/unix", shell: "tail -n +2 /proc/net/unix | sed 's/^/BREACH /'; echo done", without: null, because: "the step makes the mount namespace too", openedBy: "--share-net" });
  attack({
    claim: "what a program listens on cannot be reached from the host", without: null, because: "the step makes the mount namespace too", flags: "--max-time 5",
    play: async ({ state, box }) => {
      const serve = "import socket,time\ns=socket.socket(); s.bind(('127.0.0.1',0)); s.listen()\nprint(s.getsockname()[1],flush=True)\ns.settimeout(1)\ntry:\n  s.accept(); print('BREACH')\nexcept TimeoutError: print('done')";
      // On a terminal-less passthrough the port arrives while the program runs.
      const running = state.start(["run", "--passthrough", "--network", "loopback", "--box-id", box.id, "--", "/usr/bin/python3", "-c", serve]);
      const port = await until("the program listens", () => /^([0-9]+)\n/.exec(running.stdoutSoFar())?.[1]);
      const reached = await Bun.connect({ hostname: "127.0.0.1", port: Number(port), socket: { data() {} } }).then((socket) => (socket.end(), true), () => false);
      expect([reached, (await running.ended).stdout]).toEqual([false, `${port}\ndone\n`]);
    },
  });
  attack({
    claim: "two boxes that listen on the same port do not meet", without: null, because: "the step makes the mount namespace too",
    play: async ({ state, box }) => {
      await boxWith(state, [], { id: "other" });
      const serve = "import socket\ns=socket.socket(); s.bind(('127.0.0.1',4242)); s.listen(); s.settimeout(0.5)\ntry:\n  s.accept(); print('BREACH')\nexcept TimeoutError: print('done')";
      const runs = await Promise.all([box.id, "other"].map((id) => state.json(["run", "--network", "loopback", "--box-id", id, "--", "/usr/bin/python3", "-c", serve])));
      expect(runs.map(({ result }) => result.stdout)).toEqual(["done\n", "done\n"]);
      await state.mini(["cleanup", "--box-id", "other"]);
    },
  });
  attack({ claim: "the host's name can be neither learned nor changed", programs: ["reach"], shell: "[ $(uname -n) = box ] || echo BREACH; ./reach name 2>&1", without: identity, init: "--processes 4", status: "SecurityViolation", expect: ({ result }) => expect([result.forbidden_syscall, result.stdout]).toEqual(["sethostname", ""]), breached: ({ result }) => expect(result.stdout).toContain("BREACH sethostname") });
});

describe("between runs", () => {
  for (const [kind, what] of [["system-v", "System V objects"], ["queue", "a message queue"], ["files", "files in /tmp and /dev/shm"]] as const) {
    attack({
      claim: `${what} of one run are not there in the next`, programs: ["persist"], without: null, because: "the namespace is made by the step that makes the mount namespace too",
      play: async ({ run }) => {
        expect((await run(["./persist", "leave", kind])).result.stdout).toBe("done\n");
        const { result } = await run(["./persist", "find", kind]);
        expect([result.stdout.includes("BREACH"), result.stdout.includes("done")]).toEqual([false, true]);
      },
    });
  }
  attack({
    claim: "a key on a keyring is not there in the next run", programs: ["persist"], without: null, because: "two runs; kernel-interface has the control of the filter",
    play: async ({ run }) => {
      await run(["./persist", "leave", "keyring"]);
      const { result } = await run(["./persist", "find", "keyring"]);
      expect(result.stdout).not.toContain("BREACH");
      expect(readFileSync("/proc/keys", "utf8")).not.toContain("mini-isolate-canary");
    },
  });
  attack({ claim: "no key can be made", programs: ["persist"], command: "./persist leave keyring", without: filter, status: "SecurityViolation" });
  attack({
    claim: "no lock can be taken on a file that boxes share", programs: ["persist"], command: ["./persist", "leave", "lock", "/usr/bin/true"], without: filter,
  });
  attack({
    claim: "what one box shares through /tmp, /dev/shm or System V does not reach another box that runs at the same time", programs: ["persist"], without: null, because: "two boxes at once",
    play: async ({ state, box }) => {
      await boxWith(state, ["attacks/persist"], { id: "other" });
      const leaver = state.start(["run", "--passthrough", "--network", "loopback", "--box-id", box.id, "--", "/bin/sh", "-c", "./persist leave files >/dev/null; ./persist leave system-v; exec sleep 5"]);
      await leaver.prints("done");
      for (const kind of ["files", "system-v"]) {
        const { result } = await state.json(["run", "--box-id", "other", "--", "./persist", "find", kind]);
        expect([result.stdout.includes("BREACH"), result.stdout.includes("done")]).toEqual([false, true]);
      }
      leaver.kill("SIGTERM");
      await leaver.ended;
      await state.mini(["cleanup", "--box-id", "other"]);
    },
    init: "--processes 4",
  });
});
