import { afterAll, describe, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IsolateError } from "../../../src/model/errors.ts";
import { pluginNames } from "../../../src/language/plugins.ts";
import { isPackPath, languageSet } from "../../../src/language/registry.ts";
import { resolveLanguage, type SourceFacts } from "../../../src/language/resolve.ts";
import { languagesIn } from "../../helpers/packs.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";

/** Languages with packs as `--pack` takes them, on a host without packs of its own. */
async function withPacks(...given: string[]) {
  return (await languageSet({ environment: [], given, kept: [], hostDirectory: "/nowhere" })).languages;
}

const languages = await withPacks();

function resolve(facts: Partial<SourceFacts> & { readonly head?: string }, among = languages) {
  const { head = "", ...others } = facts;
  const language = resolveLanguage(
    { fileName: "file", firstBytes: new TextEncoder().encode(head), language: null, executable: false, ...others },
    among,
  );
  return language?.id ?? null;
}

/** The error of a call, for looking at its parts. */
function errorOf(call: () => unknown): IsolateError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(IsolateError);
    return error as IsolateError;
  }
  throw new Error("nothing was thrown");
}

describe("by extension", () => {
  test.each([
    ["a.py", "python"], ["a.js", "javascript"], ["a.mjs", "javascript"], ["a.cjs", "javascript"], ["a.sh", "shell"], ["a.bash", "shell"],
    ["a.c", "c"], ["a.cpp", "cpp"], ["a.cc", "cpp"], ["a.cxx", "cpp"], ["a.c++", "cpp"], ["a.rs", "rust"], ["a.go", "go"], ["a.java", "java"],
    ["a.C", "cpp"], ["A.CPP", "cpp"], ["MAIN.Java", "java"], ["a.b.c", "c"], ["-x.c", "c"], ["a b.py", "python"], ["a.py.c", "c"], ["é.rs", "rust"],
  ])("%s is %s", (fileName, id) => {
    expect(resolve({ fileName })).toBe(id);
  });

  test("an extension that a pack in the binary knows is named with the pack", () => {
    expect(errorOf(() => resolve({ fileName: "a.f90", head: "" })).hint).toBe("--pack extra knows .f90; MINI_ISOLATE_PACKS=extra enables it for every run");
  });

  test("the first line does not matter", () => {
    expect(resolve({ fileName: "a.c", head: "#!/usr/bin/python3\n" })).toBe("c");
  });

  test("a name that is nothing but an extension has none", () => {
    expect(() => resolve({ fileName: ".py" })).toThrow("it has no extension");
  });

  test("the longer extension wins", () => {
    const pack = languagesIn("{version: 1, id: tpl, name: T, extensions: [.tpl.py], run: {command: t}}", "t.yaml");
    expect(resolve({ fileName: "a.tpl.py" }, [...languages, ...pack])).toBe("tpl");
    expect(resolve({ fileName: "a.py" }, [...languages, ...pack])).toBe("python");
  });
});

describe("by name", () => {
  test.each([
    ["python", "python"], ["python3", "python"], ["py", "python"], ["js", "javascript"], ["node", "javascript"], ["bash", "shell"], ["sh", "shell"],
    ["c++", "cpp"], ["C++", "cpp"], ["CPP", "cpp"], ["rs", "rust"], ["golang", "go"], ["Java", "java"],
  ])("%s is %s, whatever the extension", (language, id) => {
    expect(resolve({ fileName: "file.txt", language })).toBe(id);
  });

  test.each([
    { language: "pyhton", hint: "did you mean 'python'?" },
    { language: "fortran", hint: "--pack extra knows 'fortran'; MINI_ISOLATE_PACKS=extra enables it for every run" },
    { language: "kotlin", hint: "--pack extra knows 'kotlin' (so do icpc, kattis, codeforces); MINI_ISOLATE_PACKS=extra enables it for every run" },
    { language: "klingon", hint: null },
    { language: "", hint: null },
    { language: "constructor", hint: null },
  ])("'$language' is unknown", ({ language, hint }) => {
    const error = errorOf(() => resolve({ language }));
    expect(error.message).toBe(`unknown language '${language}' (known: python javascript typescript shell c cpp rust go java python-buffered javascript-bun)`);
    expect([error.kind, error.exitCode, error.hint]).toEqual(["Config", 64, hint]);
  });
});

describe("by first line, when the extension says nothing", () => {
  test.each([
    ["#!/usr/bin/env python3\nprint()", "python"],
    ["#!/usr/bin/python3", "python"],
    ["#! /usr/bin/python3 \n", "python"],
    ["#!/usr/bin/env node\n", "javascript"],
    ["#!/usr/local/bin/node\n", "javascript"],
    ["#!/bin/bash\n", "shell"],
    ["#!/usr/bin/env bash\n", "shell"],
  ])("%p is %s", (head, id) => {
    expect(resolve({ head })).toBe(id);
    expect(resolve({ fileName: "file.xyz", head })).toBe(id);
  });

  test.each(["#!/bin/sh\n", "#!/bin/bash -e\n", "#!/usr/bin/python3 -O\n", "#!/usr/bin/perl\n", "#!/usr/bin/env -S node --test\n", "#!\n", "#!/home/me/python3\n"])(
    "%p is executed directly, so that its line is obeyed",
    (head) => {
      expect(resolve({ head })).toBeNull();
    },
  );

  test("only the first line counts", () => {
    expect(() => resolve({ head: "x\n#!/usr/bin/python3\n" })).toThrow("cannot tell the language");
  });
});

describe("a file that nothing is known about", () => {
  test("is executed directly when it is an ELF file", () => {
    expect(resolve({ fileName: "prog", firstBytes: Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2) })).toBeNull();
    expect(resolve({ fileName: "prog.out", firstBytes: Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2) })).toBeNull();
  });

  test("is executed directly when it is executable", () => {
    expect(resolve({ fileName: "prog.xyz", head: "whatever", executable: true })).toBeNull();
  });

  test("is refused otherwise, with its extension and the known ones", () => {
    const error = errorOf(() => resolve({ fileName: "prog.xyz", head: "hello" }));
    expect(error.message).toBe(
      "cannot tell the language of \"prog.xyz\": unknown extension '.xyz' " +
        "(known: .py .js .mjs .cjs .ts .mts .cts .sh .bash .c .cpp .cc .cxx .c++ .C .rs .go .java)",
    );
    expect([error.kind, error.exitCode]).toEqual(["Config", 64]);
    expect(error.hint).toContain("--language");
  });

  test("is refused when it has no extension", () => {
    expect(errorOf(() => resolve({ fileName: "prog" })).message).toStartWith('cannot tell the language of "prog": it has no extension (known: .py ');
  });

  test("is refused when it is empty", () => {
    expect(() => resolve({ fileName: "a.", head: "" })).toThrow("unknown extension '.'");
  });
});

describe("packs", () => {
  const directory = makeTestDirectory("packs", tmpdir());
  afterAll(() => rmSync(directory, { recursive: true }));

  function pack(file: string, text: string): string {
    const path = join(directory, file);
    writeFileSync(path, text);
    return path;
  }

  const first = pack("first.yaml", "{version: 1, id: fast, name: F, aliases: [python], extensions: [.py, .new], run: {command: fast}}");
  const second = pack("second.yml", "{version: 1, id: faster, name: G, extensions: [.new], run: {command: faster}}");

  test("stand in front of the built-in languages, the last one foremost", async () => {
    const set = await withPacks(first, second);
    expect(set.map(({ id }) => id)).toEqual(["faster", "fast", ...languages.map(({ id }) => id)]);
    expect(set.map(({ origin }) => origin).slice(0, 3)).toEqual([second, first, "built-in"]);
    expect(resolve({ fileName: "a.new" }, set)).toBe("faster");
    expect(resolve({ fileName: "a.py" }, set)).toBe("fast");
    expect(resolve({ language: "python" }, set)).toBe("fast");
    expect(resolve({ language: "py" }, set)).toBe("python");
  });

  test("may define a built-in language anew", async () => {
    const own = pack("own.yaml", "{version: 1, id: cpp, name: Mine, extensions: [.cpp], run: {command: mine}}");
    const set = await withPacks(own);
    const facts = { firstBytes: new Uint8Array(), executable: false };
    expect(resolveLanguage({ ...facts, fileName: "a.cpp", language: null }, set)?.name).toBe("Mine");
    expect(resolveLanguage({ ...facts, fileName: "a", language: "cpp" }, set)?.name).toBe("Mine");
  });

  test.each([
    ["./x", true], ["dir/icpc", true], ["x.yaml", true], ["x.yml", true], ["icpc", false], ["x.yaml.bak", false], ["", false],
  ])("%p is a path: %p", (name, isPath) => {
    expect(isPackPath(name)).toBe(isPath);
  });

  test("a name that is no plugin is refused", async () => {
    const error = await withPacks("nonesuch").then(() => null, (thrown: unknown) => thrown as IsolateError);
    expect(error).toBeInstanceOf(IsolateError);
    expect([error!.kind, error!.message]).toEqual(["Config", `unknown language pack 'nonesuch' (known: ${pluginNames.join(" ")})`]);
    expect(error!.hint).toBe("a pack of your own is given by its path, such as ./nonesuch.yaml");
  });

  test("a wrong pack is refused with its path", async () => {
    const path = pack("wrong.yaml", "version: 1\n");
    expect(withPacks(path)).rejects.toThrow(`${path}:1:1: id: is missing`);
  });
});
