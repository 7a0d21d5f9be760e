// What editors show: every field of every type that the library exports says what it means, and a number in which unit.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { ConfigSchema } from "../../src/config/schema.ts";
import { rollUp } from "../builds/declarations.ts";

interface Member {
  readonly path: string;
  readonly type: string;
  readonly comment: string | null;
}

/** The members of the interfaces and classes in declarations as tsc writes them, and of objects in them. */
function membersOf(declarations: string): Member[] {
  const members: Member[] = [];
  const within: string[] = [];
  let comment: string[] = [];
  let isInComment = false;
  for (const raw of declarations.split("\n")) {
    const line = raw.trim();
    if (isInComment || line.startsWith("/*")) {
      if (!isInComment) comment = [];
      comment.push(line);
      isInComment = !line.endsWith("*/");
      continue;
    }
    const opens = /^(?:export )?(?:declare )?(?:interface|class) ([\w$]+)/.exec(line);
    if (opens !== null) {
      within.length = 0;
      if (!line.endsWith("}")) within.push(opens[1]!);
    } else if (within.length > 0) {
      const member = /^(?:readonly |static |private |override |get )*(\[[\w.]+\]|[\w$]+)\??(?:<[^(]*>)?([:(].*)$/.exec(line);
      if (member !== null && member[1] !== "constructor") members.push({ path: [...within, member[1]!].join("."), type: member[2]!, comment: comment.length === 0 ? null : comment.join(" ") });
      if (line.endsWith("{") && member !== null) within.push(member[1]!);
      if (/^\}/.test(line)) within.pop();
    }
    comment = [];
  }
  return members;
}

const members = membersOf(await rollUp("src/index.ts"));

test("the walk sees fields of every kind", () => {
  const paths = members.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining([
    "IsolateConfig.memory_limit", "ExecutionResult.stdout_base64", "Enforcement.outer_limits.memory", "CompileResult.cached", "RunOptions.signal", "PoolOptions.boxes",
    "Isolate.execute", "Isolate.id", "IsolatePool.close", "IsolateError.hint", "RunningProgram.stdout", "Overrides.maxCpu", "RepeatReport.runs", "Figures.spread",
  ]));
  expect(paths.length).toBeGreaterThan(150);
});

test("the type of the configuration has the fields of its schema", () => {
  expect(members.filter(({ path }) => /^IsolateConfig\.\w+$/.test(path)).map(({ path }) => path.split(".")[1]!)).toEqual(Object.keys(ConfigSchema.entries));
});

test("every field has a comment", () => {
  expect(members.filter(({ comment }) => comment === null || comment.replace(/[/*\s]/g, "").length < 5).map(({ path }) => path)).toEqual([]);
});

test("every number has its unit, or says what it counts or names", () => {
  const unit = /\b(seconds?|bytes?|MB|how many|number|uid|gid|id|exit code|signal|weight|processes|processors'|descriptor|same unit|points?|part)\b/i;
  const numbers = members.filter(({ type }) => /^: (?:number|number \| null)(?: \| undefined)?;$/.test(type));
  expect(numbers.length).toBeGreaterThan(40);
  expect(numbers.filter(({ comment }) => !unit.test(comment ?? "")).map(({ path }) => path)).toEqual([]);
});

test("docs/library.md has every option of a run and every call of a box and of a pool", async () => {
  const page = await Bun.file(join(import.meta.dir, "../../docs/library.md")).text();
  const namesOf = (type: string) => members.filter(({ path }) => path.startsWith(`${type}.`) && path.split(".").length === 2).map(({ path }) => path.split(".")[1]!).filter((name) => !name.startsWith("["));
  const missing = (type: string, form: (name: string) => RegExp) => namesOf(type).filter((name) => !form(name).test(page));
  expect(missing("RunOptions", (name) => new RegExp(`^\\| [^|]*\`${name}\`[^|]* \\|`, "m"))).toEqual([]);
  expect(missing("Isolate", (name) => new RegExp(`\\b(Isolate|box)\\.${name}\\b`))).toEqual([]);
  expect(missing("IsolatePool", (name) => new RegExp(name === "boxes" ? "boxes" : `\\bpool\\.${name}\\b`))).toEqual([]);
});
