/**
 * `config.ini`, the oldest form of a config: the number of tests, then a line for each, `input|output|seconds|points|KiB`. Each is a subtask
 * of its own.
 */
import { configError } from "../../../model/errors.ts";
import { bytesPerMebibyte } from "../../../model/units.ts";
import type { Fault, NamedFile, SubtaskConfig, TestConfig } from "./config.ts";

/** @param shown the file, as people read it @throws IsolateError of kind Config, with the line */
export function readIni(text: string, shown: string): TestConfig {
  const lines = text.split(/\r?\n/);
  const at = (line: number): Fault => (message) => configError(`${shown}:${line}: ${message}`);
  const count = Number(lines[0]?.trim());
  if (!/^\d+$/.test(lines[0]?.trim() ?? "") || count === 0) throw at(1)(`must be the number of tests, not ${JSON.stringify(lines[0]?.trim())}`);
  const rows = lines.slice(1, count + 1);
  const subtasks: SubtaskConfig[] = [];
  for (let number = 0; number < count; number++) {
    const fault = at(number + 2);
    const row = rows[number]?.trim() ?? "";
    if (row === "") throw fault(`there must be ${count} tests, and test ${number + 1} is missing`);
    subtasks.push(subtaskOf(row, number + 1, fault));
  }
  return { time: null, memory: null, subtasks };
}

function subtaskOf(row: string, id: number, fault: Fault): SubtaskConfig {
  const [input = "", output = "", seconds = "", points = "", kibibytes = ""] = row.split("|").map((part) => part.trim());
  const [time, score] = [Number(seconds), Number(points)];
  if (seconds === "" || !Number.isFinite(time) || time <= 0) throw fault(`the third value must be seconds, not ${JSON.stringify(seconds)}`);
  if (points === "" || !Number.isFinite(score) || score < 0) throw fault(`the fourth value must be points, not ${JSON.stringify(points)}`);
  const file = (name: string): NamedFile | null => (name === "" ? null : { name, fault });
  return {
    id, type: null, score: Math.trunc(score), requires: [], fault, time,
    memory: memoryOf(kibibytes, fault),
    cases: [{ id: null, input: file(input), output: file(output), score: null, time: null, memory: null }],
  };
}

/** Whole MB, as Hydro takes them; a size below one MB is one. */
function memoryOf(kibibytes: string, fault: Fault): number | null {
  if (kibibytes === "") return null;
  const size = Number(kibibytes);
  if (!Number.isFinite(size) || size <= 0) throw fault(`the fifth value must be KiB, not ${JSON.stringify(kibibytes)}`);
  return Math.max(1, Math.floor(size / 1024)) * bytesPerMebibyte;
}
