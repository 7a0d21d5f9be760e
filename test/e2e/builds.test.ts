// The binaries for other processors and C libraries (`npm run build:all`): made from runtimes that are pinned, started as far as it goes here.
import { afterAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json";
import { buildFor } from "../builds/build.ts";
import { withGuard } from "../builds/guard.ts";
import { platforms } from "../builds/platforms.ts";
import { addLibstdcxx, enter, enterArm64, makeArm64Root, makeMuslRoot } from "../builds/roots.ts";
import { mustBe, pinned } from "../builds/runtimes.ts";
import { plainPath } from "../helpers/binary.ts";
import { claimWith, executable, type Requirement, root as hostRoot, sandbox, slow } from "../helpers/requires.ts";
import { type Outcome, start } from "../helpers/running.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import { workerEnvironment } from "../helpers/worker.ts";

const directories: string[] = [];
afterAll(() => {
  for (const path of directories) rmSync(path, { recursive: true, force: true });
});

function directory(): string {
  directories.push(makeTestDirectory("builds"));
  return directories.at(-1)!;
}

const built = new Map<string, Promise<string>>();

/** The binary for a platform; only with {@link online}. */
function binaryFor(name: string, ...flags: readonly string[]): Promise<string> {
  const key = [name, ...flags].join(" ");
  let made = built.get(key);
  if (made === undefined) {
    const path = join(directory(), "mini-isolate");
    made = buildFor(platforms.find((platform) => platform.name === name)!, path, flags).then(() => path);
    built.set(key, made);
  }
  return made;
}

/** npm, with a registry behind it. That cannot be told without asking it, so it goes without saying where slow tests run. */
const online: readonly Requirement[] = [slow, { missing: Bun.which("npm") === null ? "npm" : null }];
const minutes = { timeout: 300_000 };

function run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return start(command, { env: { PATH: plainPath, ...workerEnvironment, ...env }, timeoutMs: 200_000 }).ended;
}

describe("runtimes", () => {
  test("each is pinned by its SHA-512 in package-lock.json, at the version of the bun that builds", () => {
    for (const { runtime } of platforms) expect([runtime, pinned(runtime).version]).toEqual([runtime, packageJson.devDependencies.bun]);
    expect(() => pinned("@oven/bun-plan9")).toThrow("package-lock.json has no SHA-512 of @oven/bun-plan9");
  });

  test("one that is not what was pinned is refused", () => {
    const pin = pinned(platforms[0]!.runtime);
    expect(() => mustBe(Buffer.from("something else"), "@oven/bun-linux-x64", pin)).toThrow(`instead of ${pin.integrity}`);
    const abc = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";
    mustBe(Buffer.from("abc"), "abc", { version: "1", integrity: abc });
  });
});

describe("builds", () => {
  const claim = claimWith(...online, executable("/usr/bin/readelf"));

  claim("each is an executable of its processor that asks for the loader of its C library", async () => {
    const loaders: Record<string, readonly string[]> = {};
    for (const { name } of platforms) {
      const { stdout } = await run(["/usr/bin/readelf", "--wide", "--file-header", "--program-headers", await binaryFor(name)]);
      loaders[name] = [/Machine: +(.*)/.exec(stdout)![1]!, /interpreter: (.*)\]/.exec(stdout)![1]!];
    }
    expect(loaders).toEqual({
      "linux-x64": ["Advanced Micro Devices X86-64", "/lib64/ld-linux-x86-64.so.2"],
      "linux-arm64": ["AArch64", "/lib/ld-linux-aarch64.so.1"],
      "linux-x64-musl": ["Advanced Micro Devices X86-64", "/lib/ld-musl-x86_64.so.1"],
      "linux-arm64-musl": ["AArch64", "/lib/ld-musl-aarch64.so.1"],
    });
  }, minutes);

  claim("that for linux-x64 is the file that npm run build makes", async () => {
    const path = join(directory(), "mini-isolate");
    const command = packageJson.scripts.build.replace(/^bun /, `${process.execPath} `).replace(/--outfile \S+$/, `--outfile ${path}`);
    await start(["/bin/sh", "-c", command], { cwd: join(import.meta.dir, "../.."), env: { PATH: plainPath, HOME: directory() }, timeoutMs: 50_000 }).ended;
    expect(readFileSync(await binaryFor("linux-x64")).equals(withGuard(readFileSync(path)))).toBe(true);
  }, minutes);
});

describe("musl", () => {
  const needs = [executable("/lib/ld-musl-x86_64.so.1"), executable("/bin/busybox"), executable("/usr/bin/unshare")];
  const claim = claimWith(...online, ...sandbox, ...needs);

  claim("without libstdc++ the loader names what is missing; with it, everything is enforced as with glibc", async () => {
    const root = directory();
    await makeMuslRoot(root);
    copyFileSync(await binaryFor("linux-x64-musl"), join(root, "mini-isolate"));
    const without = await run([...enter(root), "/mini-isolate", "--version"]);
    expect([without.exitCode, without.stderr.split("\n")[0]]).toEqual([127, "Error loading shared library libstdc++.so.6: No such file or directory (needed by /mini-isolate)"]);
    await addLibstdcxx(root);
    const claims = await run([...enter(root), "/bin/sh", "-c", "cd /claims && sh claims.sh /mini-isolate"]);
    const lines = claims.stdout.trim().split("\n");
    expect(lines.filter((line) => !line.startsWith("ok - "))).toEqual([]);
    expect([lines.length, claims.exitCode, claims.stderr]).toEqual([17, 0, ""]);
  }, minutes);
});

/** A binfmt_misc of one's own, which there is from Linux 6.7. */
const privateBinfmt: Requirement = {
  get missing() {
    if (slow.missing !== null) return null;
    const mount = ["mount", "-t", "binfmt_misc", "none", "/proc/sys/fs/binfmt_misc"];
    return Bun.spawnSync(["unshare", "--user", "--map-root-user", "--mount", ...mount], { stdout: "ignore", stderr: "ignore" }).success ? null : "binfmt_misc in a user namespace";
  },
};

describe("aarch64, emulated by QEMU", () => {
  const needs = ["qemu-aarch64", "aarch64-linux-gnu-gcc", "unshare", "nsenter"].map((name) => executable(`/usr/bin/${name}`));
  const claim = claimWith(...online, hostRoot, ...needs, privateBinfmt);
  /** Calls that QEMU has not (here 7.2). A machine of its own, test/builds/machine.ts, has them. */
  const notInQemu = "allow huge pages,restrict ,make /dev read-only,make the new root read-only,install the seccomp filter";

  claim("the binary starts, and has the filter that the one for x86_64 shows for it", async () => {
    const root = directory();
    await makeArm64Root(root, []);
    copyFileSync(await binaryFor("linux-arm64"), join(root, "mini-isolate"));
    const show = ["seccomp", "show", "default", "--disasm"];
    const own = await run([...enterArm64(root), "/mini-isolate", ...show]);
    expect([own.exitCode, own.stderr]).toEqual([0, ""]);
    expect(own.stdout).toBe((await run([await binaryFor("linux-x64"), ...show, "--arch", "aarch64"])).stdout);
  }, minutes);

  claim("the launcher performs the plan, but for the calls that QEMU lacks: output, exit code and CPU limit are right", async () => {
    const root = directory();
    await makeArm64Root(root, ["exit-with", "spin"]);
    mkdirSync(join(root, "state"), { mode: 0o700 });
    copyFileSync(await binaryFor("linux-arm64", "--define", "TEST_BUILD=true"), join(root, "mini-isolate"));
    const verdict = async (...args: readonly string[]) => {
      // QEMU has threads of its own.
      const command = [...enterArm64(root), "/mini-isolate", "run", "--json", "--processes", "20", ...args];
      const { stdout, stderr } = await run(command, { MINI_ISOLATE_WITHOUT: notInQemu, MINI_ISOLATE_STATE_DIR: "/state" });
      if (stdout === "") throw new Error(stderr);
      const { status, exit_code, stdout: printed } = JSON.parse(stdout);
      return [status, exit_code, printed];
    };
    expect(await verdict("--", "/usr/bin/exit-with", "7")).toEqual(["RuntimeError", 7, "started\n"]);
    expect(await verdict("--max-cpu", "1", "--", "/usr/bin/spin")).toEqual(["TimeLimit", null, "started\n"]);
  }, minutes);
});
