// Files: out of the box by any path, and what is planted in the box for those who open files there as root.
import { describe, expect } from "bun:test";
import { chmodSync, chownSync, copyFileSync, existsSync, lchownSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../helpers/programs.ts";
import { patience } from "../helpers/slowness.ts";
import { attack, type Scene } from "./attack.ts";

/** Without these the program is root with every capability, in its namespaces. */
const identity = "become uid,become gid,drop all capabilities,drop capability,set no_new_privs,install the seccomp filter";

describe("the way out", () => {
  attack({
    claim: "no path of the host leads out of the box", programs: ["breakout"], without: null, because: "a mount rule opens it", openedBy: ({ canaries }) => `--mount ${canaries.directory}`,
    command: ({ canaries: { writable } }) => ["./breakout", "read", writable, ...["/proc/1/root", "/proc/self/root", "/proc/self/cwd/../..", "/box/../..", "/..", "/proc/thread-self/root"].map((path) => path + writable)],
  });
  attack({
    claim: "the classic break-out of a chroot leads nowhere", programs: ["breakout"], command: ({ canaries }) => ["./breakout", "chroot", canaries.writable],
    without: `detach the old root,${identity}`, status: "SecurityViolation",
  });
  attack({
    claim: "no file of the host can be opened by its handle (shocker)", programs: ["breakout"], command: ({ canaries }) => ["./breakout", "handle", canaries.writable],
    without: identity, status: "SecurityViolation",
  });
  attack({
    claim: "nothing outside /box, /tmp and /dev/shm can be written, not even by root of the box", programs: ["breakout"],
    command: "./breakout create /x /usr/x /usr/bin/x /etc/x /dev/x /bin/x /proc/x /etc/passwd /etc/alternatives/x /lib/x",
    without: `${identity},make the new root read-only,make /dev read-only`,
  });
  attack({
    claim: "a directory of the host is read-only although everybody may write to it", programs: ["breakout"], flags: ({ canaries }) => `--mount data=${canaries.open}`,
    command: "./breakout write /data/writable", without: "restrict /data",
  });
  attack({
    claim: "no device can be made or opened, wherever", programs: ["breakout"], command: "./breakout nodes", without: null, because: "nodev is an argument of each mount",
  });
  attack({
    claim: "a device of the host in a mounted directory cannot be opened", programs: ["breakout"], without: "restrict /data",
    before: ({ state }) => {
      mkdirSync(join(state.scratch, "devices"));
      expect(Bun.spawnSync(["/usr/bin/mknod", "-m", "666", join(state.scratch, "devices/zero"), "c", "1", "5"]).exitCode).toBe(0);
    },
    flags: ({ state }) => `--mount data=${join(state.scratch, "devices")}`, command: "./breakout open /data/zero",
  });
  attack({
    claim: "a setuid program of root in a mounted directory gives no rights", programs: ["breakout"], without: "restrict /data,set no_new_privs,drop capability,install the seccomp filter",
    before: async ({ state }) => {
      mkdirSync(join(state.scratch, "tools"));
      const copy = join(state.scratch, "tools/rooted");
      copyFileSync(await program("attacks/breakout"), copy);
      chmodSync(copy, 0o6755);
    },
    flags: ({ state }) => `--mount data=${join(state.scratch, "tools")}`, command: "./breakout setuid /data/rooted",
  });
  attack({
    claim: "a copy with mode 6777 gives its user no rights, and the host's others cannot reach it", shell: "cp /usr/bin/id stolen; chmod 6777 stolen; ./stolen -u; echo done", without: null,
    because: "the mode of the box's parent is made by init",
    expect: async ({ result }, { box }) => {
      expect(result.stdout).toBe(`${result.enforced.user}\ndone\n`);
      const asOther = Bun.spawnSync(["/usr/bin/setpriv", "--reuid", "65533", "--regid", "65533", "--clear-groups", "/bin/sh", "-c", `${join(box.directory, "stolen")} -u`]);
      expect([asOther.exitCode === 0, asOther.stdout.toString()]).toEqual([false, ""]);
    },
  });
  attack({
    claim: "no line of mountinfo names a path of the host", without: null, because: "two layers, private mounts and the pivot, without which nothing would start",
    shell: "cat /proc/self/mountinfo; echo done", expect: ({ result }, { state }) => {
      for (const name of [state.directory, state.scratch, "mini-isolate", "/tmp/"]) expect(result.stdout.replaceAll(" /tmp rw", "").split("\n").filter((line) => line.split(" ")[4]?.includes(name))).toEqual([]);
      const writable = result.stdout.split("\n").filter((line) => line.includes(" rw,")).map((line) => line.split(" ")[4]);
      expect(writable.filter((point) => !["/box", "/tmp", "/dev/shm"].includes(point!) && !/ ro,/.test(result.stdout.split("\n").find((line) => line.split(" ")[4] === point) ?? ""))).toEqual([]);
      for (const line of result.stdout.split("\n").filter((text) => text !== "done" && text !== "")) expect(line).toMatch(/nosuid/);
    },
  });
});

describe("stream files", () => {
  for (const stream of ["stdout", "stderr"] as const) {
    attack({
      claim: `a link in the place of --${stream}-file writes nothing outside the box`, without: null, because: "opened after the change of root; no step can be left out without losing the root",
      before: ({ box, canaries }) => plantLink(box, "out", canaries.writable),
      play: async ({ run }) => {
        const { result } = await run(["/bin/sh", "-c", "echo x; echo x >&2"], [`--${stream}-file`, "out"]);
        expect(result.status).toBe("InternalError");
        expect(result.error_message).toContain(`open ${stream} file`);
      },
    });
  }
  attack({
    claim: "a link in the place of --stdin-file reads nothing outside the box", without: null, because: "opened after the change of root",
    play: async ({ run, box, canaries }) => {
      plantLink(box, "in", canaries.writable);
      const { result } = await run(["/usr/bin/cat"], ["--stdin-file", "in"]);
      expect([result.status, result.stdout ?? ""]).toEqual(["InternalError", ""]);
    },
  });
  for (const stream of ["stdin", "stdout"] as const) {
    attack({
      claim: `a FIFO in the place of --${stream}-file holds the run no longer than the wall time limit`, without: null, because: "the supervisor's own clock",
      play: async ({ run, box }) => {
        expect(Bun.spawnSync(["/usr/bin/mkfifo", "-m", "666", join(box.directory, "pipe")]).exitCode).toBe(0);
        const begun = performance.now();
        const { result } = await run(["/bin/true"], ["--max-time", "0.2", `--${stream}-file`, "pipe"]);
        expect(performance.now() - begun).toBeLessThan(patience(5000));
        expect([result.status, result.error_message]).toEqual(["InternalError", expect.stringContaining("nobody opened the other end of pipe")]);
      },
    });
  }
});

describe("the name of the next source", () => {
  const plants: readonly (readonly [what: string, plant: (scene: Scene) => void, refused?: RegExp])[] = [
    ["a link to a file of the host", ({ box, canaries }) => plantLink(box, "main.sh", canaries.writable)],
    ["a link to itself", ({ box }) => plantLink(box, "main.sh", "main.sh")],
    ["a second name of a file", ({ box }) => {
      writeFileSync(join(box.directory, "first"), "mine");
      linkSync(join(box.directory, "first"), join(box.directory, "main.sh"));
    }],
    ["a FIFO", ({ box }) => void Bun.spawnSync(["/usr/bin/mkfifo", join(box.directory, "main.sh")])],
    ["a socket", ({ box }) => void Bun.spawnSync(["/usr/bin/python3", "-c", `import socket; socket.socket(socket.AF_UNIX).bind(${JSON.stringify(join(box.directory, "main.sh"))})`])],
    ["a device", ({ box }) => void Bun.spawnSync(["/usr/bin/mknod", join(box.directory, "main.sh"), "c", "1", "3"])],
    ["a file that nobody may write", ({ box }) => writeFileSync(join(box.directory, "main.sh"), "old", { mode: 0 })],
    ["a directory", ({ box }) => mkdirSync(join(box.directory, "main.sh")), /main\.sh/],
  ];
  for (const [what, plant, refused] of plants) {
    attack({
      claim: `${what} in the place of the next source is ${refused ? "refused by name" : "replaced, not followed"}`, without: null, because: "the supervisor's own open",
      init: "--processes 8",
      play: async (scene) => {
        const source = scene.state.file("main.sh", "echo from the source\n");
        plant(scene);
        const outcome = await scene.state.mini(["execute", "--json", "--box-id", scene.box.id, "--source", source]);
        if (refused) {
          expect([outcome.exitCode === 0, `${outcome.stdout}${outcome.stderr}`]).toEqual([false, expect.stringMatching(refused)]);
          return;
        }
        expect(JSON.parse(outcome.stdout)).toMatchObject({ status: "Success", stdout: "from the source\n" });
        if (existsSync(join(scene.box.directory, "first"))) expect(readFileSync(join(scene.box.directory, "first"), "utf8")).toBe("mine");
      },
    });
  }
});

describe("what a compiler leaves", () => {
  const compilers: readonly (readonly [what: string, line: (host: string) => string])[] = [
    ["a link to a file of the host", (host) => `ln -s ${host} prog`],
    ["a second name of its source", () => "ln main.evil prog"],
    ["a directory", () => "mkdir prog"],
    ["a socket", () => "python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('prog')\""],
  ];
  for (const [what, line] of compilers) {
    attack({
      claim: `${what} in the place of the artefact is not taken over`, without: null, because: "the supervisor's own open",
      play: async ({ state, box, canaries }) => {
        const pack = state.file("evil.yaml", [
          "version: 1", "id: evil", "name: Evil", "extensions: [.evil]",
          "compile:", `  command: [/bin/bash, -c, ${JSON.stringify(line(canaries.writable))}]`, "  artefacts: [prog]", "run:", "  command: [/bin/cat, prog]", "",
        ].join("\n"));
        const source = state.file("main.evil", "text");
        const outcome = await state.mini(["execute", "--json", "--box-id", box.id, "--pack", pack, "--source", source]);
        expect(outcome.exitCode).not.toBe(0);
        expect([outcome.exitCode, outcome.stderr]).not.toEqual([64, expect.anything()]);
        expect(outcome.stdout + outcome.stderr).not.toContain("canary of the host");
        expect(existsSync(join(box.directory, "prog"))).toBeFalse();
      },
    });
  }
});

describe("the box itself", () => {
  attack({
    claim: "a working directory that was exchanged for a link is not followed by run or cleanup", without: null, because: "the supervisor's own open",
    play: async ({ state, canaries }) => {
      const own = join(state.scratch, "work");
      mkdirSync(own);
      expect((await state.mini(["init", "--box-id", "swapped", "--dir", own])).exitCode).toBe(0);
      renameSync(own, `${own}-old`);
      symlinkSync(canaries.open, own);
      const outcome = await state.mini(["run", "--json", "--box-id", "swapped", "--", "/bin/bash", "-c", "echo x >writable"]);
      expect(outcome.exitCode).not.toBe(0);
      expect((await state.mini(["cleanup", "--box-id", "swapped"])).exitCode).toBe(0);
      canaries.expectUntouched();
    },
  });
  attack({
    claim: "a box whose home was exchanged for a link is removed without following it", without: null, because: "the supervisor's own open",
    play: async ({ state, box, canaries }) => {
      const home = join(state.directory, box.id);
      renameSync(home, `${home}-old`);
      symlinkSync(canaries.directory, home);
      await state.mini(["cleanup", "--box-id", box.id]);
      canaries.expectUntouched();
      rmSync(home, { force: true });
      renameSync(`${home}-old`, home);
    },
  });
  attack({
    claim: "files that were left are given to nobody: owner and mode of a link's target stay", without: null, because: "the supervisor's own removal", shell: ({ canaries }) => `ln -s ${canaries.writable} link; ln -s ${canaries.directory} folder; echo done`,
    expect: (_, { box, canaries }) => {
      expect(readdirSync(box.directory)).toEqual([]);
      canaries.expectUntouched();
    },
  });
  attack({
    claim: "the parent of a box is closed to other users", shell: "echo secret >file; chmod 777 file; chmod 777 /box; echo done", without: null, because: "made by init",
    expect: (_, { state, box }) => {
      expect(lstatSync(join(state.directory, box.id)).mode & 0o077).toBe(0);
      const asOther = Bun.spawnSync(["/usr/bin/setpriv", "--reuid", "65533", "--clear-groups", "--regid", "65533", "/usr/bin/cat", join(box.directory, "file")]);
      expect(asOther.stdout.toString()).toBe("");
    },
  });
});

/** A link of the box's user in the box. */
function plantLink({ directory }: Scene["box"], name: string, target: string): void {
  const { uid, gid } = lstatSync(directory);
  symlinkSync(target, join(directory, name));
  lchownSync(join(directory, name), uid, gid);
  chownSync(directory, uid, gid);
}
