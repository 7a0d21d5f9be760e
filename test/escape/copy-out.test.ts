// Files that leave the box by --copy-out: what a program puts in the place of the file, and of the path that it is copied to.
import { describe, expect } from "bun:test";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/python3"));
const timeout = { timeout: 60_000 };

const python = (text: string) => ["/usr/bin/python3", "-c", text];

/** A directory that everybody may write to, and that programs have as /shared. */
function sharedDirectory(state: State): string {
  const shared = join(state.scratch, "shared");
  mkdirSync(join(shared, "results"), { recursive: true });
  for (const path of [state.scratch, shared, join(shared, "results")]) chmodSync(path, 0o777);
  return shared;
}

describe("in the place of the file", () => {
  claim("no link, directory, FIFO, socket, file with a second name or file behind a link is copied, and nothing is waited for", async () => {
    await using state = openState();
    const canary = state.file("canary", "CANARY");
    const plant = `
import os, socket
os.symlink(${JSON.stringify(canary)}, "link")
os.symlink(${JSON.stringify(state.scratch)}, "up")
os.symlink("/proc/self/root", "root")
os.mkdir("dir"); open("one", "w").write("x"); os.link("one", "hard")
os.mkdir("d"); os.symlink("../one", "d/link"); os.symlink(".", "d/self")
try: os.mkfifo("fifo")
except OSError: pass
try: socket.socket(socket.AF_UNIX).bind("sock")
except OSError: pass
`;
    const names = ["link", "up/canary", `root${canary}`, "dir", "one", "hard", "fifo", "sock", "d/link", "d/self/link", "none"];
    const flags = names.flatMap((name, index) => ["--copy-out", `${name}=${join(state.scratch, `out${index}`)}`]);
    const { result } = await state.json(["run", "--allow", "fifos", ...flags, "--", ...python(plant)]);
    expect([result.status, Object.keys(result.files!).toSorted()]).toEqual(["Success", names.toSorted()]);
    for (const name of names) expect([name, Object.keys(result.files![name]!)]).toEqual([name, ["error"]]);
    expect(readdirSync(state.scratch).filter((name) => /^out|mini-isolate/.test(name))).toEqual([]);
    await expectNothingLeft(state);
  }, timeout);

  claim("a file larger than any in the box may be is not copied, whatever it takes on the disk", async () => {
    await using state = openState();
    const out = join(state.scratch, "out");
    const { result } = await state.json(["run", "--fsize", "1", "--copy-out", `at=${out}`, "--copy-out", `above=${out}2`, "--", ...python("open('at','w').truncate(1 << 20)\nos = __import__('os')\nopen('above', 'w')")]);
    expect([result.files!["at"]!.bytes, statSync(out).size, result.files!["above"]!.bytes]).toEqual([2 ** 20, 2 ** 20, 0]);
    const box = (await state.mini(["init", "--box-id", "b", "--fsize", "1"])).stdout.trim();
    await Bun.write(join(box, "planted"), Buffer.alloc(2 ** 20 + 1));
    const { result: refused } = await state.json(["run", "--box-id", "b", "--copy-out", `planted=${out}3`, "--", "/bin/true"]);
    expect([refused.files!["planted"], existsSync(`${out}3`)]).toEqual([{ error: expect.stringContaining("and there is room for") }, false]);
  }, timeout);

  claim("neither mode, owner nor attributes come with it", async () => {
    await using state = openState();
    const out = join(state.scratch, "out");
    await state.json(["run", "--copy-out", `f=${out}`, "--", ...python("import os\nopen('f','w').write('x')\nos.chmod('f', 0o6777)\ntry: os.setxattr('f', 'user.x', b'1')\nexcept OSError: pass")]);
    const { mode, uid, gid } = statSync(out);
    expect([mode & 0o7777, uid, gid]).toEqual([0o644, process.geteuid!(), process.getegid!()]);
  }, timeout);
});

describe("in the place of the path that it is copied to", () => {
  claim("a link that the program has put there meanwhile is not followed, and stays", async () => {
    await using state = openState();
    const canary = state.file("canary", "CANARY");
    const shared = sharedDirectory(state);
    const { result } = await state.json(["run", "--mount", `shared=${shared}:rw`, "--copy-out", `f=${shared}/results/f`, "--", ...python(`import os\nopen('f','w').write('bad')\nos.symlink(${JSON.stringify(canary)}, '/shared/results/f')`)]);
    expect(result.files!["f"]).toEqual({ error: `cannot write ${shared}/results/f: it is a symbolic link` });
    expect([readFileSync(canary, "utf8"), lstatSync(`${shared}/results/f`).isSymbolicLink(), readdirSync(`${shared}/results`)]).toEqual(["CANARY", true, ["f"]]);
  }, timeout);

  claim("a directory that the program has replaced by a link leads nowhere else", async () => {
    await using state = openState();
    const shared = sharedDirectory(state);
    const secret = join(state.scratch, "secret");
    mkdirSync(secret);
    const { result } = await state.json(["run", "--mount", `shared=${shared}:rw`, "--copy-out", `f=${shared}/results/f`, "--", ...python(`import os\nopen('f','w').write('bad')\nos.rename('/shared/results', '/shared/old')\nos.symlink(${JSON.stringify(secret)}, '/shared/results')`)]);
    expect(result.files!["f"]).toEqual({ bytes: 3, path: `${shared}/results/f` });
    expect([readdirSync(secret), readFileSync(join(shared, "old/f"), "utf8")]).toEqual([[], "bad"]);
  }, timeout);

  claim("a FIFO is not waited for, and a directory not filled", async () => {
    await using state = openState();
    const shared = sharedDirectory(state);
    const { result } = await state.json(["run", "--allow", "fifos", "--mount", `shared=${shared}:rw`, "--copy-out", `f=${shared}/results/f`, "--copy-out", `g=${shared}/results/g`, "--", ...python("import os\nopen('f','w').write('x'); open('g','w').write('x')\nos.mkfifo('/shared/results/f'); os.mkdir('/shared/results/g')")]);
    expect([result.files!["f"]!.error, result.files!["g"]!.error]).toEqual([`cannot write ${shared}/results/f: it is not a regular file`, `cannot write ${shared}/results/g: it is a directory`]);
  }, timeout);
});
