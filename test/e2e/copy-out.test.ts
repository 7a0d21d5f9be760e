// --copy-out: files of the box reach the caller's paths, and the result says which.
import { describe, expect } from "bun:test";
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { openState } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const python = claimWith(...sandbox, executable("/usr/bin/python3"));
const timeout = { timeout: 60_000 };
const sh = (text: string) => ["--processes", "4", "--", "/bin/sh", "-c", text];

describe("--copy-out", () => {
  claim("copies files out of the box, in the text form, in JSON and beside the program's own streams", async () => {
    await using state = openState();
    const [one, two] = [join(state.scratch, "one"), join(state.scratch, "two")];
    const copies = ["--copy-out", `a=${one}`, "--copy-out", `d/b c=${two}`];
    const text = await state.mini(["run", ...copies, ...sh("echo A >a")]);
    expect(text.stdout).toContain(`\nCopied: a to ${one} (2 bytes)\nNot copied: d/b c: there is no regular file of this name`);
    const { result } = await state.json(["run", ...copies, ...sh("echo AA >a; mkdir d; printf '\\377' >'d/b c'; exit 3")]);
    expect([result.status, result.files]).toEqual(["RuntimeError", { a: { bytes: 3, path: one }, "d/b c": { bytes: 1, path: two } }]);
    expect([readFileSync(one, "utf8"), [...readFileSync(two)]]).toEqual(["AA\n", [255]]);
    const through = await state.mini(["run", "--passthrough", ...copies, ...sh("echo said; echo B >a")]);
    expect([through.stdout, through.stderr, readFileSync(one, "utf8")]).toEqual(["said\n", "mini-isolate: warning: d/b c was not copied out of the box: there is no regular file of this name (links, and files with a second name, do not count)\n", "B\n"]);
  }, timeout);

  python("takes files of a source's program, with the working directory and the umask of the caller", async () => {
    await using state = openState();
    mkdirSync(join(state.scratch, "here"));
    const source = state.file("a.py", "open('out', 'w').write('made')\n");
    const outcome = await state.mini(["execute", "--silent", "--copy-out", "out=here/out", source], { cwd: state.scratch, through: ["/bin/sh", "-c", 'umask 027; exec "$@"', "sh"] });
    expect([outcome.exitCode, outcome.stderr, readFileSync(join(state.scratch, "here/out"), "utf8")]).toEqual([0, "", "made"]);
    expect(statSync(join(state.scratch, "here/out")).mode & 0o777).toBe(0o640);
  }, timeout);

  claimWith(...sandbox, executable("/usr/bin/gcc"))("takes nothing of an earlier run when the source does not compile", async () => {
    await using state = openState();
    const out = join(state.scratch, "out");
    await state.mini(["init", "--box-id", "b"]);
    await state.mini(["run", "--box-id", "b", "--", "/usr/bin/touch", "f"]);
    const { result } = await state.json(["execute", "--box-id", "b", "--copy-out", `f=${out}`, "--source", state.file("a.c", "int main(")]);
    expect([result.status, result.files, existsSync(out)]).toEqual(["CompileError", { f: { error: "the program was not run" } }, false]);
  }, timeout);

  claim("puts a copy in the place of an older file whole, or leaves that as it is", async () => {
    await using state = openState();
    const old = state.file("old", "old");
    linkSync(old, join(state.scratch, "other name"));
    await state.mini(["run", "--silent", "--copy-out", `a=${old}`, ...sh(":")]);
    expect(readFileSync(old, "utf8")).toBe("old");
    await state.mini(["run", "--silent", "--copy-out", `a=${old}`, ...sh("echo new >a")]);
    expect([readFileSync(old, "utf8"), readFileSync(join(state.scratch, "other name"), "utf8")]).toEqual(["new\n", "old"]);
    expect(readdirSync(state.scratch).filter((name) => name.startsWith("."))).toEqual([]);
  }, timeout);

  claim("that cannot be is refused before anything runs", async () => {
    await using state = openState();
    const ran = join(state.scratch, "ran");
    const link = join(state.scratch, "link");
    symlinkSync("ran", link);
    for (const [flags, message] of [
      [["--copy-out", "a"], "cannot use --copy-out a: it is not NAME=FILE"],
      [["--copy-out", "a="], "it is not NAME=FILE"],
      [["--copy-out", "=x"], "the name: must not be empty"],
      [["--copy-out", "../a=x"], "the name: must be a path without empty parts, . and .."],
      [["--copy-out", "/box/a=x"], "names of files are relative to /box: leave the / out"],
      [["--copy-out", `a=${link}`], `cannot write ${link}: it is a symbolic link`],
      [["--copy-out", "a=/dev/null"], "cannot write /dev/null: it is not a regular file"],
      [["--copy-out", "a=/tmp/"], "it is a directory"],
      [["--copy-out", "a=/nonexistent/x"], "ENOENT"],
      [["--copy-out", "a=x", "--copy-out", "a=y"], "a is copied to "],
      [["--copy-out", "a=x", "--copy-out", "b=x"], "--copy-out a= names the same file"],
      [["--copy-out", "a=x", "--result", "x"], "--result names the same file"],
      [["--copy-out", `a=${ran}`], "--stdout names the same file"],
      [["--explain", "--copy-out", "a=x"], "--explain and --copy-out exclude each other"],
    ] as const) {
      const { exitCode, stderr } = await state.mini(["run", ...flags, ...(flags.includes("--explain" as never) ? [] : ["--stdout", ran]), "--", "/bin/echo"], { cwd: state.scratch });
      expect([exitCode, stderr, existsSync(ran)]).toEqual([64, expect.stringContaining(message), false]);
    }
  }, timeout);
});
