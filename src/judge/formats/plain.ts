/** Tests in one directory: each an input and an answer, paired by their names. */
import { readdirSync, statSync } from "../../kernel/fs.ts";
import { basename, join, resolve } from "node:path";
import { configError, IsolateError } from "../../model/errors.ts";
import { namedFault } from "../../model/host-fault.ts";
import { compareNumbered } from "./package/names.ts";
import { noLimits, plainRule, type Problem, type Test } from "../problem.ts";

/** `NAME.in` goes with the first of these that is there. */
const answerEndings = [".ans", ".out", ".a"] as const;
/** How a second way of naming begins: `inputNAME.txt` goes with `outputNAME.txt`. */
const numbered = { input: /^input(.*)\.txt$/, answer: (name: string) => `output${name}.txt` } as const;

/**
 * @param path a directory with `*.in` and `*.ans`, `*.out` or `*.a`, or with `input*.txt` and `output*.txt`
 * @throws IsolateError of kind Config: no tests, an input without an answer, two tests of one name
 */
export function readPlain(path: string): Problem {
  const names = namesIn(path);
  // Such a name is not what it was in the directory, so the file cannot be opened by it.
  const odd = names.find((name) => name.includes("\ufffd") && pairOf(name, new Set()) !== null);
  if (odd !== undefined) throw configError(`cannot judge with ${path}: the name of a file in it is no UTF-8 (${odd})`, "rename it");
  const present = new Set(names);
  const tests: Test[] = [];
  const missing: string[] = [];
  const paired = new Set<string>();
  for (const input of names) {
    const pair = pairOf(input, present);
    if (pair === null) continue;
    if (pair.answer === null) {
      missing.push(`${input} has no answer (${pair.wanted})`);
      continue;
    }
    paired.add(pair.answer);
    tests.push({ name: pair.name, input: join(path, input), answer: join(path, pair.answer), isSample: false, args: [], checkerArgs: [], files: null, points: null });
  }
  if (missing.length > 0) {
    const [first, ...more] = missing;
    throw configError(`cannot judge with ${path}: ${first}${more.length === 0 ? "" : `, and ${more.length} more like it`}`, "a test is NAME.in with NAME.ans, NAME.out or NAME.a, or inputNAME.txt with outputNAME.txt");
  }
  if (tests.length === 0) throw configError(`cannot judge with ${path}: there are no tests in it`, "a test is NAME.in with NAME.ans, NAME.out or NAME.a, or inputNAME.txt with outputNAME.txt");
  const seen = new Set<string>();
  for (const { name } of tests) {
    if (seen.has(name)) throw configError(`cannot judge with ${path}: two tests have the name ${name}`, "rename one of them");
    seen.add(name);
  }
  const unpaired = names.filter((name) => isAnswer(name) && !paired.has(name));
  const warnings = unpaired.length === 0 ? [] : [`${join(path, unpaired[0]!)} has no input and is not used${unpaired.length === 1 ? "" : `, nor are ${unpaired.length - 1} files like it`}`];
  return {
    name: basename(resolve(path)),
    format: "plain",
    path,
    tests: tests.toSorted((one, other) => compareNumbered(one.name, other.name)),
    root: { name: "", children: tests.map((_, number) => number), rule: plainRule },
    isScoring: false,
    kind: { kind: "batch" },
    passes: 1,
    checker: { kind: "built-in", name: "default" },
    inputFile: null,
    outputFile: null,
    limits: noLimits,
    additions: [],
    packs: [],
    languages: null,
    submissions: [],
    warnings,
  };
}

function namesIn(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) throw configError(`cannot judge with ${path}: it is no directory`, "give the directory with the tests");
    // Hidden files are no tests: editors and other systems leave some.
    return readdirSync(path).filter((name) => !name.startsWith("."));
  } catch (error) {
    if (error instanceof IsolateError) throw error;
    throw namedFault(`read ${path}`, error);
  }
}

/** @returns null for what is no input */
function pairOf(file: string, present: ReadonlySet<string>): { readonly name: string; readonly answer: string | null; readonly wanted: string } | null {
  if (file.endsWith(".in") && file !== ".in") {
    const name = file.slice(0, -".in".length);
    const found = answerEndings.map((ending) => name + ending).find((answer) => present.has(answer));
    return { name, answer: found ?? null, wanted: answerEndings.map((ending) => name + ending).join(", ") };
  }
  const match = numbered.input.exec(file);
  if (match === null) return null;
  const answer = numbered.answer(match[1]!);
  return { name: match[1] === "" ? "input" : match[1]!, answer: present.has(answer) ? answer : null, wanted: answer };
}

const isAnswer = (file: string) => answerEndings.some((ending) => file.endsWith(ending)) || /^output.*\.txt$/.test(file);
