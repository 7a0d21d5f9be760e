/** The tests of a Polygon package. */
import { closeSync, openSync, readSync } from "node:fs";
import { configError } from "../../../model/errors.ts";
import type { Test } from "../../problem.ts";
import type { PackageFiles } from "../package/files.ts";
import type { XmlElement } from "./xml-element.ts";

export interface PolygonTest {
  readonly test: Test;
  /** null: none. */
  readonly group: string | null;
}

const mostTests = 1_000_000;
/** How many tests are looked into for the ends of their lines, and how far, in bytes. */
const [testsLookedInto, bytesLookedInto] = [3, 4096];
const fullPackage = "take the full package for Linux from Polygon: others lack the generated tests, or have the line ends of Windows";

/** @throws IsolateError of kind Config: there are no tests, or their files are not there, or are those of a package for Windows */
export function readTests(files: PackageFiles, testset: XmlElement): readonly PolygonTest[] {
  const count = testset.only("test-count").integer(0);
  if (count > mostTests) throw testset.only("test-count").error(`must be at most ${mostTests}, not ${count}`);
  const listed = testset.child("tests")?.all("test") ?? [];
  if (listed.length > 0 && listed.length !== count) throw testset.error(`has ${listed.length} tests, and its <test-count> is ${count}`);
  if (count === 0) throw configError(`cannot judge with ${files.root}: there are no tests in it`, "its testset is empty; make a package with tests");
  const input = pattern(testset.only("input-path-pattern"));
  const answer = pattern(testset.only("answer-path-pattern"));
  const tests = Array.from({ length: count }, (_, index) => testOf(files, input(index + 1), answer(index + 1), listed[index] ?? null));
  refuseWindows(files, tests);
  return tests;
}

function testOf(files: PackageFiles, input: string, answer: string, element: XmlElement | null): PolygonTest {
  element?.warnOfMisspelled(["method", "cmd", "sample", "group", "points", "description", "from-file", "verdict"]);
  const description = element?.attribute("description") ?? null;
  const group = element?.attribute("group") ?? null;
  const number = input.slice(input.lastIndexOf("/") + 1);
  const test: Test = {
    name: group === null ? number : `${group}/${number}`,
    input: present(files, input),
    answer: present(files, answer),
    isSample: element?.attribute("sample") === "true",
    args: [],
    checkerArgs: [],
    files: null,
    points: element?.points("points") ?? null,
    ...(description === null ? {} : { description }),
  };
  return { test, group };
}

function present(files: PackageFiles, path: string): string {
  const entry = files.find(path);
  if (entry === null) throw configError(`cannot judge with ${files.root}: ${path} is missing`, fullPackage);
  return files.at(entry);
}

/** A pattern of printf(3) with one number, such as `tests/%02d.a`. */
function pattern(element: XmlElement): (number: number) => string {
  const match = /^((?:[^%]|%%)*)%(0?)(\d{0,2})d((?:[^%]|%%)*)$/.exec(element.text);
  if (match === null) throw element.error(`must have one %d, such as tests/%02d, not ${JSON.stringify(element.text.slice(0, 80))}`);
  const [, before, zero, width, after] = match as unknown as [string, string, string, string, string];
  const plain = (text: string) => text.replaceAll("%%", "%");
  return (number) => plain(before) + String(number).padStart(Number(width), zero === "" ? " " : "0") + plain(after);
}

function refuseWindows(files: PackageFiles, tests: readonly PolygonTest[]): void {
  const looked = tests.slice(0, testsLookedInto).map(({ test }) => lineEnds(test.input)).filter((ends) => ends !== null);
  if (looked.length > 0 && looked.every((ends) => ends === "CRLF")) {
    throw configError(`cannot judge with ${files.root}: its tests have the line ends of Windows (${files.shown("")} is a package for Windows)`, fullPackage);
  }
}

/** Of the first line; null when there is none. */
function lineEnds(path: string): "CRLF" | "LF" | null {
  const descriptor = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(bytesLookedInto);
    const end = bytes.subarray(0, readSync(descriptor, bytes)).indexOf(10);
    return end < 0 ? null : bytes[end - 1] === 13 ? "CRLF" : "LF";
  } finally {
    closeSync(descriptor);
  }
}
