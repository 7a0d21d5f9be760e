/** What a person reads: a line for each test as it ends, and a summary. */
import { signalName } from "../../executor/verdict/classify.ts";
import type { SubmissionDocument, TestDocument } from "../../judge/document.ts";
import { verdicts } from "../../judge/verdict.ts";
import type { CompileResult } from "../../model/result.ts";
import { showBytes, showSeconds } from "../quantities.ts";
import { escapeControls } from "../write.ts";

/** Longest name of a test that the column is made as wide as. */
const widestName = 30;

export function columnWidth(names: readonly string[]): number {
  return Math.min(widestName, Math.max(...names.map((name) => Bun.stringWidth(name))));
}

/** `  WA  2   0.012 s    1.2 MB  line 1, column 1: found '4', the answer has '5'` */
export function testLine(test: TestDocument, nameWidth: number): string {
  const name = inOneLine(test.name);
  const padding = " ".repeat(Math.max(0, nameWidth - Bun.stringWidth(name)));
  const notes = [test.reruns > 0 ? "run again alone" : null, test.idle ? "idle" : null, noteOf(test)].filter((note) => note !== null);
  const line = `${(test.verdict ?? "").padStart(3)}  ${name}${padding}  ${(test.cpu_time === null ? "-" : `${test.cpu_time.toFixed(3)} s`).padStart(9)}  ${memory(test.memory_peak).padStart(9)}  ${notes.join("; ")}`;
  return `${inOneLine(line).trimEnd()}\n`;
}

function noteOf(test: TestDocument): string | null {
  const last = test.stderr?.trimEnd().split("\n").at(-1)?.slice(-longestLine) ?? "";
  const said = reasonOf(test);
  return last === "" ? said : `${said === null ? "" : `${said}: `}${last}`;
}

/** Of standard error, in characters. */
const longestLine = 100;

function reasonOf({ verdict, message, exit_code, signal }: TestDocument): string | null {
  if (verdict === "RTE" && message === null) return signal !== null ? `signal ${signal} (${signalName(signal)})` : `exit code ${exit_code}`;
  return message;
}

const memory = (bytes: number | null) => (bytes === null ? "-" : `${(bytes / 2 ** 20).toFixed(1)} MB`);

export function compiledLine(path: string, language: string | null, compile: CompileResult | null): string {
  const how = compile === null ? "" : compile.status !== "Success" ? ", does not compile" : compile.cached ? ", compiled earlier" : `, compiled in ${compile.wall_time.toFixed(2)} s`;
  return escapeControls(`${path}: ${language ?? "a program"}${how}\n`);
}

/** What the compiler said, as it said it. */
export function compileError({ stdout, stderr, error_message }: CompileResult): string {
  const said = `${stdout}${stderr}`;
  return escapeControls(`${said}${said === "" || said.endsWith("\n") ? "" : "\n"}${said === "" ? `${error_message ?? ""}\n` : ""}`);
}

/** How many tests have which verdict, the slowest one, and scores where there are any. */
export function summary({ tests, slowest, limits, groups, score, max_score: most }: SubmissionDocument): string {
  const run = tests.filter(({ verdict }) => verdict !== null);
  const counts = verdicts.map((name) => [name, run.filter(({ verdict }) => verdict === name).length] as const).filter(([, count]) => count > 0);
  const parts = [`${run.length === tests.length ? tests.length : `${run.length} of ${tests.length}`} ${tests.length === 1 ? "test" : "tests"}: ${counts.map(([name, count]) => `${count} ${name}`).join(", ") || "none run"}`];
  if (slowest !== null) {
    const limit = limits.cpu_time_limit === null ? "" : ` of ${showSeconds(limits.cpu_time_limit)}`;
    const memoryLimit = limits.memory_limit === null ? "" : `; memory limit ${showBytes(limits.memory_limit)}`;
    parts.push(`slowest: ${inOneLine(slowest.test)}, ${slowest.time.toFixed(3)} s${limit}${memoryLimit}`);
  }
  if (score !== null) parts.push(...groups.map((group) => `${inOneLine(group.name)}: ${group.verdict ?? "-"}, ${points(group.score, group.max_score)}`), `score: ${points(score, most)}`);
  return `${parts.join("\n")}\n`;
}

/** Whatever a name or a message has in it. */
export const inOneLine = (text: string) => escapeControls(text).replace(/\n/g, "\\n");

const points = (score: number | null, most: number | null) => `${score ?? "-"}${most === null ? "" : ` of ${most}`}`;
