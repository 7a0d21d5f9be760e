// Files of `batch` requests: into the box before the run, out of it afterwards, whatever a hostile program put in their place.
import { describe, expect } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { batch, shell } from "../helpers/batch.ts";
import { openState } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const timeout = { timeout: 60_000 };

describe("files into the box", () => {
  claim("as text, base64 or a copy, in directories, executable where asked for", async () => {
    await using state = openState();
    const host = state.file("data", "of the host\n");
    const tool = state.file("tool", "#!/bin/sh\necho tool ran\n", 0o755);
    const { lines } = await batch(state, [
      { command: shell("cat a d/e/b c; ./run; ./tool; [ -x a ] || echo plain; echo new >d/e/new && cat d/e/new"), process_limit: 4,
        files: { a: "text é\n", "d/e/b": { base64: Buffer.from("base64\n").toString("base64") }, c: { path: host }, run: { text: "#!/bin/sh\necho run ran\n", executable: true }, tool: { path: tool } } },
      { command: ["/bin/true"], files: { x: { path: "/nonexistent/f" } } }, { command: ["/bin/true"], files: { x: { path: "/dev" } } }, { command: ["/bin/ls"] },
    ]);
    expect(lines[0]!.stdout).toBe("text é\nbase64\nof the host\nrun ran\ntool ran\nplain\nnew\n");
    expect(lines[1]!.error!.message).toContain("cannot read /nonexistent/f: ENOENT");
    expect(lines[2]!.error!.message).toContain("cannot read /dev: it is not a regular file");
    // Nothing of a request that failed stays.
    expect(lines[3]!).toMatchObject({ status: "Success", stdout: "" });
  }, timeout);
});

describe("files out of the box", () => {
  claim("to a path, or as part of the result, text or base64", async () => {
    await using state = openState();
    const path = join(state.scratch, "copy");
    const old = state.file("old", "x".repeat(1000));
    const { lines, exitCode } = await batch(state, [{ command: shell("mkdir d; printf abc >d/f; printf '\\377' >g; echo to old >h"), process_limit: 2, copy_out: { "d/f": path, h: old }, read_out: ["d/f", "g", "none"] }]);
    expect(lines[0]!.files).toEqual({
      "d/f": { bytes: 3, path, text: "abc" }, h: { bytes: 7, path: old }, g: { bytes: 1, base64: "/w==" },
      none: { error: "there is no regular file of this name (links, and files with a second name, do not count)" },
    });
    expect([readFileSync(path, "utf8"), readFileSync(old, "utf8"), exitCode]).toEqual(["abc", "to old\n", 0]);
    expect(statSync(path).mode & 0o7000).toBe(0);
  }, timeout);

  claim("nothing is followed and nothing but a regular file is read", async () => {
    await using state = openState();
    const canary = state.file("canary", "CANARY");
    const target = (name: string) => join(state.scratch, `out-${name}`);
    const names = ["link", "up/canary", "hard", "fifo", "dir", "sock", "d/link2"];
    const plant = `ln -s ${canary} link; ln -s ${state.scratch} up; echo x >one; ln one hard; mkfifo fifo 2>/dev/null; mkdir dir d; ln -s /etc/passwd d/link2; python3 -c 'import socket; socket.socket(1).bind("sock")' 2>/dev/null; :`;
    const { lines } = await batch(state, [{ command: shell(plant), process_limit: 4, allow: ["fifos"], copy_out: Object.fromEntries(names.map((name) => [name, target(name.replace("/", "-"))])), read_out: names }]);
    expect(Object.keys(lines[0]!.files!).toSorted()).toEqual(names.toSorted());
    for (const name of names) expect([name, Object.keys(lines[0]!.files![name]!)]).toEqual([name, ["error"]]);
    expect(names.filter((name) => existsSync(target(name.replace("/", "-"))))).toEqual([]);
  }, timeout);

  claim("files that are too large are named and not copied; what is read counts together", async () => {
    await using state = openState();
    const path = join(state.scratch, "large");
    const { lines } = await batch(state, [{ command: shell("head -c 3000 /dev/zero >a; cp a b; truncate -s 5000 c"), process_limit: 2, output_limit: 4000, file_size_limit: 5000, read_out: ["a", "b", "c"], copy_out: { c: path } }]);
    const { files } = lines[0]!;
    expect(files!["a"]).toMatchObject({ bytes: 3000 });
    expect(files!["b"]).toEqual({ error: "it has 2.9 KB, and there is room for 1000 bytes" });
    expect(files!["c"]).toEqual({ bytes: 5000, path, error: "it has 4.9 KB, and there is room for 1000 bytes" });
    expect(statSync(path).size).toBe(5000);
  }, timeout);

  claim("a link in the place of the copy is not followed", async () => {
    await using state = openState();
    const canary = state.file("canary", "CANARY");
    const link = join(state.scratch, "link");
    symlinkSync(canary, link);
    const { lines } = await batch(state, [{ command: shell("echo bad >f"), copy_out: { f: link } }, { command: shell("echo bad >f"), copy_out: { f: "/nonexistent/f" } }]);
    expect(lines[0]!.files!["f"]).toEqual({ error: `cannot write ${link}: it is a symbolic link` });
    expect(lines[1]!.files!["f"]!.error).toContain("cannot write /nonexistent/f: ENOENT");
    expect([lines[0]!.status, readFileSync(canary, "utf8")]).toEqual(["Success", "CANARY"]);
  }, timeout);
});

describe("with a source", () => {
  claimWith(...sandbox, executable("/usr/bin/python3"))("arguments and an added directory are there", async () => {
    await using state = openState();
    mkdirSync(join(state.scratch, "lib"));
    state.file("lib/words.py", "def said(words): print(words)\n");
    const { lines } = await batch(state, [
      { source_text: "import sys\nfrom lib.words import said\nsaid(sys.argv[1:])\n", language: "python", add: join(state.scratch, "lib"), args: ["-x", "a b", ""] },
      { command: ["/bin/true"], args: ["x"] },
    ]);
    expect([lines[0]!.status, lines[0]!.stdout]).toEqual(["Success", "['-x', 'a b', '']\n"]);
    expect(lines[1]!.error!.message).toBe("cannot use the request: args goes with a source, not with command");
  }, timeout);
});
