// The release build: the same bytes every time, a version that names the commit, deaf to the directory that it is started in.
import { createHash } from "node:crypto";
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import packageJson from "../../package.json";
import { guardFile } from "../builds/guard.ts";
import { openState } from "../helpers/binary.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { start } from "../helpers/running.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

const top = join(import.meta.dir, "../..");
const env = { PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`, HOME: "/nonexistent", LANG: "C.UTF-8" };

/** The build of package.json into another directory; the file's name is part of the binary, so that stays. */
async function buildInto(directory: string): Promise<string> {
  mkdirSync(directory, { recursive: true });
  // The bundler makes a directory of its own in the home directory.
  const command = packageJson.scripts.build.replace("--outfile dist/", `--outfile ${directory}/`);
  expect(command).toContain(directory);
  const { exitCode, stderr } = await start(["/bin/sh", "-c", command.replace(/^bun /, `${process.execPath} `)], { cwd: top, env: { ...env, HOME: directory }, timeoutMs: 50_000 }).ended;
  expect([exitCode, exitCode === 0 ? "" : stderr]).toEqual([0, ""]);
  guardFile(join(directory, "mini-isolate"));
  return join(directory, "mini-isolate");
}

const hashOf = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

test("two builds are the same file, and it says its version and commit", async () => {
  const base = makeTestDirectory("build");
  try {
    const first = await buildInto(join(base, "one"));
    const second = await buildInto(join(base, "another/place"));
    expect(hashOf(second)).toBe(hashOf(first));
    const { stdout, exitCode } = await start([first, "--version"], { env }).ended;
    const commit = await start(["/bin/sh", "-c", "git rev-parse --short=12 HEAD 2>/dev/null || echo unknown"], { cwd: top, env }).ended;
    expect([stdout, exitCode]).toEqual([`mini-isolate ${packageJson.version} (${commit.stdout.trim()})\n`, 0]);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}, 60_000);

describe("a directory with .env and bunfig.toml in it", () => {
  const claim = claimWith(...sandbox);

  claim("does not reach the binary that is started there", async () => {
    await using state = openState();
    state.file(".env", "CANARY=from-dotenv\nMINI_ISOLATE_CANARY=1\n");
    state.file("bunfig.toml", 'preload = ["./preload.ts"]\n');
    const witness = join(state.scratch, "preloaded");
    state.file("preload.ts", `require("node:fs").writeFileSync(${JSON.stringify(witness)}, "");\n`);

    // Bun itself obeys both: otherwise this test would prove nothing.
    const show = state.file("show.ts", "console.log(process.env.CANARY);\n");
    const control = await start([process.execPath, show], { cwd: state.scratch, env }).ended;
    expect([control.stdout, existsSync(witness)]).toEqual(["from-dotenv\n", true]);
    rmSync(witness);

    const { result, stderr } = await state.json(["run", "--full-env", "--env", "CANARY", "--", "/usr/bin/env"], { cwd: state.scratch });
    expect([result.status, stderr]).toEqual(["Success", ""]);
    expect(result.stdout).not.toContain("CANARY");
    expect(existsSync(witness)).toBe(false);
  });
});
