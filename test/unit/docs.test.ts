// README.md and docs/ say what the code says.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import packageJson from "../../package.json";
import { metaKeys } from "../../src/compat/meta.ts";
import { commands, flagsOf, type CommandName, type FlagName } from "../../src/cli/flags.ts";
import { formatFault, formatMeta } from "../../src/cli/meta.ts";
import { parseConfig } from "../../src/config/config.ts";
import { ConfigSchema } from "../../src/config/schema.ts";
import type { LaunchSpec } from "../../src/executor/plan/spec.ts";
import { IsolateError, type IsolateErrorKind } from "../../src/model/errors.ts";
import { SingleLanguageSchema } from "../../src/language/schema.ts";
import { limits } from "../../src/model/limits.ts";
import { defaultMounts } from "../../src/model/mounts.ts";
import { exitCodeOfStatus, statuses, type ExecutionStatus } from "../../src/model/status.ts";
import { documents, tableNames, tablesIn, withMarkedParts } from "../helpers/doc-tables.ts";
import { classesOf } from "../helpers/escape-suite.ts";
import { launchSequence } from "../helpers/launch-sequence.ts";
import { anchors, column, fenced, localLinks, section, tableRows } from "../helpers/markdown.ts";
import { start } from "../helpers/running.ts";
import { resultWith } from "./cli/sample-result.ts";
import { lined, looped, subordinate, terminal, unusual, userns } from "./executor/plan/steps.ts";
import { someSpec } from "./executor/samples.ts";

const top = join(import.meta.dir, "../..");
const read = (path: string) => readFileSync(join(top, path), "utf8");
const pages = documents().map((name) => ({ name, text: read(name) }));
const types = read("docs/types.md");
const resultKeys = Object.keys(resultWith());

describe("the parts that are made from the code", () => {
  test.each(pages)("of $name are up to date (npm run docs writes them)", async ({ text }) => {
    expect(text).toBe(await withMarkedParts(text));
  });

  test("are all used: flags, exit codes, limits, languages", () => {
    expect([...new Set(pages.flatMap(({ text }) => tablesIn(text)))].toSorted()).toEqual([...tableNames].toSorted());
  });
});

describe("docs/types.md", () => {
  test("has every field of the configuration once, with its default", () => {
    const described = tableRows(section(types, "Configuration")).map(([name, value]) => [name!, value!] as const);
    const bounded = new Set<string>(Object.keys(limits));
    expect(described.map(([name]) => name)).toEqual(Object.keys(ConfigSchema.entries).filter((name) => !bounded.has(name)));
    const defaults: Readonly<Record<string, unknown>> = { ...parseConfig({ instance_id: "x" }, "test") };
    for (const [name, value] of described) if (name !== "instance_id") expect([name, value]).toEqual([name, JSON.stringify(defaults[name])]);
    for (const { key, default: value } of Object.values(limits)) expect([key, defaults[key]]).toEqual([key, value]);
  });

  test("has every field of the result once", () => {
    const described = column(section(types, "The result document").split("\n### ")[0]!, 0);
    const withBytes = resultKeys.flatMap((key) => (key === "stderr" ? ["stderr", "stdout_base64", "stderr_base64"] : key === "enforced" ? ["enforced", "repeat"] : [key]));
    expect(described.toSorted()).toEqual(withBytes.toSorted());
    expect(column(section(types, "enforced"), 0)).toEqual([...Object.keys(resultWith().enforced).toSpliced(-1, 0, "allowed", "cpus", "cpu_rate"), "outer_limits"]);
  });

  test("has every status with its exit code", () => {
    const described = tableRows(section(types, "Statuses")).map(([status, code]) => [status, Number(code)]);
    expect(described.toSorted()).toEqual(statuses.map((status) => [status, exitCodeOfStatus(status)]).toSorted());
    for (const [status] of described) expect(statuses).toContain(status as ExecutionStatus);
  });

  test("has every kind of error with its exit code", () => {
    const kinds: Record<IsolateErrorKind, true> = { Config: true, LockBusy: true, Io: true, Cgroup: true, Process: true };
    const described = tableRows(section(types, "Errors of the library"));
    expect(described.map(([kind]) => kind).toSorted()).toEqual(Object.keys(kinds).toSorted());
    for (const [kind, code] of described) expect(new IsolateError(kind as IsolateErrorKind, "").exitCode).toBe(Number(code));
  });
});

test("docs/cli.md knows every key of the meta file", () => {
  const results = [
    resultWith(),
    resultWith({ status: "RuntimeError", exit_code: 3, error_message: "x" }),
    resultWith({ status: "MemoryLimit", exit_code: null, signal: 9, error_message: "x" }),
    resultWith({ status: "TimeLimit", exit_code: null, signal: 9, error_message: "x" }),
  ];
  const written = [...results.map(formatMeta), formatFault("x")].join("").trimEnd().split("\n").map((line) => line.split(":")[0]!);
  expect(column(section(read("docs/cli.md"), "The meta file"), 0).toSorted()).toEqual([...new Set(written)].toSorted());
});

test("docs/languages.md knows every key of the pack format", () => {
  const text = read("docs/languages.md");
  const { entries } = SingleLanguageSchema;
  expect(column(section(text, "The format, version 1"), 0)).toEqual(Object.keys(entries));
  expect(column(section(text, "entry_point"), 0)).toEqual(Object.keys(entries.entry_point.wrapped.wrapped.entries));
  expect(column(section(text, "compile"), 0)).toEqual(Object.keys(entries.compile.wrapped.wrapped.entries));
  expect(column(section(text, "run"), 0)).toEqual(Object.keys(entries.run.wrapped.entries));
  expect(column(section(text, "toolchain"), 0)).toEqual(Object.keys(entries.toolchain.wrapped.wrapped.entries));
  expect(column(section(text, "test"), 0)).toEqual(Object.keys(entries.test.wrapped.item.entries));
});

test("docs/cli.md knows every verb of languages", async () => {
  const verbs = column(section(read("docs/cli.md"), "languages"), 0).map((cell) => cell.split(" ")[1]);
  const { stderr } = await start([process.execPath, join(top, "src/main.ts"), "languages"], { env: { PATH: "/usr/bin:/bin" } }).ended;
  expect(verbs.toSorted()).toEqual(/languages ([a-z|]+) /.exec(stderr)![1]!.split("|").toSorted());
});

test("docs/security.md lists what a program sees: the default mounts", () => {
  const paths = column(section(read("docs/security.md"), "What a program sees"), 0);
  expect(paths.toSorted()).toEqual(defaultMounts.map(({ inside }) => `/${inside}`).toSorted());
});

describe("the launch sequence of docs/security.md", () => {
  test("has a row for every step of every plan, in the order of the plan, each with a reason", () => {
    const [head, ...rows] = launchSequence();
    expect(head).toHaveLength(5);
    expect(rows.length).toBeGreaterThan(40);
    for (const row of rows) for (const cell of [row.at(0)!, row.at(-1)!]) expect(cell).not.toBe("");
  });

  test("cannot be written for a step without a reason, or in another place", () => {
    const unknown: LaunchSpec = { ...someSpec, chdir: "elsewhere" };
    expect(() => launchSequence([["changed", unknown]])).toThrow("no reason is given for the step 'enter elsewhere' in this place");
    const misplaced: LaunchSpec = { ...someSpec, cgroupJoins: ["/cg/x"] };
    expect(() => launchSequence([["changed", misplaced]])).toThrow("no reason is given for the step 'open /cg/x'");
    expect(() => launchSequence([["plain", someSpec], ["looped", looped], ["subordinate", subordinate], ["lined", lined], ["unusual", unusual], ["at a terminal", terminal], ["without pivot_root", { ...someSpec, without: ["pivot_root"] }], ["counted", { ...userns, rlimitProcesses: 9 }]])).not.toThrow();
    expect(() => launchSequence([])).toThrow("no plan has a step for the reason");
  });
});

test("the classes of the escape suite are those of docs/security.md", () => {
  const known = column(section(read("docs/security.md"), "What is a vulnerability"), 0);
  expect(known.length).toBeGreaterThan(5);
  const used = Object.values(classesOf).flat().filter((name) => name !== "all");
  expect([...new Set(used)].toSorted()).toEqual(known.toSorted());
});

test("docs/ioi-compatibility.md names flags that there are", () => {
  const cells = column(section(read("docs/ioi-compatibility.md"), "The same with flags of mini-isolate"), 1).join(" ");
  let known = 0;
  for (const [, command = "", flag = ""] of cells.matchAll(/\b(init|run|info|cleanup) --([a-z-]+)/g)) {
    expect(flagsOf(command as CommandName)).toContain(flag as FlagName);
    known++;
  }
  expect(known).toBeGreaterThan(20);
});

test("every flag in a command that is shown is a flag of that command", () => {
  const shown = pages.flatMap(({ text }) => [...text.matchAll(/mini-isolate (init|run|execute|list|info|cleanup|languages|doctor)((?: [^\n`|;&]*?)?)(?= -- |[\n`|;&])/g)]);
  expect(shown.length).toBeGreaterThan(30);
  for (const [, command = "", rest = ""] of shown) {
    for (const [, flag = ""] of rest.matchAll(/ --([a-z-]+)/g)) {
      // Shown as the mistake that it is.
      if (flag === "memroy") continue;
      expect({ command, flag, known: flagsOf(command as CommandName).includes(flag as FlagName) }).toEqual({ command, flag, known: true });
    }
  }
});

test("docs/cli.md has a section for every command", () => {
  for (const command of Object.keys(commands)) expect(section(read("docs/cli.md"), command)).toContain(`<!-- table: flags of ${command} -->`);
});

test("docs/ioi-compatibility.md has every key of the meta file, and every trap with tests that there are", () => {
  const page = read("docs/ioi-compatibility.md");
  expect(column(section(page, "Meta file"), 0).flatMap((cell) => cell.replaceAll("`", "").split(", ")).toSorted()).toEqual([...metaKeys].toSorted());
  const traps = column(section(page, "Traps"), 0);
  expect(traps.map((text) => text.split(" ")[0]!)).toEqual(Array.from({ length: 42 }, (_, index) => `T${index + 1}`));
  const tests = ["better", "dialect-2", "cases"].map((name) => readFileSync(join(top, `test/compat/${name === "cases" ? name : `${name}.test`}.ts`), "utf8")).join("\n");
  const cells = column(section(page, "Traps"), 1).join("\n");
  for (const [, title] of cells.matchAll(/"([^"]+)"/g)) expect({ title, known: tests.includes(title!) }).toEqual({ title, known: true });
  for (const [, ids] of cells.matchAll(/golden: ((?:A\d\d(?:, )?)+)/g)) for (const id of ids!.split(", ").filter((text) => text !== "")) expect({ id, known: tests.includes(`id: "${id}"`) }).toEqual({ id, known: true });
});

test("the result documents that are shown have exactly the fields of a result", () => {
  const lineInReadme = /^\{"status".*$/m.exec(read("README.md"))![0];
  for (const text of [fenced(types, "json")[0]!, lineInReadme]) {
    const shown = JSON.parse(text) as Record<string, object>;
    expect(Object.keys(shown)).toEqual(resultKeys);
    for (const part of ["resource_usage", "enforced"] as const) expect(Object.keys(shown[part]!)).toEqual(Object.keys(resultWith()[part]));
  }
});

describe.each(pages)("$name", ({ name, text }) => {
  test("has no link that leads nowhere", () => {
    for (const target of localLinks(text)) {
      const [file = "", anchor] = target.split("#");
      const path = file === "" ? join(top, name) : join(top, dirname(name), file);
      expect({ target, exists: existsSync(path) }).toEqual({ target, exists: true });
      if (anchor === undefined) continue;
      expect(statSync(path).isFile()).toBe(true);
      expect(anchors(readFileSync(path, "utf8"))).toContain(anchor);
    }
  });

  test("names no npm script that there is not", () => {
    for (const [, script = ""] of text.matchAll(/\bnpm run (?:--silent )?([a-z:-]+)/g)) expect(Object.keys(packageJson.scripts)).toContain(script);
    for (const [, script = ""] of text.matchAll(/\bnpm (start|test)\b/g)) expect(Object.keys(packageJson.scripts)).toContain(script);
  });

  test("has lines of at most 120 characters, but for tables, generated parts and what is shown as code", () => {
    const prose = text.replace(/^```[\s\S]*?^```$/gm, "").replace(/^<!-- (?:table|file): [\s\S]*?^<!-- end -->$/gm, "");
    expect(prose.split("\n").filter((line) => line.length > 120 && !line.startsWith("|"))).toEqual([]);
  });

  test("names no file of the source that there is not", () => {
    const named = [...text.matchAll(/`((?:src|test|docs|languages|plugins)\/[\w./-]+)`/g)].map(([, path]) => path!);
    expect(named.filter((path) => !existsSync(join(top, path)))).toEqual([]);
  });

  test("says nothing about the machine that it was written on", () => {
    expect(text).not.toMatch(/(^|[\s"'`(=])\/(work|root|home)\b/m);
    expect(text).not.toMatch(/process_api/);
  });
});

test("the index leads to every page, and README.md as well", () => {
  const others = pages.map(({ name }) => name).filter((name) => name.startsWith("docs/") && name !== "docs/README.md");
  expect(others.map((name) => name.slice("docs/".length)).filter((name) => !localLinks(read("docs/README.md")).includes(name))).toEqual([]);
  expect(others.filter((name) => !localLinks(read("README.md")).includes(name))).toEqual([]);
});
