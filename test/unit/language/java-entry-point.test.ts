import { describe, expect, test } from "bun:test";
import { findJavaEntryPoint } from "../../../src/language/java-entry-point.ts";
import { javaTokens } from "../../../src/language/java-tokens.ts";

const main = "public static void main(String[] args) { }";
const find = (source: string, fileStem = "submission") => findJavaEntryPoint(source, fileStem);

describe("of several types with main", () => {
  test.each([
    { name: "the public one wins", source: `class Debug { ${main} } public class Main { ${main} }`, mainClass: "Main", fileClass: "Main" },
    { name: "then the one that the file is named after", source: `class Debug { ${main} } class Foo { ${main} }`, stem: "Foo", mainClass: "Foo" },
    { name: "then the first", source: `class B { ${main} } class A { ${main} }`, mainClass: "B" },
    { name: "a public one without main does not", source: `public class Foo { } class Bar { ${main} }`, stem: "Foo", mainClass: "Bar", fileClass: "Foo" },
    { name: "a public one that inherits its main does", source: `class Base { ${main} } class Other extends Base { } public class Top extends Other { }`, mainClass: "Top", fileClass: "Top" },
    { name: "one that only Java 25 starts does not", source: `public class A { void main() { } } class B { ${main} }`, mainClass: "B", fileClass: "A" },
    { name: "of those that only Java 25 starts the public one wins", source: "class A { void main() { } } public class B { static void main() { } }", mainClass: "B", fileClass: "B" },
    { name: "classes that extend each other end the search", source: "class A extends B { } class B extends A { } public class C extends A { }", mainClass: "C", fileClass: "C" },
    { name: "a main outside of types makes the file a class", source: `record P(int x) { ${main} } void main() { }`, mainClass: null },
  ])("$name", ({ source, stem, mainClass, fileClass }) => {
    expect(find(source, stem)).toEqual({ package: null, mainClass, fileClass: fileClass ?? null });
  });
});

describe("a main that every Java starts", () => {
  test.each([
    "public static void main(String[] a)", "static public void main(String... a)", "public static final synchronized strictfp void main(final String a[])",
    "public static void main(java.lang.String[] a)", "public static void main(String [ ] a) throws Exception, java.io.IOException", "public static <T extends Comparable<T>> void main(String[] a)",
    "@SuppressWarnings({\"a\", \"}\"}) public @Deprecated static void main(@A(x = 1) final String[] a)", "public/* x */static/**/void//\nmain\n(\nString[]\na\n)", "public static void main(String[] größe)",
    "\\u0070ublic static void main(String[] a)", "public static void ma\\uu0069n(String[] a)",
  ])("%s", (head) => {
    expect(find(`class First { void main() { } } class Right { ${head} { } }`).mainClass).toBe("Right");
  });

  test("of an interface is public without a word", () => {
    expect(find("class First { static void main(String[] a) { } } interface Right { static void main(String[] a) { } }").mainClass).toBe("Right");
  });

  test.each(["record Right(int x, @A({1, 2}) String... y)", "enum Right", "interface Right", "sealed interface Right permits X", "non-sealed class Right extends a.b.C<D<E>>", "@A(b = {\"c\"}) abstract strictfp class Right<T> implements B, C"])("of %s counts", (head) => {
    const constants = head.startsWith("enum") ? "A(1) { void f() { } }, B { }, C;" : "";
    expect(find(`class Wrong { } ${head} { ${constants} ${main} }`).mainClass).toBe("Right");
  });
});

describe("what is no main does not count", () => {
  test.each([
    "public static void main(int a)", "public static void main(String a)", "public static void main(String[] a, int b)", "public static void main(String[][] a)", "public static int main(String[] a)",
    "public static void main(Object[] a)", "public static void main(List<String[]> a)", "public static void mainly(String[] a)", "private static void main(String[] a)", "public static void main(String[]... a)",
    "public abstract void main()", "static Runnable main = () ->", "void main(int x) { } private void main()", "static class Nested { public static void main(String[] a) { } } void f()",
    "Runnable r = new Runnable() { public static void main(String[] a) { } }; void f()", "@A(x = \"public static void main(String[] a)\") void f()", "interface I { static void main(String[] a) { } } void f()",
  ])("%s", (head) => {
    expect(find(`class Wrong { ${head} { } } class Right { ${main} }`).mainClass).toBe("Right");
    expect(find(`class Wrong { ${head} { } }`).mainClass).toBeNull();
  });

  test.each([
    `// class Wrong { ${main} }\n`, `/* class Wrong { ${main} } */`, `class A { String s = "class Wrong { ${main}"; }`, `class A { char c = '"', d = '\\'', e = '{'; }`,
    `class A { String s = """\n class Wrong { ${main} } \\""" " "" \n"""; }`, "class A { int[] a = {1, 2}, b = {3}; { } static { } }", "@interface Wrong { String[] value() default {\"a\"}; }",
    "import java.util.*; import static java.lang.Math.max;", ";;", "class record { record f(record x) { return x; } }",
  ])("in front of the class: %s", (before) => {
    expect(find(`${before}class Right { ${main} }`).mainClass).toBe("Right");
  });
});

describe("packages and names", () => {
  test.each([
    ["package a.b;", "a.b"], ["package  a . b\n. c ;", "a.b.c"], ["/* x */ package/**/a/* . */./**/b;", "a.b"], ["@A({1}) @b.C package a;", "a"], ["package größe;", "größe"],
    ["package 1;", null], ["package ;", null], ["package a", null], [`package ${"a.".repeat(200)}b;`, null], ["import a.b;", null],
  ])("%s", (head, expected) => {
    expect(find(`${head}\nclass A { ${main} }`).package).toBe(expected);
  });

  test("names have up to 255 characters", () => {
    for (const length of [64, 65, 249, 255]) expect(find(`public class ${"A".repeat(length)} { ${main} }`)).toMatchObject({ mainClass: "A".repeat(length), fileClass: "A".repeat(length) });
    expect(find(`public class ${"A".repeat(256)} { ${main} }`)).toMatchObject({ mainClass: null, fileClass: null });
  });
});

test("tokens", () => {
  expect(javaTokens(`\ufeffa /*x*/ "s\\"" 'c' """t"""... 1.5e3 \\u0041b //y\n"open\nz`)).toEqual(["a", '"', '"', '"', "...", "1.5e3", "Ab", '"', "z"]);
});

describe("hostile sources take linear time", () => {
  const size = 256 * 1024;
  test.each([
    "class A extends B{}", "class a{void main(", "void main(String @A(", "@A(", "@a.", "<", "((", "{{", "}", "package a.", "record a<", "\\u0022", "\\", "'", '"""', "/*/", "non-", "void main(String[] a){", "class A1{public static void main(int x){}}", "public ", "a<b>", "//", "extends a.",
  ])("%s", (unit) => {
    const begin = process.cpuUsage();
    find(unit.repeat(size / unit.length));
    const numbered = Array.from({ length: 8000 }, (_, index) => `class A${index} extends A${index + 1}{}`).join("");
    find(`${numbered}public class X extends A0{}`);
    const { user, system } = process.cpuUsage(begin);
    expect((user + system) / 1000).toBeLessThan(3000);
  });
});
