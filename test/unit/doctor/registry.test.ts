// The registry of checks: names, words, and both forms that are made from it.
import { describe, expect, test } from "bun:test";
import { describe as documentOf, formatChecks } from "../../../src/cli/commands/doctor.ts";
import { examine } from "../../../src/doctor/examine.ts";
import { checkGroups } from "../../../src/doctor/registry.ts";
import { fakeHost, trialWith } from "./fake-host.ts";

const checks = checkGroups.flatMap(({ name, checks: those }) => those.map((check) => ({ group: name, ...check })));

describe("every check", () => {
  test("has an id of its own, which begins with its group", () => {
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
    for (const { id, group } of checks) expect(id).toMatch(new RegExp(`^${group}\\.[a-z0-9]+(-[a-z0-9]+)*$`));
  });

  test("says what it means in sentences, and what mends it without a full stop", () => {
    for (const { means, mend, title, how } of checks) {
      expect(means).toMatch(/^\S.*[.)]$/);
      expect(mend).toMatch(/([^.]|\.\.\.)$/);
      expect(title.length).toBeLessThanOrEqual(36);
      expect(how).not.toBe("");
    }
  });
});

describe("the text form", () => {
  test("has a line for each check, and explains those that do not pass", async () => {
    const text = formatChecks(await examine(fakeHost({ trial: trialWith({ processes: "rlimit" }) })), false);
    const lines = text.split("\n");
    expect(lines.filter((line) => /^ {2}(pass|warn|fail|skipped) /.test(line))).toHaveLength(checks.length);
    const at = lines.findIndex((line) => line.includes("enforced: processes"));
    expect(lines[at]).toMatch(/^ {2}warn {4}enforced: processes +rlimit$/);
    expect(lines[at + 1]).toMatch(/^ {10}Processes are bounded by a limit/);
    expect(lines[at + 2]).toMatch(/^ {10}mend: /);
    expect(lines.filter((line) => line.startsWith("          "))).toHaveLength(2);
    expect(text).toEndWith(" skipped: everything is enforced; something is weaker or less even than it could be\n");
  });

  test("explains all with --verbose", async () => {
    const text = formatChecks(await examine(fakeHost()), true);
    expect(text.split("\n").filter((line) => line.startsWith("          "))).toHaveLength(checks.length);
    expect(text).toEndWith(": full strength\n");
  });

  test("lets nothing that was found steer a terminal", async () => {
    expect(formatChecks(await examine(fakeHost({ files: { "/proc/sys/kernel/core_pattern": "|\x1b[31m" } })), false)).toContain("|\\x1b[31m");
  });
});

test("the JSON form counts states as it shows them", async () => {
  const { ok, exit, summary, checks: shown } = documentOf(await examine(fakeHost({ trial: trialWith({ memory: "sampling" }) })));
  expect([ok, exit]).toEqual([false, 2]);
  expect(Object.values(summary).reduce((sum, count) => sum + count, 0)).toBe(shown.length);
  expect(Object.keys(shown[0]!)).toEqual(["id", "group", "state", "found", "means", "mend"]);
});
