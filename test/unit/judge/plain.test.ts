// Tests in one directory, found by their names.
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPlain } from "../../../src/judge/formats/plain.ts";

/** What is found in a directory with these files: names of tests with the names of their files, or the message of the error. */
function found(...files: string[]): string[] | string {
  const directory = mkdtempSync(join(tmpdir(), "plain-"));
  try {
    for (const file of files) writeFileSync(join(directory, file), "");
    return readPlain(directory).tests.map(({ name, input, answer }) => [name, ...[input, answer].map((path) => path!.slice(directory.length + 1))].join(" "));
  } catch (error) {
    return (error as Error).message.replaceAll(directory, "DIR");
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("an input goes with its answer, however that is named", () => {
  expect(found("1.in", "1.ans", "2.in", "2.out", "3.in", "3.a")).toEqual(["1 1.in 1.ans", "2 2.in 2.out", "3 3.in 3.a"]);
  expect(found("input0.txt", "output0.txt", "input.txt", "output.txt")).toEqual(["0 input0.txt output0.txt", "input input.txt output.txt"]);
});

test("of several answers the one of the jury counts, before what a program wrote", () => {
  expect(found("1.in", "1.out", "1.ans")).toEqual(["1 1.in 1.ans"]);
});

test("numbers in names are in the order of their values", () => {
  const names = ["10", "9", "01", "a2", "a10", "b"];
  expect(found(...names.flatMap((name) => [`${name}.in`, `${name}.ans`]))).toEqual(["01", "9", "10", "a2", "a10", "b"].map((name) => `${name} ${name}.in ${name}.ans`));
});

test("files of editors, notes and answers without an input are no tests", () => {
  expect(found("1.in", "1.ans", ".1.in", "notes.txt", "1.in~", "2.ans", "1.ans.statement")).toEqual(["1 1.in 1.ans"]);
});

test("names with blanks and line feeds are names", () => {
  expect(found("a b\n.in", "a b\n.ans")).toEqual(["a b\n a b\n.in a b\n.ans"]);
});

test("a directory without tests, an input without an answer and two tests of one name are errors", () => {
  expect(found()).toBe("cannot judge with DIR: there are no tests in it");
  expect(found("1.ans")).toBe("cannot judge with DIR: there are no tests in it");
  expect(found("1.in", "2.in", "2.ans", "input3.txt")).toBe("cannot judge with DIR: 1.in has no answer (1.ans, 1.out, 1.a), and 1 more like it");
  expect(found("1.in", "1.ans", "input1.txt", "output1.txt")).toBe("cannot judge with DIR: two tests have the name 1");
});

test("a file and what is not there are no directories with tests", () => {
  const directory = mkdtempSync(join(tmpdir(), "plain-"));
  try {
    writeFileSync(join(directory, "file"), "");
    expect(() => readPlain(join(directory, "file"))).toThrow("it is no directory");
    expect(() => readPlain(join(directory, "missing"))).toThrow("ENOENT");
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("thousands of tests are found", () => {
  const directory = mkdtempSync(join(tmpdir(), "plain-"));
  try {
    for (let number = 0; number < 2000; number++) for (const ending of ["in", "ans"]) writeFileSync(join(directory, `${number}.${ending}`), "");
    expect(readPlain(directory).tests).toHaveLength(2000);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
