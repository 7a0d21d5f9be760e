import { describe, expect, test } from "bun:test";
import type { JudgingDocument } from "../../../../src/judge/document.ts";
import { reportHtml } from "../../../../src/judge/report/report.ts";
import { documentOf, notRun, realisticJudging, submissionOf, testOf } from "../../../helpers/judging.ts";

/** The text between two marks. */
const between = (text: string, from: string, to: string) => text.slice(text.indexOf(from) + from.length, text.indexOf(to, text.indexOf(from)));
/** Without markup. */
const shown = (markup: string) => markup.replace(/<(style|script|title)\b[^]*?<\/\1>/g, "").replace(/<[^>]*>/g, " ").replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))).replace(/\s+/g, " ");
const cells = (markup: string) => [...between(markup, '<table id="matrix-table"', "</table>").matchAll(/<td class="v ([^"]*)"[^>]*>(.*?)<\/td>/g)].map(([, names, content]) => `${shown(content!).trim()} ${names}`);

describe("the file", () => {
  const page = reportHtml(realisticJudging());

  test("is the same each time", () => expect(reportHtml(realisticJudging())).toBe(page));

  test("names nothing that is elsewhere", () => {
    expect(page).not.toMatch(/https?:|\/\/[a-z]|@import|url\(/);
    expect([...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link!).filter((link) => !link.startsWith("#"))).toEqual(["data:,"]);
  });

  test("lets only its own script and its own style work", () => {
    const hash = (tag: string) => new Bun.CryptoHasher("sha256").update(between(page, `<${tag}>`, `</${tag}>`)).digest("base64");
    expect(between(page, 'http-equiv="Content-Security-Policy" content="', '">').replaceAll("&#39;", "'")).toBe(
      `default-src 'none'; script-src 'sha256-${hash("script")}'; style-src 'sha256-${hash("style")}'; img-src data:; base-uri 'none'; form-action 'none'`,
    );
    expect(page.match(/<script|<style| style="| on[a-z]+="/g)).toEqual(["<style", "<script"]);
  });

  test("has a place for every link", () => {
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...page.matchAll(/ href="#([^"]*)"/g), ...page.matchAll(/ aria-labelledby="([^"]*)"/g)].map(([, id]) => id!);
    expect(links.length).toBeGreaterThan(300);
    expect(links.filter((id) => !ids.includes(id))).toEqual([]);
  });
});

describe("the report says", () => {
  const text = shown(reportHtml(realisticJudging()));

  test.each([
    ["how many submissions are not as expected", "2 submissions are not as expected"],
    ["the limit and where it is from", "CPU time 1 s , inferred from the submissions"],
    ["its lower bound and who is why", "lower bound at least 0.958 s, for what has to be in time ( submissions/accepted/prefix.java , test secret/large/40 )"],
    ["its upper bound", "upper bound at most 8.821 s, for what has to be too slow ( submissions/time_limit_exceeded/quadratic.cpp , test secret/large/40 )"],
    ["the multipliers and the safety margin", "2 from the slowest accepted run to the limit, 1.5 from the limit to the safety margin (1.5 s)"],
    ["the factors of languages", "factors python × 3"],
    ["the machine", "AMD EPYC 7763"],
    ["what was enforced", "CPU time limit cgroup-v2"],
    ["why a submission is not as expected", "the verdict is AC, and has to be WA"],
    ["the first difference", "line 18, column 7: found '4294967296', the answer has '-4294967296'"],
    ["what the compiler printed", "warning: unused variable 'n' [-Wunused-variable]"],
    ["points of groups", "TLE 0 of 30 points"],
    ["that a test was run again", "close to the limit; run again alone"],
  ])("%s", (_what, words) => expect(text.replace(/ ;/g, ";")).toContain(words));

  test("what was not enforced", () => expect(shown(reportHtml(documentOf([], { enforced: { ...documentOf([]).enforced!, network: "none" } })))).toContain("no network not enforced"));
});

describe("the matrix", () => {
  test("has a letter for each verdict: lower case for samples, marks for what is unexpected or close to the limit", () => {
    const tests = [
      testOf("s", { sample: true }), testOf("1"), testOf("2", { verdict: "WA" }), testOf("3", { verdict: "TLE", near_limit: true }), testOf("4", { verdict: "MLE" }), testOf("5", { verdict: "RTE" }),
      testOf("6", { verdict: "OLE" }), testOf("7", { verdict: "JE" }), notRun("8"),
    ];
    expect(cells(reportHtml(documentOf([submissionOf("a", tests, { as_expected: false, expected: ["WA", "RTE"] })])))).toEqual([
      "a AC first", "A AC first", "W WA", "T!~ TLE off", "M! MLE off", "R RTE", "O! OLE off", "J! JE off", "· none",
    ]);
  });

  test("marks nothing of a submission that is as expected, and what the document says of a test before all", () => {
    const tests = [testOf("1", { verdict: "TLE" }), testOf("2", { verdict: "AC", as_expected: false }), testOf("3", { verdict: "WA", as_expected: true })];
    expect(cells(reportHtml(documentOf([submissionOf("a", tests, { expected: ["RTE"] })])))).toEqual(["T TLE first", "A! AC off", "W WA"]);
  });

  test("of a submission that does not compile is empty, and what the compiler said is open", () => {
    const compile = { status: "CompileError" as const, cached: false, cpu_time: 0.1, wall_time: 0.1, memory_peak: null, exit_code: 1, stdout: "", stderr: "a.cpp:1:1: error: x\n" };
    const page = reportHtml(documentOf([submissionOf("a.cpp", [notRun("1"), notRun("2")], { verdict: "CE", compile, as_expected: false })]));
    expect(cells(page)).toEqual(["· none first", "· none"]);
    expect(page).toMatch(/<details class="compiler" open><summary>Compiler: CompileError: [^<]*exit code 1; what it printed<\/summary><pre tabindex="0">a\.cpp:1:1: error: x<\/pre>/);
  });
});

describe("the drill-down", () => {
  test("shows passes, who ended first, and each side of what was said", () => {
    const said = [{ from: "interactor" as const, text: "1 <b>\n" }, { from: "submission" as const, process: 1, text: "? 2\n" }];
    const pass = { verdict: "AC" as const, cpu_time: 0.1, wall_time: 0.2, message: null, first_to_end: "submission" as const, transcript: said };
    const page = reportHtml(documentOf([submissionOf("a", [testOf("1", { passes: [pass, { ...pass, verdict: "WA", message: "too many", transcript: null }], first_to_end: "interactor" })])]));
    expect(page).toContain("<tr><td></td><td><pre>1 &#60;b&#62;</pre></td></tr><tr><td><small>process 2</small><pre>? 2</pre></td><td></td></tr>");
    expect(shown(page)).toContain("Pass 2: WA, 0.100 s of CPU time, 0.200 s on the clock, the submission ended first too many");
    expect(shown(page)).toContain("the interactor ended first");
    const gap = reportHtml(documentOf([submissionOf("a", [testOf("1", { passes: [{ ...pass, transcript: [{ from: "submission", text: "x", left_out: 2048 }] }] })])]));
    expect(shown(gap)).toContain("2 KB left out here x");
  });

  test("shows the checker's words with its exit code, score and time", () => {
    const page = reportHtml(documentOf([submissionOf("a", [testOf("1", { verdict: "WA", message: "wrong", checker: { exit_code: 43, message: "expected 2 found 3", score: 0.5, time: 0.1 } })])]));
    expect(shown(page)).toContain("Checker exit code 43, score 0.5, 0.100 s of CPU time expected 2 found 3");
  });
});

test("what a program wrote to standard error, why a submission was not judged, and what deserves a look are shown", () => {
  const tests = [testOf("1", { verdict: "RTE", stderr: "Traceback\n  ZeroDivisionError\n" })];
  const page = reportHtml(documentOf([submissionOf("a", tests, { notes: ["slower than half of the limit"] }), submissionOf("b", [notRun("1")], { verdict: null, message: "no language has the extension .xyz" })]));
  expect(page).toContain('standard error</h4><pre tabindex="0">Traceback\n  ZeroDivisionError</pre>');
  expect(shown(page)).toContain("Worth a look: slower than half of the limit");
  expect(shown(page)).toContain("not judged: no language has the extension .xyz");
});

describe("hostile text", () => {
  const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'\u202e\x1b]0;x\x07\n&`;

  /** Every text of a document, replaced. */
  function poisoned(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(poisoned);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, typeof part === "string" && !["verdict", "source", "status", "from", "first_to_end"].includes(key) ? `${part}${evil}` : key === "expected" ? part : poisoned(part)]));
  }

  test("in every field is text on the page and nothing else", () => {
    const said = [{ from: "submission" as const, text: "x" }];
    const full = { ...realisticJudging(), judge_errors: [{ submission: "s", test: "t", message: "m" }], warnings: ["w"] } as JudgingDocument;
    const interactive = submissionOf("i", full.submissions[0]!.tests.map((test) => ({ ...test, passes: [{ verdict: "WA" as const, cpu_time: 0, wall_time: 0, message: "m", first_to_end: null, transcript: said }] })));
    const page = reportHtml({ ...(poisoned({ ...full, submissions: [...full.submissions, interactive] }) as JudgingDocument), warnings: [evil] });
    expect(page.match(/<script|<img|onerror=alert\(1\)>/g)).toEqual(["<script"]);
    expect(page).not.toMatch(/[\0-\x08\x0b-\x1f\u202e]/);
    expect(page.split("&#60;script&#62;").length).toBeGreaterThan(100);
  });

  test("of a megabyte is cut, and the rest counted", () => {
    const page = reportHtml(documentOf([submissionOf("a".repeat(1e6), [testOf("b".repeat(1e6), { group: "c".repeat(1e6), verdict: "WA", message: "<".repeat(1e6), checker: { exit_code: 1, message: "\n".repeat(1e6) + "d".repeat(1e6), score: null, time: null } })])]));
    expect(page.length).toBeLessThan(100_000);
    expect(page).toContain("(cut: 996,000 more characters)");
  });
});

describe("a judging without end", () => {
  test("of 100,000 tests has a file of a few megabytes, and all that failed is in it", () => {
    const tests = Array.from({ length: 100_000 }, (_, index) => testOf(`secret/${index}`, { group: `secret/${index % 100_000 < 50_000 ? 1 : 2}`, ...(index === 77_777 ? { verdict: "WA", message: "the one" } : {}) }));
    const page = reportHtml(documentOf(["a", "b", "c"].map((path) => submissionOf(path, tests, { as_expected: false }))));
    expect(page.length).toBeLessThan(12e6);
    expect(cells(page).filter((cell) => cell.startsWith("W"))).toEqual(["W1! WA off", "W1! WA off", "W1! WA off"]);
    expect(page.match(/<td class="what"><details><summary><bdi>not as expected<\/bdi>; <bdi>the one/g)).toHaveLength(3);
    expect(shown(page)).toContain("not listed here: the JSON document has all of them");
  });

  test("of failures that all have long messages has a bound as well", () => {
    const tests = Array.from({ length: 20_000 }, (_, index) => testOf(String(index), { verdict: "WA", message: "<".repeat(10_000) }));
    expect(reportHtml(documentOf([submissionOf("a", tests)])).length).toBeLessThan(25e6);
  });
});

test("a document without submissions, tests or limits has a report", () => {
  const none = { cpu_time_limit: null, wall_time_limit: null, memory_limit: null, output_limit: null };
  const page = reportHtml(documentOf([], { limits: none, time_limit: { ...documentOf([]).time_limit, value: null }, enforced: null }));
  expect(shown(page)).toContain("0 submissions, 0 tests");
  expect(shown(page)).toContain("CPU time no limit");
  expect(shown(reportHtml(documentOf([submissionOf("a", [])])))).toContain("No tests were judged");
});
