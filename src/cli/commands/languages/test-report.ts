/** What `languages test` prints: a table for people, or one JSON document. */
import type { PackTestOutcome } from "../../../pack-check/pack-tests.ts";
import { adviceAbout, describeToolchain, type ToolchainState } from "../../../pack-check/toolchain.ts";
import type { Language } from "../../../language/language.ts";
import { escapeControls } from "../../write.ts";
import { fitColumns } from "../../table.ts";
import { describeState } from "./list.ts";

/** A language and how its tests went; none were run when its toolchain cannot be used. */
export interface LanguageReport {
  readonly language: Language;
  readonly toolchain: ToolchainState;
  readonly outcomes: readonly PackTestOutcome[];
}

/** A version command that did not do is no reason not to try; the tests will tell. */
export function isUsable(toolchain: ToolchainState): boolean {
  return toolchain.kind === "failed" || (toolchain.kind === "found" && !toolchain.tooOld);
}

/** So many languages without a test have a row each. */
const fewRows = 3;

/** The table, then what went wrong and what can be done about what is missing, then one line with the numbers. */
export function formatReport(reports: readonly LanguageReport[], width = Number.POSITIVE_INFINITY): string {
  const untested = reports.filter(({ language }) => language.tests.length === 0);
  const areMany = untested.length > fewRows;
  const rows = reports.filter((report) => !areMany || !untested.includes(report)).flatMap(rowsOf);
  const table = rows.length === 0 ? "" : fitColumns([["LANGUAGE", "TEST", "EXPECTED", "GOT", "CPU TIME", "MEMORY"], ...rows], width);
  const notes = [...reports.flatMap(notesOf), ...(areMany ? [`${untested.length} languages have no test: ${untested.map(({ language }) => language.id).join(" ")}`] : [])];
  const { passed, failed, skipped, without } = countsOf(reports);
  const summary = [`${passed} passed`, `${failed} failed`, `${skipped} skipped`, ...(without === 0 ? [] : [`${without} languages without tests`.replace(/^(1 language)s/, "$1")])];
  return `${table}${notes.length === 0 ? "" : `\n${escapeControls(notes.join("\n"))}\n`}\n${summary.join(", ")}\n`;
}

function rowsOf({ language: { id, tests }, toolchain, outcomes }: LanguageReport): string[][] {
  const number = tests.length === 0 ? "no tests" : tests.length === 1 ? "1 test" : `${tests.length} tests`;
  if (!isUsable(toolchain)) return [[id, number, "", `skipped: ${whyUnusable(toolchain)}`, "", ""]];
  if (tests.length === 0) return [[id, number, "", "", "", ""]];
  return outcomes.map(({ test, passed, verdict, result, message }) => {
    const got = result === null ? `FAILED: ${message}` : passed ? result.status : `${verdict} FAILED`;
    const measured = result === null ? ["", ""] : [`${result.cpu_time.toFixed(3)} s`, result.memory_peak === null ? "" : `${Math.ceil(result.memory_peak / 1024)} KB`];
    return [id, test.name, test.status, got, ...measured];
  });
}

function whyUnusable(toolchain: ToolchainState): string {
  return toolchain.kind === "found" ? `version ${describeToolchain(toolchain)}` : describeToolchain(toolchain);
}

const shownLines = 10;

/** One or more lines for each thing that somebody has to look at. */
function notesOf({ language: { id, toolchain: asked }, toolchain, outcomes }: LanguageReport): string[] {
  const notes: string[] = [];
  if (toolchain.kind === "failed") notes.push(`${id}: the version is not known: ${toolchain.reason}`);
  if (toolchain.kind === "found" && toolchain.tooOld) notes.push(`${id}: version ${toolchain.version} is older than ${asked!.minimum}, which the pack asks for`);
  const advice = adviceAbout(toolchain);
  if (advice !== null) notes.push(`${id}: ${describeToolchain(toolchain)}: ${advice}`);
  for (const { test, passed, result, message } of outcomes) {
    if (passed) continue;
    notes.push(`${id}: ${test.name}: ${message}`);
    const said = (result?.stderr ?? "").split("\n").filter((line) => line.trim() !== "");
    notes.push(...said.slice(0, shownLines).map((line) => `    ${line}`));
    if (said.length > shownLines) notes.push(`    (${said.length - shownLines} more lines)`);
  }
  return notes;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Tests that could not be run. */
  readonly skipped: number;
  /** Languages that have none. */
  readonly without: number;
}

function countsOf(reports: readonly LanguageReport[]): Counts {
  const outcomes = reports.flatMap((report) => report.outcomes);
  const passed = outcomes.filter((outcome) => outcome.passed).length;
  const skipped = reports.filter(({ toolchain }) => !isUsable(toolchain)).reduce((sum, { language }) => sum + language.tests.length, 0);
  return { passed, failed: outcomes.length - passed, skipped, without: reports.filter(({ language }) => language.tests.length === 0).length };
}

/** The document of `--json`: the numbers, and each language with its toolchain and its tests. */
export function describeReport(reports: readonly LanguageReport[]) {
  const { passed, failed, skipped } = countsOf(reports);
  const languages = reports.map(({ language: { id, name, origin, tests }, toolchain, outcomes }) => ({
    id,
    name,
    origin,
    toolchain: describeState(toolchain),
    skipped: isUsable(toolchain) ? null : whyUnusable(toolchain),
    tests: isUsable(toolchain)
      ? outcomes.map(describeOutcome)
      : tests.map(({ name, status }) => ({ name, expected: status, got: null, verdict: null, passed: null, cpu_time: null, wall_time: null, memory_peak: null, message: null })),
  }));
  return { passed, failed, skipped, languages };
}

function describeOutcome({ test, passed, verdict, result, message }: PackTestOutcome) {
  return {
    name: test.name,
    expected: test.status,
    got: result?.status ?? null,
    verdict,
    passed,
    cpu_time: result?.cpu_time ?? null,
    wall_time: result?.wall_time ?? null,
    memory_peak: result?.memory_peak ?? null,
    message,
  };
}
