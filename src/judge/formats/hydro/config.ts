/** What a config of Hydro says, with the place of each thing in its file. */
import type { IsolateError } from "../../../model/errors.ts";
import type { YamlMapping, YamlValue } from "../package/yaml-value.ts";
import { bytesOf, secondsOf } from "./quantities.ts";

export const subtaskTypes = ["min", "max", "sum"] as const;
export type SubtaskType = (typeof subtaskTypes)[number];

/** Names a place in the config, and what is wrong there. */
export type Fault = (message: string) => IsolateError;

/** A file that the config names. */
export interface NamedFile {
  readonly name: string;
  readonly fault: Fault;
}

/** Seconds and bytes; null: not said. */
interface OwnLimits {
  readonly time: number | null;
  readonly memory: number | null;
}

export interface CaseConfig extends OwnLimits {
  readonly id: number | null;
  /** null: the empty file. */
  readonly input: NamedFile | null;
  readonly output: NamedFile | null;
  readonly score: number | null;
}

export interface SubtaskConfig extends OwnLimits {
  readonly id: number | null;
  /** null: not said, which is `min`. */
  readonly type: SubtaskType | null;
  readonly score: number | null;
  /** Ids of the subtasks that have to be passed. */
  readonly requires: readonly { readonly id: number; readonly fault: Fault }[];
  readonly cases: readonly CaseConfig[];
  readonly fault: Fault;
}

export interface TestConfig extends OwnLimits {
  /** Empty: tests are found by the names of files. */
  readonly subtasks: readonly SubtaskConfig[];
}

/** What the config says about tests: `time`, `memory`, `subtasks`, and `cases`, which are one subtask whose points are added up. */
export function readTestConfig(config: YamlMapping): TestConfig {
  const cases = config.get("cases");
  const list = cases?.list() ?? [];
  const subtasks = config.get("subtasks");
  // Hydro takes the cases, and so says nothing about subtasks beside them.
  if (list.length > 0 && subtasks !== null) subtasks.warn("is ignored: Hydro takes the cases beside it");
  return {
    time: timeOf(config),
    memory: memoryOf(config),
    subtasks: list.length > 0 ? [{ id: 1, type: "sum", score: null, requires: [], time: null, memory: null, cases: list.map(caseOf), fault: (message) => cases!.error(message) }] : (subtasks?.list() ?? []).map(subtaskOf),
  };
}

function subtaskOf(value: YamlValue): SubtaskConfig {
  const subtask = value.mapping();
  const read: SubtaskConfig = {
    id: subtask.get("id")?.integer({ least: 0 }) ?? null,
    type: subtask.get("type")?.word(subtaskTypes) ?? null,
    score: subtask.get("score")?.number({ least: 0 }) ?? null,
    requires: (subtask.get("if")?.listOrOne() ?? []).map((id) => ({ id: id.integer(), fault: (message) => id.error(message) })),
    time: timeOf(subtask),
    memory: memoryOf(subtask),
    cases: (subtask.get("cases")?.list() ?? []).map(caseOf),
    fault: (message) => value.error(message),
  };
  subtask.warnOfUnknownKeys();
  return read;
}

function caseOf(value: YamlValue): CaseConfig {
  const one = value.mapping();
  const read: CaseConfig = { id: one.get("id")?.integer() ?? null, input: fileOf(one.get("input")), output: fileOf(one.get("output")), score: one.get("score")?.number({ least: 0 }) ?? null, time: timeOf(one), memory: memoryOf(one) };
  one.warnOfUnknownKeys();
  return read;
}

export function fileOf(value: YamlValue | null): NamedFile | null {
  if (value === null || value.value === "") return null;
  return { name: value.text(), fault: (message) => value.error(message) };
}

function timeOf(config: YamlMapping): number | null {
  const value = config.get("time");
  if (value === null) return null;
  const seconds = secondsOf(value.text());
  if (seconds === null) throw value.error(`must be a time such as 1000ms or 1s, not ${JSON.stringify(value.text())}`);
  return seconds;
}

function memoryOf(config: YamlMapping): number | null {
  const value = config.get("memory");
  if (value === null) return null;
  const bytes = bytesOf(value.text());
  if (bytes === null) throw value.error(`must be a size such as 256m or 1g, not ${JSON.stringify(value.text())}`);
  return bytes;
}
