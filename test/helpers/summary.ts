/** The one line that a test run ends with, for scripts that read nothing else. */

/**
 * `N passed, N failed, N skipped`. Tests that are to do count as skipped.
 * @param junit the report of `bun test --reporter=junit`, or null when it wrote none
 * @param exitCode of `bun test`; it also fails for what is no test, such as a file that cannot be loaded, which the report leaves out
 */
export function summaryLine(junit: string | null, exitCode: number): string {
  const [totals = ""] = /<testsuites\s[^>]*>/.exec(junit ?? "") ?? [];
  const count = (name: string) => Number(new RegExp(`\\s${name}="([0-9]+)"`).exec(totals)?.[1] ?? 0);
  const skipped = count("skipped");
  const failures = count("failures");
  const failed = exitCode !== 0 && failures === 0 ? 1 : failures;
  return `${count("tests") - failures - skipped} passed, ${failed} failed, ${skipped} skipped`;
}
