/**
 * What a test run ends with: a table of durations by directory, each failed test once more (what a log keeps of thousands of lines is
 * often only the end), and the one line for scripts that read nothing else.
 */

/** One `bun test` that is over. */
export interface Phase {
  /** The report of `bun test --reporter=junit`, or null when it wrote none. */
  readonly junit: string | null;
  /** It also tells of what is no test, such as a file that cannot be loaded, which the report leaves out. */
  readonly exitCode: number;
  /** What was run, as in `bun test test/unit`: a part that failed without a failed test is named by it. */
  readonly command: string;
  /** Titles of tests that failed, and passed each time when they were run again by themselves. Left out: none. */
  readonly unsteady?: ReadonlySet<string>;
}

/** One test that failed. */
export interface FailedTest {
  readonly file: string;
  /** File, groups and name. */
  readonly title: string;
  /** What was expected, some lines. */
  readonly message: string;
}

/** `N passed, N failed, N skipped` of all phases together. Tests that are to do count as skipped. */
export function summaryLine(phases: readonly Phase[]): string {
  let [passed, failed, skipped] = [0, 0, 0];
  for (const [index, { junit, exitCode }] of phases.entries()) {
    const [totals = ""] = /<testsuites\s[^>]*>/.exec(junit ?? "") ?? [];
    const count = (name: string) => Number(new RegExp(`\\s${name}="([0-9]+)"`).exec(totals)?.[1] ?? 0);
    const unsteady = phases[index]!.unsteady?.size ?? 0;
    const failures = count("failures") - unsteady;
    passed += count("tests") - failures - count("skipped");
    failed += exitCode !== 0 && failures + unsteady === 0 ? 1 : failures;
    skipped += count("skipped");
  }
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Seconds and number of tests for each directory below test/, the longest first; `""` when there are no reports. */
export function durationTable(phases: readonly Phase[]): string {
  const sums = new Map<string, { seconds: number; tests: number }>();
  for (const { junit } of phases) {
    for (const [, file = "", tests, seconds] of (junit ?? "").matchAll(/^ {2}<testsuite [^>]*?file="([^"]*)" tests="([0-9]+)"[^>]*? time="([0-9.]+)"/gm)) {
      const directory = file.split("/").slice(0, 2).join("/");
      const sum = sums.get(directory) ?? { seconds: 0, tests: 0 };
      sums.set(directory, { seconds: sum.seconds + Number(seconds), tests: sum.tests + Number(tests) });
    }
  }
  const rows = [...sums].toSorted(([, a], [, b]) => b.seconds - a.seconds);
  return rows.map(([directory, { seconds, tests }]) => `${seconds.toFixed(1).padStart(7)} s  ${String(tests).padStart(5)} tests  ${directory}\n`).join("");
}

/** Each failed test with its file and what was expected, and each part of the run that failed without one; `""` when nothing did. */
export function failureList(phases: readonly Phase[]): string {
  return phases.map((phase) => failuresOf(phase).join("")).join("");
}

const failedTest = /<testcase name="([^"]*)" classname="([^"]*)"[^>]*? file="([^"]*)"[^>]*>\s*<failure type="([^"]*)" message="([^"]*)"/g;

export function failedTests(junit: string | null): readonly FailedTest[] {
  return [...(junit ?? "").matchAll(failedTest)].map(([, name = "", group = "", file = "", type = "", message = ""]) => ({
    file: unescaped(file),
    title: [file, group, name].filter((part) => part !== "").map(unescaped).join(" > "),
    message: `${unescaped(type)}: ${unescaped(message)}`.trimEnd().slice(0, 2000),
  }));
}

/** Whether a part of the run is as good as one without failures. */
export function isGood({ junit, exitCode, unsteady }: Phase): boolean {
  const failures = failedTests(junit);
  return exitCode === 0 || (failures.length > 0 && failures.every(({ title }) => unsteady?.has(title)));
}

function failuresOf({ junit, exitCode, command, unsteady }: Phase): readonly string[] {
  const failures = failedTests(junit).map(({ title, message }) => {
    const word = unsteady?.has(title) === true ? "(unsteady) passed each time when it was run again:" : "(fail)";
    return `${word} ${title} [${command}]\n${message.split("\n").map((line) => `  ${line}\n`).join("")}`;
  });
  return exitCode !== 0 && failures.length === 0 ? [`(fail) ${command} ended with ${exitCode}, and no test is reported as failed\n`] : failures;
}

function unescaped(text: string): string {
  const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(?:#([0-9]+)|([a-z]+));/g, (all, code?: string, name?: string) => (code === undefined ? (named[name ?? ""] ?? all) : String.fromCodePoint(Number(code))));
}
