// Which packs hold, which of them wins, and what a broken one does to the others.
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { IsolateError } from "../../../src/model/errors.ts";
import { builtInLanguages } from "../../../src/language/builtin.ts";
import { checkSource } from "../../../src/language/check.ts";
import { languagesInForce } from "../../../src/language/in-force.ts";
import { namedPacks } from "../../../src/language/named-packs.ts";
import { type LanguageSet, languageSet, type PackRequest } from "../../../src/language/registry.ts";
import { resolveLanguage } from "../../../src/language/resolve.ts";
import { claimWith, root } from "../../helpers/requires.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";

const top = makeTestDirectory("registry");
afterAll(() => rmSync(top, { recursive: true }));
let directory = "";
let count = 0;
beforeEach(() => {
  directory = join(top, String(count++));
  mkdirSync(join(directory, "host"), { recursive: true });
});

function file(name: string, text: string, mode = 0o644): string {
  const path = join(directory, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const pack = (id: string, more = "") => `{version: 1, id: ${id}, name: ${id.toUpperCase()}, run: {command: '/usr/bin/${id} {source}'}${more === "" ? "" : `, ${more}`}}`;
const load = (request: Partial<PackRequest> = {}): Promise<LanguageSet> => languageSet({ environment: [], given: [], kept: [], hostDirectory: join(directory, "host"), ...request });
const chosen = ({ languages }: LanguageSet, fileName: string, language: string | null = null) =>
  resolveLanguage({ fileName, firstBytes: new Uint8Array(), language, executable: false }, languages);

async function refused(request: Partial<PackRequest>): Promise<IsolateError> {
  try {
    await load(request);
  } catch (error) {
    if (error instanceof IsolateError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

describe("the layers", () => {
  test("without any pack are the built-in languages, and nothing is parsed", async () => {
    expect((await load({ hostDirectory: join(directory, "none") })).languages).toBe(builtInLanguages());
  });

  test("win in the order built-in, host, environment, --pack, box, and each may extend those before", async () => {
    file("host/1.yaml", pack("h", "extensions: [.x, .py], priority: 9"));
    const environment = file("env.yaml", "{version: 1, id: e, name: E, extends: h, extensions: [.x, .y]}");
    const given = file("given.yaml", "{version: 1, id: g, name: G, extends: e, extensions: [.x, .z]}");
    const layers = await load({ environment: [environment], given: [given] });
    expect(layers.problems).toEqual([]);
    expect(["a.py", "a.x", "a.y", "a.z", "a.c"].map((name) => chosen(layers, name)!.id)).toEqual(["h", "g", "e", "g", "c"]);
    expect(chosen(layers, "a.x")!.chain.map(({ origin }) => origin)).toEqual([join(directory, "host/1.yaml"), environment, given]);
    expect(layers.languages.map(({ layer }) => layer).slice(0, 4)).toEqual([3, 2, 1, 0]);
    const kept = layers.languages.filter(({ id }) => id === "e").map(({ chain }) => ({ merged: { ...chain.at(-1)!.written, run: { command: "kept" }, extensions: [".x"] }, chain }));
    expect(chosen(await load({ environment: [environment], given: [given], kept: [kept] }), "a.x")!.run.command).toEqual(["kept"]);
  });

  test("of one kind: the later path wins, and a directory is one layer in the order of its names", async () => {
    const [one, two] = [file("one.yaml", pack("one", "extensions: [.x]")), file("two.yaml", pack("two", "extensions: [.x]"))];
    expect(chosen(await load({ given: [one, two] }), "a.x")!.id).toBe("two");
    expect(chosen(await load({ given: [two, one] }), "a.x")!.id).toBe("one");
    file("many/a.yaml", pack("a", "extensions: [.x], priority: 1"));
    file("many/b.yml", "{version: 1, id: b, extends: a, priority: 0}");
    file("many/.hidden.yaml", "broken");
    file("many/notes.txt", "broken");
    expect(chosen(await load({ given: [join(directory, "many")] }), "a.x")!.id).toBe("a");
  });

  test("of languages of which nothing is left are not in force", async () => {
    const cpp = file("cpp.yaml", pack("cpp", "extensions: [.cpp, .cc]"));
    const all = file("c.yaml", pack("c", "extensions: [.c, .h], aliases: [k]"));
    const { languages } = await load({ given: [cpp, all] });
    expect(languagesInForce(languages).map(({ language: { id, origin }, extensions }) => [id, origin, extensions.join(" ")])).toEqual([
      ["c", all, ".c .h"],
      ["cpp", cpp, ".cpp .cc"],
      ...builtInLanguages().filter(({ id }) => id !== "c").map(({ id, extensions }) => [id, "built-in", id === "cpp" ? ".cxx .c++ .C" : extensions.join(" ")]),
    ]);
  });
});

describe("two languages with one extension and one priority are named, with their origin,", () => {
  const claim = "extensions: [.x]";

  test("in one file: the file is refused", async () => {
    const both = file("both.yaml", `{version: 1, languages: [{id: a, name: A, run: {command: a}, ${claim}}, {id: b, name: B, run: {command: b}, ${claim}}]}`);
    const { message } = await refused({ given: [both] });
    expect(message).toStartWith(`${both}:1:`);
    expect(message).toContain("'b' and 'a' both claim .x at the same priority");
  });

  test("in a directory given by --pack: the run is refused", async () => {
    const [a, b] = [file("dir/a.yaml", pack("a", claim)), file("dir/b.yaml", pack("b", claim))];
    expect((await refused({ given: [join(directory, "dir")] })).message).toBe(`languages 'a' (${a}) and 'b' (${b}) both claim .x at the same priority: give one of them another priority`);
  });

  test("in the host's directory: told as a problem, and only a source of that extension is refused", async () => {
    const [a, b] = [file("host/a.yaml", pack("a", claim)), file("host/b.yaml", pack("b", claim))];
    const layers = await load();
    expect(layers.problems).toEqual([`languages 'a' (${a}) and 'b' (${b}) both claim .x at the same priority: give one of them another priority`]);
    expect([chosen(layers, "x.py")!.id, chosen(layers, "x.x", "b")!.id]).toEqual(["python", "b"]);
    expect(() => chosen(layers, "a.x")).toThrow(`two languages claim the extension .x: 'a' (${a}) and 'b' (${b})`);
  });

  test("and so are two of one id", async () => {
    const [a, b] = [file("dir/a.yaml", pack("a")), file("dir/b.yaml", pack("a"))];
    expect((await refused({ given: [join(directory, "dir")] })).message).toBe(`languages 'a' (${a}) and 'a' (${b}) both have the name 'a': give one of them another name`);
  });

  test("but at different priorities, or in different layers, one wins", async () => {
    file("host/a.yaml", pack("a", claim));
    file("host/b.yaml", pack("b", `${claim}, priority: 1`));
    const layers = await load();
    expect([layers.problems, chosen(layers, "a.x")!.id]).toEqual([[], "b"]);
    expect(chosen(await load({ given: [file("c.yaml", pack("c", `${claim}, priority: -5`))] }), "a.x")!.id).toBe("c");
  });
});

describe("a broken pack", () => {
  const good = pack("good", "extensions: [.good]");

  test.each([
    { name: "syntax", text: "{", problem: /:1:2: / },
    { name: "an unknown key", text: "{version: 1, id: a, nme: x}", problem: /:1:21: nme: unknown key, did you mean 'name'\?$/ },
    { name: "an unknown base", text: "{version: 1, id: a, extends: god}", problem: /:1:30: extends: no language 'god' here or in an earlier pack, did you mean 'go'\?$/ },
    { name: "a circle", text: "{version: 1, languages: [{id: a, extends: b}, {id: b, extends: a}]}", problem: /goes round in a circle: a -> b -> a$/ },
    { name: "bytes", text: "\xff\0", problem: /control character|not UTF-8|NUL|:1:/ },
    { name: "ten megabytes", text: "#".repeat(10 * 2 ** 20), problem: /it is larger than 1 MB$/ },
    { name: "an alias bomb", text: `a: &a [x, x, x]\nb: &b [${"*a, ".repeat(50)}]\nc: [${"*b, ".repeat(50)}]\n`, problem: /excessive alias count/ },
  ])("in the host's directory ($name) is a problem, and the others hold", async ({ text, problem }) => {
    const broken = file("host/0-broken.yaml", text);
    file("host/1-good.yaml", good);
    const layers = await load();
    expect(layers.problems).toHaveLength(1);
    expect(layers.problems[0]).toContain(broken);
    expect(layers.problems[0]).toMatch(problem);
    expect([chosen(layers, "a.good")!.id, chosen(layers, "a.py")!.id]).toEqual(["good", "python"]);
  });

  test("that was asked for is an error", async () => {
    const broken = file("broken.yaml", "{version: 1, id: a, nme: x}");
    for (const request of [{ given: [broken] }, { environment: [broken] }]) {
      expect(await refused(request)).toMatchObject({ exitCode: 64, message: `${broken}:1:21: nme: unknown key, did you mean 'name'?` });
    }
  });

  test("is also one that is no file", async () => {
    mkdirSync(join(directory, "host/dir.yaml"));
    expect(Bun.spawnSync(["mkfifo", join(directory, "host/fifo.yaml")]).exitCode).toBe(0);
    symlinkSync("loop.yaml", join(directory, "host/loop.yaml"));
    symlinkSync("nowhere", join(directory, "host/nowhere.yaml"));
    file("host/z.yaml", good);
    const layers = await load();
    expect(layers.problems.map((problem) => problem.slice(`cannot read language pack ${directory}/host/`.length))).toEqual([
      "dir.yaml: it is a directory",
      "fifo.yaml: it is not a regular file",
      "loop.yaml: ELOOP (too many symbolic links encountered)",
      "nowhere.yaml: ENOENT (no such file or directory)",
    ]);
    expect(chosen(layers, "a.good")!.id).toBe("good");
  });
});

describe("a directory", () => {
  test("of two thousand packs is refused unread", async () => {
    for (let index = 0; index < 2000; index++) file(`many/${index}.yaml`, "broken");
    const message = `cannot read the language packs in ${directory}/many: there are 2000, at most 1000 are allowed`;
    expect((await refused({ given: [join(directory, "many")] })).message).toBe(message);
    expect((await load({ hostDirectory: join(directory, "many") })).problems).toEqual([message]);
  });

  test("without packs is an error when it was asked for, and nothing when it is the host's", async () => {
    expect((await refused({ given: [`${directory}/host/`] })).message).toBe(`there is no language pack in ${directory}/host/ (files ending in .yaml or .yml)`);
    expect((await load()).problems).toEqual([]);
  });

  test("that is none is a problem of the host's, too", async () => {
    expect((await load({ hostDirectory: file("file", "x") })).problems).toEqual([`cannot read the language packs in ${directory}/file: ENOTDIR (not a directory)`]);
  });
});

describe("what root does not take, and which path is at fault", () => {
  const claim = claimWith(root);
  const stranger = 12345;
  const text = pack("a");
  const failure = (path: string, fault: string, reason: string) => ({
    message: `cannot use language pack ${path}: ${fault} ${reason}`,
    hint: `root takes packs only from where nobody else can write: chown root ${fault === "it" ? path : fault}; chmod go-w ${fault === "it" ? path : fault}`,
  });

  describe("whoever became root by sudo is told the one command that helps", () => {
    const command = (path: string, name = "pack.yaml") => `root takes packs only from where nobody else can write: sudo install -D -m 644 ${path} /etc/mini-isolate/languages.d/${name}, then the same without --pack`;

    claim("for a pack of that user", async () => {
      const path = file("pack.yaml", text);
      chownSync(path, stranger, stranger);
      expect(await refused({ given: [path], sudoUid: stranger })).toMatchObject({ message: `cannot use language pack ${path}: it belongs to uid ${stranger}`, hint: command(path) });
      expect(await refused({ environment: [path], sudoUid: stranger })).toMatchObject({ hint: command(path) });
      expect(() => namedPacks({ environment: [], given: [path], sudoUid: stranger })).toThrow(expect.objectContaining({ hint: command(path) }));
      expect(checkSource({ kind: "path", name: path }, [], stranger).packs[0]!.problems[0]!.message).toEndWith(`(${command(path)})`);
    });

    claim("for a pack in a directory of that user, whoever owns the pack, with a name that holds there", async () => {
      const path = file("the home/pack", text);
      chownSync(dirname(path), stranger, stranger);
      expect(await refused({ given: [path], sudoUid: stranger })).toMatchObject({ hint: command(`'${path}'`) });
    });

    claim("but not for what belongs to somebody else", async () => {
      const path = file("pack.yaml", text);
      chownSync(path, stranger, stranger);
      expect(await refused({ given: [path], sudoUid: stranger + 1 })).toMatchObject(failure(path, "it", `belongs to uid ${stranger}`));
    });
  });

  claim("a pack that the group, or others, can write", async () => {
    for (const mode of [0o664, 0o646]) {
      const path = file("pack.yaml", text, mode);
      expect(await refused({ given: [path] })).toMatchObject(failure(path, "it", `can be written by others (mode 0${mode.toString(8)})`));
    }
  });

  claim("a pack of somebody else", async () => {
    const path = file("pack.yaml", text);
    chownSync(path, stranger, stranger);
    expect(await refused({ given: [path] })).toMatchObject(failure(path, "it", `belongs to uid ${stranger}`));
  });

  claim("a pack in a directory of somebody else, however deep", async () => {
    const path = file("theirs/deep/pack.yaml", text);
    chownSync(join(directory, "theirs"), stranger, stranger);
    expect(await refused({ given: [path] })).toMatchObject(failure(path, join(directory, "theirs"), `belongs to uid ${stranger}`));
  });

  claim("a pack in a directory that others can write, unless they cannot touch what is not theirs", async () => {
    const path = file("open/pack.yaml", text);
    chmodSync(join(directory, "open"), 0o777);
    expect(await refused({ given: [path] })).toMatchObject(failure(path, join(directory, "open"), "can be written by others (mode 0777)"));
    chmodSync(join(directory, "open"), 0o1777);
    expect((await load({ given: [path] })).languages[0]!.id).toBe("a");
  });

  claim("a pack of somebody else behind a link of root's: what counts is what is read", async () => {
    const theirs = file("theirs/pack.yaml", text);
    chownSync(join(directory, "theirs"), stranger, stranger);
    const link = join(directory, "link.yaml");
    symlinkSync(theirs, link);
    expect(await refused({ given: [link] })).toMatchObject(failure(link, join(directory, "theirs"), `belongs to uid ${stranger}`));
    renameSync(theirs, join(directory, "mine.yaml"));
    rmSync(link);
    symlinkSync("mine.yaml", link);
    expect((await load({ given: [link] })).languages[0]!.origin).toBe(link);
  });

  claim("the same in the host's directory: a problem that names it, and the others hold", async () => {
    const path = file("host/a.yaml", text, 0o666);
    file("host/b.yaml", pack("b"));
    const layers = await load();
    expect(layers.problems).toEqual([failure(path, "it", "can be written by others (mode 0666)").message]);
    expect(chosen(layers, "", "b")!.id).toBe("b");
  });
});
