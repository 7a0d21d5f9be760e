import { describe, expect, test } from "bun:test";
import { builtInLanguages } from "../../../src/language/builtin.ts";
import { findEntryPoint } from "../../../src/language/entry-point.ts";
import type { EntryPointRule } from "../../../src/language/language.ts";
import { linearSearch, nativeSearch } from "../../../src/language/patterns.ts";

const java = builtInLanguages().find(({ id }) => id === "java")!.entryPoint!;

/** What both searches find: the one for built-in languages, and the one for all others. */
function find(source: string | Uint8Array, rule: EntryPointRule = java) {
  const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
  const found = findEntryPoint(rule, bytes, null, linearSearch);
  expect(findEntryPoint(rule, bytes, null, nativeSearch)).toEqual(found);
  return found;
}

const main = "public static void main(String[] args) { }";

describe("the class of a Java source: the one with main, and the one that the file is named after", () => {
  test.each([
    { name: "public class", source: `public class Solution { ${main} }`, mainClass: "Solution" },
    { name: "class that is not public", source: `class Solution { ${main} }`, mainClass: "Solution" },
    { name: "empty file", source: "", mainClass: "Main" },
    { name: "no main at all", source: "public class Foo { void run() { } }", mainClass: "Foo" },
    { name: "no class at all (Java 25)", source: 'void main() { IO.println("x"); }', mainClass: "Main" },
    { name: "main of an instance (Java 25)", source: "class A { int x; } class B { void main() { } }", mainClass: "B" },
    { name: "helper class first", source: `class Node { int v; } public class App { ${main} }`, mainClass: "App" },
    { name: "helper class with methods first", source: `class Node { Node next() { return null; } } class App { ${main} }`, mainClass: "App" },
    { name: "nested class first", source: `class App { static class Node { int v; } ${main} }`, mainClass: "App" },
    { name: "nested class with a main of its own", source: `class App { static class In { ${main} } ${main} }`, mainClass: "App" },
    { name: "public class without main, another with it", source: `public class Foo { } class Bar { ${main} }`, mainClass: "Bar", fileClass: "Foo" },
    { name: "public nested class", source: `class App { public static class In { } ${main} }`, mainClass: "App" },
    { name: "record", source: `record Point(int x, int y) { ${main} }`, mainClass: "Point" },
    { name: "enum", source: `public enum Color { RED { void f() { } }, GREEN; ${main} }`, mainClass: "Color" },
    { name: "interface", source: "public interface Run { static void main(String... a) { } }", mainClass: "Run" },
    { name: "sealed, with modifiers", source: `public abstract sealed class S permits T { ${main} } final class T extends S { }`, mainClass: "S" },
    { name: "annotated", source: `@SuppressWarnings({"a", "b"})\npublic final class Main2<T extends Comparable<T>> extends Object implements A, B { ${main} }`, mainClass: "Main2" },
    { name: "modifiers of main in another order", source: "class A { static public final synchronized void main(final String args[]) { } }", mainClass: "A" },
    { name: "broken over lines", source: "public\nclass\n  A\n{\n  public static\n  void main\n  (String[] a) { } }", mainClass: "A" },
    { name: "comment between words", source: `public/* a */class/**/A{ public static void/**/main (String[] a) { } }`, mainClass: "A" },
    { name: "Windows line ends", source: `public class A {\r\n  ${main}\r\n}\r\n`, mainClass: "A" },
    { name: "byte order mark", source: `\ufeffpublic class A { ${main} }`, mainClass: "A" },
    { name: "letters of the world and $", source: `public class Größe$Ω_1 { ${main} }`, mainClass: "Größe$Ω_1" },
    { name: "field with braces", source: `class A { int[] a = { 1, 2 }; int[][] b = {{1},{2}}; ${main} }`, mainClass: "A" },
    { name: "static initialiser", source: `class A { static { System.out.println(); } ${main} }`, mainClass: "A" },
    { name: "main that is only called", source: `class A { static void f() { B.main(null); } } class B { ${main} }`, mainClass: "B" },
    { name: "a method that begins with main", source: `class A { static void mainly() { } } class B { ${main} }`, mainClass: "B" },
    { name: "missing brace at the end", source: `public class A { ${main}`, mainClass: "A" },
    { name: "missing brace in a method", source: "public class A { static void main(String[] a) { if (x) { }", mainClass: "A" },
  ])("$name: $mainClass", ({ source, mainClass, fileClass }) => {
    expect(find(source)).toEqual({ mainClass, fileClass: fileClass ?? mainClass });
  });

  test.each([
    { name: "line comment", source: `// public class Wrong { ${main} }\npublic class Right { ${main} }` },
    { name: "block comment", source: `/* public class Wrong {\n ${main} } */ public class Right { ${main} }` },
    { name: "documentation", source: `/**\n * public class Wrong { ${main} }\n */\nclass Right { ${main} }` },
    { name: "string", source: `class Right { String s = "} class Wrong { ${main}"; ${main} }` },
    { name: "string with a quote", source: `class Right { String s = "\\"} class Wrong { ${main}"; ${main} }` },
    { name: "string with a comment", source: `class Right { String s = "/*"; ${main} } // */ class Wrong { ${main} }` },
    { name: "comment with a quote", source: `/* it's " */ class Right { ${main} } /* " class Wrong { ${main} } */` },
    { name: "character", source: `class Right { char a = '"', b = '{', c = '\\''; ${main} } // ' "` },
    { name: "text block", source: `class Right { String s = """\n  class Wrong { ${main} } "quoted" \\""" }\n  """; ${main} }` },
    { name: "comment that is not closed", source: `class Right { ${main} } /* public class Wrong { ${main} }` },
  ])("what stands in a $name does not count", ({ source }) => {
    expect(find(source)).toEqual({ mainClass: "Right", fileClass: "Right" });
  });

  test.each([
    { name: "plain", source: `package a.b.c; public class A { ${main} }`, mainClass: "a.b.c.A" },
    { name: "after a comment and an annotation", source: `/* package wrong; */ @X package\n  a ;\nclass A { ${main} }`, mainClass: "a.A" },
    { name: "no class", source: "package a;", mainClass: "a.Main" },
    { name: "word in a method", source: `class A { ${main} void f() { package x; } }`, mainClass: "A" },
  ])("the package stands in front of the class, not of the file: $name", ({ source, mainClass }) => {
    expect(find(source)).toEqual({ mainClass, fileClass: mainClass.slice(mainClass.lastIndexOf(".") + 1) });
  });

  test("a source that is not UTF-8 is no obstacle", () => {
    expect(find(Buffer.from(`// \xfc\xff\npublic class A { ${main} }`, "latin1")).mainClass).toBe("A");
  });

  test("a class name of 5,000 characters is left to the compiler", () => {
    expect(find(`public class ${"A".repeat(5000)} { ${main} }`).mainClass).toBe("Main");
  });
});

describe("a rule of another language", () => {
  const rule: EntryPointRule = { scanner: null, ignore: [], depth: null, pattern: [], package: [], fileName: [], default: "Main" };

  test("without ignore and depth sees the text as it is, and ^ begins a line", () => {
    expect(find("// object A\nobject B {\n}\n", { ...rule, pattern: ["^object (\\w+)"] }).mainClass).toBe("B");
    expect(find("x { y { object B } }", { ...rule, pattern: ["object (\\w+)"] }).mainClass).toBe("B");
  });

  test("the first pattern that matches wins over an earlier place", () => {
    expect(find("b X a Y", { ...rule, pattern: ["a (\\w)", "b (\\w)"] }).mainClass).toBe("Y");
  });

  test.each(["-Xmx1g", "a/b", "a b", "1a", "a..b", ".", "", "a.", "@args", "a\n", "x".repeat(501)])("a main class %p is refused", (name) => {
    expect(() => find(`<${name}>`, { ...rule, pattern: ["<([^>]*)>"] })).toThrow("is not an identifier");
  });
});

describe("the search takes a bounded time, whatever the source", () => {
  const size = 1024 * 1024;
  const fill = (text: string) => text.repeat(Math.floor(size / text.length));
  test.each([
    ["open comments", fill("/* ")],
    ["open text blocks", fill('"""x')],
    ["quotes", fill("'\"")],
    ["one long string", `"${fill("\\a")}`],
    ["class after class", fill("class a ")],
    ["class after class, then a block", `${fill("class a ").slice(0, 4000)}{${fill("static ")}`],
    ["class in class", fill("class a{")],
    ["static", `class A{${fill("static ")}`],
    ["blanks", `class A{static${fill(" ")}`],
    ["public final", fill("public final ")],
    ["package", fill("package a.")],
    ["braces", fill("{}")],
  ])("%s", (_, source) => {
    const begin = process.cpuUsage();
    find(source);
    const { user, system } = process.cpuUsage(begin);
    // The slowest takes a tenth of this; a search that goes back again and again takes minutes.
    expect((user + system) / 1000).toBeLessThan(6000);
  });
});
