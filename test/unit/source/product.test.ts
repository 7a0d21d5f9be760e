import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withDirectory } from "../../../src/box/files.ts";
import { builtInLanguages } from "../../../src/language/builtin.ts";
import type { Language } from "../../../src/language/language.ts";
import { planSource } from "../../../src/language/plan-source.ts";
import type { Product } from "../../../src/language/products.ts";
import { productFault } from "../../../src/source/product.ts";
import { languagesIn } from "../../helpers/packs.ts";
import { pluginLanguages } from "../../helpers/plugins.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";

const productsOf = (language: Language, fileName: string, workdir = "/box", startsElsewhere = false) =>
  planSource(language, { fileName, source: Buffer.from("package a.b; class A { public static void main(String[] a) {} }"), memoryBytes: 2 ** 30, cpuTimeSeconds: 1, workdir, startsElsewhere })
    .compile!.products.map(({ kind, path, holds }) => `${kind} ${path}${holds === undefined ? "" : ` with ${holds}`}`);

describe("what the run step cannot do without", () => {
  const builtIn = (id: string) => builtInLanguages().find((language) => language.id === id)!;
  const plugin = (name: string, id: string) => pluginLanguages(name).find((language) => language.id === id)!;

  test.each(([
    [builtIn("c"), "x.c", ["program x"]],
    [builtIn("go"), "x.go", ["program main"]],
    [builtIn("java"), "x.java", ["class a/b/A.class"]],
    [plugin("kattis", "pascal"), "x.pas", ["program main.pas.out"]],
    [plugin("kattis", "csharp"), "x.cs", ["file main.exe"]],
    [plugin("icpc", "kotlin"), "x.kt", ["class a/b/MainKt.class"]],
    [plugin("extra", "kotlin"), "x.kt", ["file Main.jar with a/b/MainKt.class"]],
    [plugin("ioi", "python"), "x.py", ["file main.pyc"]],
    [plugin("extra", "lisp"), "x.lisp", ["file program.fasl"]],
    [plugin("icpc", "python"), "x.py", []],
  ] as const).map(([language, ...others]) => [language.id, language, ...others] as const))("%#: %s", (_, language, file, expected) => {
    expect(productsOf(language, file)).toEqual([...expected]);
    expect(productsOf(language, file, "/srv/box", true)).toEqual([...expected]);
  });

  test("is no word that only looks like a file, and no program that lies in the box already", () => {
    const pack = (command: string) => languagesIn(`version: 1\nid: x\nname: X\nextensions: [.x]\ncompile: {command: x, artefacts: ['**']}\nrun: {command: [${command}]}`, "x.yaml")[0]!;
    expect(productsOf(pack("java, -cp, '{dir}', --flag, main, '{stem}'"), "main.x")).toEqual([]);
    const engine = languagesIn("version: 1\nid: x\nname: X\nextensions: [.x]\ncompile: {command: x, artefacts: ['*.bc']}\nrun: {command: ['./engine', '{dir}/{stem}.bc']}", "x.yaml")[0]!;
    expect(productsOf(engine, "main.x")).toEqual(["file main.bc"]);
  });
});

describe("what a compiler left", () => {
  const directory = makeTestDirectory("product");
  afterAll(() => rmSync(directory, { recursive: true }));
  const fault = (...products: readonly Product[]) => withDirectory(directory, (fd) => productFault(fd, products));
  const write = (name: string, content: Uint8Array | string, mode = 0o755) => {
    writeFileSync(join(directory, name), content);
    chmodSync(join(directory, name), mode);
  };
  const elf = (type: number, entry: number, { bits = 64, little = true } = {}) => {
    const head = Buffer.alloc(bits === 64 ? 64 : 52);
    head.write("\x7fELF", "latin1");
    head[4] = bits === 64 ? 2 : 1;
    head[5] = little ? 1 : 2;
    if (little) head.writeUInt16LE(type, 16);
    else head.writeUInt16BE(type, 16);
    head.writeUInt32LE(entry, 24);
    return head;
  };
  const advice = ", not a program: is there a main program in the source?";

  test.each([
    ["a program", elf(2, 0x401000), null],
    ["a program that can lie anywhere", elf(3, 0x1040), null],
    ["a program of 32 bits", elf(2, 0x8000, { bits: 32 }), null],
    ["a program of another byte order", elf(2, 0x8000, { little: false }), null],
    ["a script", "#!/bin/sh\n", null],
    ["an object file", elf(1, 0), `is an object file that is not linked${advice}`],
    ["a shared library", elf(3, 0), `is a shared library${advice}`],
    ["a memory dump", elf(4, 0), `is a memory dump${advice}`],
    ["a cut off program", elf(2, 1).subarray(0, 30), `is the beginning of an ELF file${advice}`],
    ["an archive", "!<arch>\nx", `is an archive${advice}`],
    ["a precompiled header", "gpch.014x", `is a precompiled header${advice}`],
    ["nothing", "", `is an empty file${advice}`],
    ["text", "int main", `is a text without a #! line${advice}`],
    ["something", Buffer.from([1, 0, 2]), `is a file of an unknown kind${advice}`],
    ["a class", Buffer.from("\xca\xfe\xba\xbe", "latin1"), `is a class file${advice}`],
  ])("in place of a program: %s", (_, content, expected) => {
    write("out", content);
    expect(fault({ path: "out", kind: "program" })).toBe(expected === null ? null : `the compiler ended without an error, but out ${expected}`);
  });

  test("a program that may not be executed", () => {
    write("out", "#!/bin/sh\n", 0o644);
    expect(fault({ path: "out", kind: "program" })).toBe("the compiler ended without an error, but out has no permission to be executed (mode 0644)");
  });

  test("a link, a second name, a directory and nothing are no product", () => {
    symlinkSync("/bin/true", join(directory, "link"));
    write("first", "#!/bin/sh\n");
    linkSync(join(directory, "first"), join(directory, "second"));
    mkdirSync(join(directory, "sub"));
    for (const path of ["link", "second", "sub", "none", "sub/none", "first/none", "link/x", "x".repeat(300), "../product"]) {
      expect(fault({ path, kind: "program" })).toBe(`the compiler ended without an error and left no ${path}`);
    }
  });

  test("a jar without its main class; of one that cannot be read nothing is said", () => {
    const entry = (name: string) => {
      const head = Buffer.alloc(46);
      head.write("PK\x01\x02", "latin1");
      head.writeUInt16LE(Buffer.byteLength(name), 28);
      return Buffer.concat([head, Buffer.from(name)]);
    };
    const jar = (...names: readonly string[]) => {
      const entries = Buffer.concat(names.map(entry));
      const end = Buffer.alloc(22);
      end.write("PK\x05\x06", "latin1");
      end.writeUInt32LE(entries.length, 12);
      end.writeUInt32LE(4, 16);
      return Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), entries, end]);
    };
    const look = (content: Uint8Array) => {
      write("M.jar", content);
      return fault({ path: "M.jar", kind: "file", holds: "a/MainKt.class" });
    };
    expect(look(jar("META-INF/", "a/MainKt.class", "b"))).toBeNull();
    expect(look(jar("MainKt.class", "a/MainKt.classes"))).toStartWith("the compiler ended without an error and left no a/MainKt.class in M.jar: ");
    const odd = jar("x");
    odd.writeUInt32LE(0xffffffff, odd.length - 10);
    for (const content of [odd, jar("x").subarray(0, -1), Buffer.from("PK\x03\x04", "latin1")]) expect(look(content)).toBeNull();
  });

  test("classes, jars and programs of other runtimes begin as such; the name is quoted where it is odd", () => {
    write("A.class", "no class");
    write("A.jar", "PK\x03\x04");
    write("a b.exe", "");
    write("empty.js", "");
    expect(fault({ path: "A.jar", kind: "file" }, { path: "empty.js", kind: "file" })).toBeNull();
    expect(fault({ path: "A.class", kind: "class" })).toBe("the compiler ended without an error, but A.class is a text without a #! line, not a class file");
    expect(fault({ path: "a b.exe", kind: "file" })).toBe('the compiler ended without an error, but "a b.exe" is an empty file, not a program');
    expect(fault({ path: "B.class", kind: "class" })).toEndWith("; name it with --entry-point");
  });
});
