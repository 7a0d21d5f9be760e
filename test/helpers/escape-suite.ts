/** What the escape suite covers, for docs/testing.md: the cases of each file, counted by the test runner itself. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeTestDirectory } from "./test-directory.ts";

const top = join(import.meta.dir, "../..");

/** Classes of docs/security.md that the cases of a file belong to. */
export const classesOf: Readonly<Record<string, readonly string[]>> = {
  "bad-input": ["Bad input"],
  boxes: ["Bad input", "Lateral"],
  "copy-out": ["Escape", "HostDoS"],
  "fault-injection": ["Bad input", "Leftovers"],
  files: ["Escape"],
  "forbidden-calls": ["Escape", "Forged result"],
  "forged-results": ["Forged result"],
  "host-view": ["HostLeak", "Escape"],
  "kernel-interface": ["Escape", "HostLeak"],
  leftovers: ["Leftovers"],
  "network-ipc": ["Lateral", "HostLeak"],
  "no-verdict": ["Bad input", "Leftovers"],
  permitted: ["Escape", "Lateral", "Leftovers"],
  processes: ["Lateral", "HostLeak", "Leftovers"],
  regressions: ["all"],
  resources: ["HostDoS"],
  sequences: ["Leftovers", "Bad input"],
  "shared-resources": ["HostDoS"],
  siblings: ["HostDoS", "Leftovers"],
  soak: ["Leftovers"],
  supervisor: ["Leftovers", "Forged result"],
  uids: ["Lateral", "Leftovers"],
  verification: ["Escape"],
};

interface Counted {
  readonly cases: number;
  readonly controls: number;
}

/** Cases by file. The runner is given a name that no test has: it then registers all and runs none. */
function countCases(): Map<string, Counted> {
  const directory = makeTestDirectory("count");
  try {
    const report = join(directory, "junit.xml");
    Bun.spawnSync([process.execPath, "test", "test/escape", "-t", `no test has this name ${crypto.randomUUID()}`, "--reporter=junit", `--reporter-outfile=${report}`], { cwd: top, stdout: "ignore", stderr: "ignore" });
    const counted = new Map<string, Counted>();
    for (const [, name = "", file = ""] of readFileSync(report, "utf8").matchAll(/<testcase name="([^"]*)"[^>]* file="test\/escape\/([^"]*)\.test\.ts"/g)) {
      const { cases, controls } = counted.get(file) ?? { cases: 0, controls: 0 };
      const isControl = name.startsWith("control");
      counted.set(file, { cases: cases + (isControl ? 0 : 1), controls: controls + (isControl ? 1 : 0) });
    }
    return counted;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** First sentence of the comment that a file begins with. */
function subjectOf(file: string): string {
  const [comment = ""] = /^(?:\/\/ .*\n)+/.exec(readFileSync(join(top, `test/escape/${file}.test.ts`), "utf8")) ?? [];
  return comment.replaceAll("// ", "").replaceAll("\n", " ").split(/\. |\.? $/)[0]!;
}

/**
 * The table; null where it cannot be made, as a few cases are about calls that only x86_64 has.
 * @throws Error for a file of the suite that has no class here
 */
export function escapeSuite(): string[][] | null {
  if (process.arch !== "x64") return null;
  const files = [...countCases()].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const unknown = files.find(([file]) => classesOf[file] === undefined);
  if (unknown !== undefined) throw new Error(`test/escape/${unknown[0]}.test.ts has no class in test/helpers/escape-suite.ts`);
  const sum = (key: keyof Counted) => String(files.reduce((total, [, counted]) => total + counted[key], 0));
  return [
    ["file", "subject", "classes", "cases", "controls"],
    ...files.map(([file, { cases, controls }]) => [`\`${file}\``, subjectOf(file), classesOf[file]!.join(", "), String(cases), String(controls)]),
    ["all", "", "", sum("cases"), sum("controls")],
  ];
}
