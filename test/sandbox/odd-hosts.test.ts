// Settings of a host that keep programs from being executed where they usually are.
import { describe, expect } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ErrorDocument } from "../../src/cli/error-document.ts";
import { stracePath } from "../escape/strace.ts";
import { openState } from "../helpers/binary.ts";
import { program } from "../helpers/programs.ts";
import { claimWith, commandsOfRoot, executable, root } from "../helpers/requires.ts";
import { ordinaryUid } from "../helpers/test-directory.ts";

const needs = [root, executable("/usr/bin/gcc"), executable("/usr/bin/unshare"), executable("/usr/bin/setpriv")];
const claim = claimWith(...needs, commandsOfRoot);
const withSetting = claimWith(...needs, commandsOfRoot, { missing: await Bun.file("/proc/sys/vm/memfd_noexec").exists() ? null : "vm.memfd_noexec (Linux 6.3)" });

const user = ["/usr/bin/setpriv", "--reuid", String(ordinaryUid), "--regid", String(ordinaryUid), "--clear-groups"];

describe("where memory files are not executed (vm.memfd_noexec=2)", () => {
  const through = ["/usr/bin/unshare", "--mount", "--pid", "--fork", "--mount-proc", "/bin/sh", "-c", 'echo 2 > /proc/sys/vm/memfd_noexec && exec "$@"', "sh"];

  withSetting("root's programs run, with everything enforced", async () => {
    await using state = openState();
    const { result, stderr } = await state.json(["run", "--", "/bin/echo", "x"], { through });
    expect([result.stdout, result.enforced.filesystem, stderr]).toEqual(["x\n", "pivot_root", ""]);
  });

  withSetting("a run leaves no file in the box", async () => {
    await using state = openState();
    await state.mini(["init"]);
    expect((await state.json(["run", "--box-id", "0", "--", "/bin/true"], { through })).result.status).toBe("Success");
    expect([...new Bun.Glob("**/.{launcher,init}*").scanSync({ cwd: state.directory, dot: true })]).toEqual([]);
  });
});

describe("where pivot_root is refused (Docker's filter)", () => {
  const seen = ["/bin/sh", "-c", "cd / && cd ../.. && pwd && ls -ai /.. && cut -d' ' -f5 /proc/self/mountinfo"];

  for (const launcher of ["begins", "waits"]) {
    claim(`a program sees the same root and the same mounts, and nothing is missing, of a launcher that ${launcher}`, async () => {
      await using state = openState();
      const run = async (through: readonly string[]) => (await state.json(["run", "--strict", "--processes", "9", "--", ...seen], { through, env: launcher === "waits" ? { MINI_ISOLATE_LAUNCHER: "waits" } : {} })).result;
      const [covered, left] = [await run([await program("hosts/refuse-calls"), "docker"]), await run(["/usr/bin/env"])];
      expect([covered.enforced.filesystem, left.enforced.filesystem]).toEqual(["chroot", "pivot_root"]);
      // A launcher that waits mounts the box last; which of the two waits here depends on what the command goes through.
      const linesOf = (text: string) => text.replace(/^ *[0-9]+ /gm, "").split("\n").toSorted();
      expect([covered.error_message, linesOf(covered.stdout)]).toEqual([null, linesOf(left.stdout)]);
      expect(covered.stdout).toStartWith("/\n");
    });
  }
});

describe("where what has no path cannot be opened (AppArmor)", () => {
  claimWith(...needs, commandsOfRoot, executable(stracePath))("root has all namespaces all the same, without a way back to its own", async () => {
    await using state = openState();
    const log = join(state.scratch, "refused");
    const through = [stracePath, "-f", "-qq", "-o", log, "-P", "/proc/thread-self/ns/pid", "-e", "trace=openat", "-e", "inject=openat:error=EACCES"];
    const { result } = await state.json(["run", "--strict", "--", "/bin/sh", "-c", "echo $$"], { through });
    expect([result.stdout, result.enforced.filesystem, result.enforced.network]).toEqual(["2\n", "pivot_root", "namespace"]);
    expect(readFileSync(log, "utf8")).toContain("EACCES");
  });
});

describe("a state directory on a noexec file system", () => {
  /** A tmpfs in a mount namespace of its own. */
  const onNoExec = (place: string, ...then: readonly string[]) => ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", `mount -t tmpfs -o noexec,mode=777 none ${place} && exec "$@"`, "sh", ...then];
  const source = "int main(void) { return 0; }\n";

  claim("does not keep root's boxes from executing what was compiled", async () => {
    await using state = openState();
    const place = join(state.scratch, "noexec");
    mkdirSync(place);
    const { result } = await state.json(["execute", "--state-dir", join(place, "s"), "--source", state.file("a.c", source)], { through: onNoExec(place), timeoutMs: 30_000 });
    expect([result.status, result.error_message]).toEqual(["Success", null]);
  }, { timeout: 40_000 });

  claim("is an error before anything is compiled for an ordinary user, and no verdict", async () => {
    await using state = openState();
    for (const directory of [join(state.scratch, ".."), state.scratch]) Bun.spawnSync(["chmod", "755", directory]);
    const place = join(state.scratch, "noexec");
    mkdirSync(place);
    const binary = join(state.scratch, "mini-isolate");
    Bun.spawnSync(["cp", join(import.meta.dir, "../../dist/mini-isolate"), binary]);
    const run = Bun.spawnSync([...onNoExec(place, ...user), binary, "execute", "--json", "--state-dir", join(place, "s"), "--source", state.file("a.c", source)], { env: { PATH: "/usr/bin:/bin" } });
    expect([run.exitCode, (JSON.parse(run.stdout.toString()) as ErrorDocument).error.kind]).toEqual([5, "Process"]);
    expect(run.stderr.toString()).toMatch(/cannot execute \.\/a: .* is on a file system that is mounted noexec\nhint: .*--state-dir/);
  }, { timeout: 40_000 });
});
