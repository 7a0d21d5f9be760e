/** What came out of a machine, in numbers. */

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts the lines `ok - `, `not ok - ` and `skip - ` of a script, or those that end the report of `bun test`. A machine that did not come
 * to its end has not shown anything: that is one failure more.
 */
export function countOf(output: string, exitCode: number): Count {
  const lines = output.split("\n");
  const begin = (text: string) => lines.filter((line) => line.startsWith(text)).length;
  const reported = (word: string) => lines.reduce((sum, line) => sum + Number(new RegExp(`^ *([0-9]+) ${word}$`).exec(line)?.[1] ?? 0), 0);
  const passed = begin("ok - ") + reported("pass");
  const failed = begin("not ok - ") + reported("fail");
  const broken = (exitCode !== 0 && failed === 0) || passed + failed === 0;
  return { passed, failed: failed + (broken ? 1 : 0), skipped: begin("skip - ") + reported("skip") };
}
