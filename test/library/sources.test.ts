// Sources that are no files, arguments, directories beside a source, and files out of the box.
import { describe, expect } from "bun:test";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Isolate, IsolatePool, type SourceRequest } from "../../src/index.ts";
import { errorOf, openLibrary } from "../helpers/library-state.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const python = claimWith(...sandbox, executable("/usr/bin/python3"));
const c = claimWith(...sandbox, executable("/usr/bin/gcc"));
const timeout = { timeout: 60_000 };

describe("a source", () => {
  python("is text or bytes, in a language that its name or the caller tells, with arguments", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    using pool = new IsolatePool({ boxes: 1, ...state });
    const text = "import sys\nprint(sys.argv[1:], sys.stdin.read())\n";
    const bytes = new TextEncoder().encode(text);
    const args = ["-x", "a b", "", "{args}"];
    const sources: readonly SourceRequest[] = [{ text, fileName: "one.py" }, { text, language: "python" }, { bytes, fileName: "one.py" }, { bytes, path: "/nowhere/one.py" }];
    for (const source of sources) {
      for (const on of [box, pool]) {
        const { status, stdout, language } = await on.executeFile({ ...source, args }, "in");
        expect([status, stdout, language]).toEqual(["Success", "['-x', 'a b', '', '{args}'] in\n", "python"]);
      }
    }
    expect((await box.runSource({ text, fileName: "one.py" })).stdout).toBe("[] \n");
  }, timeout);

  c("that is text is compiled, and found in the cache afterwards", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    const source = { text: "int main(int n, char **v) { return n - 1; }", fileName: "n.c" };
    const results = [await box.executeFile(source), await box.executeFile({ ...source, args: ["1"] })];
    expect(results.map(({ exit_code: code, compile }) => [code, compile?.cached])).toEqual([[0, false], [1, true]]);
  }, timeout);

  python("has directories beside it, which are read by the same rules as those of --add", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    const lib = join(state.base, "lib");
    mkdirSync(join(lib, "deep"), { recursive: true });
    writeFileSync(join(lib, "deep/m.py"), "x = 42\n");
    const source = { text: "from lib.deep.m import x\nprint(x)\n", fileName: "a.py", added: [lib] };
    expect((await box.executeFile(source)).stdout).toBe("42\n");
    symlinkSync("/etc/passwd", join(lib, "l"));
    expect((await errorOf(() => box.executeFile(source))).message).toBe(`cannot use ${lib}/l: it is a link that leads out of ${lib}`);
  }, timeout);

  claim("that says too little or too much is refused", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    for (const [source, message] of [
      [{}, "cannot run a source without a path"],
      [{ fileName: "a.py" }, "cannot run a source without a path"],
      [{ text: "x" }, "cannot tell the language of a source without a name"],
      [{ text: "x", bytes: new Uint8Array(), fileName: "a.py" }, "cannot use text together with bytes"],
      [{ path: "a.py", fileName: "b.py" }, "cannot use path together with fileName"],
      [{ text: "x", fileName: "../a.py" }, 'cannot use "../a.py" as fileName: it contains a path separator'],
      [{ text: "x", fileName: "a.py", args: ["a\0"] }, 'cannot use "a\\u0000" as args[0]: it contains a NUL byte'],
      [{ text: "x", fileName: "a.py", args: "x" as never }, 'cannot use "x" as args: it must be a list'],
    ] as const) {
      const { kind, message: said } = await errorOf(() => box.executeFile(source));
      expect([kind, said]).toEqual(["Config", message]);
    }
  });
});

describe("files out of the box", () => {
  claim("are copied to paths, or part of the result", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({ process_limit: 2 }, state);
    using pool = new IsolatePool({ boxes: 1, config: { process_limit: 2 }, ...state });
    const path = join(state.base, "copy");
    const command = ["/bin/sh", "-c", "mkdir d; echo text >d/f; printf '\\377' >b; ln -s /etc/passwd l"];
    for (const on of [box, pool]) {
      const { files } = await on.execute(command, null, { copyOut: { "d/f": path }, readOut: ["d/f", "b", "l"] });
      expect(files).toEqual({ "d/f": { bytes: 5, path, text: "text\n" }, b: { bytes: 1, base64: "/w==" }, l: { error: "there is no regular file of this name (links, and files with a second name, do not count)" } });
      expect(readFileSync(path, "utf8")).toBe("text\n");
      if (on === box) box.emptyWorkdir();
    }
    expect((await box.execute(["/bin/true"])).files).toBeUndefined();
  }, timeout);

  claim("with a path or a name that cannot be are refused before anything runs", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    for (const [options, message] of [
      [{ copyOut: { f: "/nonexistent/f" } }, 'cannot copy "f" out of the box: cannot write /nonexistent/f: ENOENT (no such file or directory)'],
      [{ copyOut: { "../f": "/tmp/f" } }, 'cannot use "../f" as a name in copyOut: must be a path without empty parts, . and ..'],
      [{ readOut: ["/box/f"] }, 'cannot use "/box/f" as readOut[0]: names of files are relative to /box: leave the / out'],
      [{ copyOut: ["f"] as never }, "cannot use a list as copyOut: it must be an object with names of files in the box and paths of the host"],
    ] as const) {
      expect((await errorOf(() => box.execute(["/bin/touch", "ran"], null, options))).message).toBe(message);
      expect(existsSync(join(box.workdir, "ran"))).toBe(false);
    }
  });
});
