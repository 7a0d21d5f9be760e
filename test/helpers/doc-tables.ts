/**
 * Parts of the documents that are made from the code: tables between `<!-- table: NAME -->` and `<!-- end -->`, files of the
 * project between `<!-- file: PATH -->` and `<!-- end -->`. `npm run docs` writes them, and a test fails when one is not as it
 * would be written.
 */
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { noOuterLimits, type CgroupMechanism, type CgroupResource, type RunGroup } from "../../src/cgroup/controller.ts";
import { parseConfig } from "../../src/config/config.ts";
import { enforcement } from "../../src/executor/plan/enforcement.ts";
import { confinementIn } from "../../src/executor/plan/landlock.ts";
import type { Isolation } from "../../src/executor/plan/spec.ts";
import { effectiveLimits } from "../../src/executor/plan/limits.ts";
import type { Enforcement } from "../../src/model/result.ts";
import { checkGroups } from "../../src/doctor/registry.ts";
import { hostTable } from "../hosts/table.ts";
import { apiTables } from "./api-tables.ts";
import { escapeSuite } from "./escape-suite.ts";
import { initSequence, launchSequence } from "./launch-sequence.ts";
import { options as compatOptions } from "../../src/compat/options.ts";
import { commands, flagOf, flagsOf, type CommandName } from "../../src/cli/flags.ts";
import { defaultOf, describeFlag, renderHelp } from "../../src/cli/help.ts";
import { builtInLanguages } from "../../src/language/builtin.ts";
import { defaultCompileLimits, defaultRunNeeds, defaultWallTimeFactor } from "../../src/language/defaults.ts";
import { packKeys } from "../../src/language/keys.ts";
import type { Language } from "../../src/language/language.ts";
import { placeholders } from "../../src/language/placeholders.ts";
import { pluginNames } from "../../src/language/plugins.ts";
import { limits } from "../../src/model/limits.ts";
import { describeArgument } from "../../src/cli/commands/seccomp.ts";
import { neededToStart } from "../../src/seccomp/allow-list.ts";
import { callsOf, policyOf } from "../../src/seccomp/policy.ts";
import type { ArgumentRule, Rule } from "../../src/seccomp/rules.ts";
import { refusedByStrict } from "../../src/seccomp/refused.ts";
import { exitCodeOfStatus, statuses } from "../../src/model/status.ts";
import { bytesPerMebibyte } from "../../src/model/units.ts";
import { serveTables } from "./serve-tables.ts";
import { debianPackages, isTriedHere, notOfDebian, pluginLanguages, programsOf } from "./plugins.ts";

type Table = readonly (readonly string[])[];

const code = (text: string) => `\`${text}\``;

function flagTable(command: CommandName): Table {
  const rows = flagsOf(command).map((name) => {
    const definition = flagOf(command, name);
    const value = definition.required ? "(required)" : (defaultOf(definition) ?? "");
    return [code(definition.hint === undefined ? `--${name}` : `--${name} ${definition.hint}`), value, describeFlag(definition)];
  });
  return [["flag", "default", "what it does; unit"], ...rows];
}

async function exitCodeTable(): Promise<Table> {
  const help = renderHelp(null);
  const lines = [...help.slice(help.indexOf("EXIT CODES")).matchAll(/^ +([0-9]+) {2}(.*)$/gm)];
  const rows = lines.map(([, number = "", meaning = ""]) => {
    const those = statuses.filter((status) => exitCodeOfStatus(status) === Number(number));
    return [number, meaning, those.map(code).join(" ")];
  });
  return [["code", "meaning", "statuses"], ...rows];
}

function bytes(value: number): string {
  if (value < bytesPerMebibyte) return `${value} B`;
  return `${value / bytesPerMebibyte} MB`;
}

function limitTable(): Table {
  const rows = Object.values(limits).map(({ key, unit, default: value, min, max, canBeUnlimited, description }) => {
    const flag = flagsOf("init").find((name) => flagOf("init", name).limit === key);
    const shown = (number: number) => (unit === "bytes" ? bytes(number) : String(number));
    const bounds = `${shown(min)} to ${shown(max)}${canBeUnlimited ? ", or `null`" : ""}`;
    return [code(key), unit, value === null ? "`null`" : `${value}${unit === "bytes" && value > 0 ? ` (${bytes(value)})` : ""}`, bounds, flag === undefined ? "" : code(`--${flag}`), description];
  });
  return [["field", "unit", "default", "accepted", "flag of `init`", "what it limits, and what happens above it"], ...rows];
}

function languageTable(): Table {
  const rows = builtInLanguages().map(({ id, name, aliases, extensions, compile, run }) => [
    code(id), name, aliases.map(code).join(" "), extensions.map(code).join(" "),
    compile === null ? "" : code(compile.command[0]!), code(run.command[0]!), String(run.needs.processes),
  ]);
  return [["id", "language", "aliases", "extensions", "compiler", "program that runs", "minimum process limit"], ...rows];
}

function pluginTable(name: string): Table {
  const line = (words: readonly string[]) => code(words.map((word) => (/^[^\s"'$&;()]+$/.test(word) ? word : `'${word}'`)).join(" "));
  const rows = pluginLanguages(name).map((language) => [
    code(language.id), language.name, language.extensions.map(code).join(" "),
    language.compile === null ? "" : line(language.compile.command), line(language.run.command), broughtBy(language),
  ]);
  return [["id", "language", "extensions", "compiled by", "run by", "Debian packages or other source, and whether the tests run it"], ...rows];
}

function broughtBy(language: Language): string {
  const programs = programsOf(language);
  const packages = [...new Set(programs.flatMap((program) => debianPackages[program] ?? []))];
  const others = programs.flatMap((program) => notOfDebian[program]?.from ?? []);
  return [...packages.map(code), ...new Set(others)].join(" ") + (isTriedHere(language) ? "" : ": schema-checked only");
}

function compileLimitTable(): Table {
  const { cpuTimeSeconds, memoryBytes, processes, fileSizeBytes, outputBytes } = defaultCompileLimits;
  return [
    ["key of `compile.limits`", "default", "what it limits"],
    ["`time`", `${cpuTimeSeconds} s`, "CPU time of all processes of the compiler together"],
    ["`wall_time`", `${defaultWallTimeFactor} x \`time\``, "wall time"],
    ["`memory`", bytes(memoryBytes), "memory of all processes of the compiler together, its /tmp included"],
    ["`processes`", String(processes), "processes and threads at the same time"],
    ["`file_size`", bytes(fileSizeBytes), "size of any one file"],
    ["`output`", bytes(outputBytes), "bytes kept of stdout and of stderr, for each"],
  ];
}

/** The keys that stand directly in a mapping of a pack, with their meaning. @param prefix `compile.limits.`; empty: those of a language */
function keyTable(prefix: string): Table {
  const rows = Object.entries(packKeys).filter(([key]) => key !== "languages" && key.startsWith(prefix) && !key.slice(prefix.length).includes("."));
  return [["key", "meaning"], ...rows.map(([key, meaning]) => [code(key.slice(prefix.length)), meaning])];
}

function callTable(rules: readonly Rule[]): Table {
  const rows = rules.map((rule) => [rule.action, callsOf(rule).map(code).join(" "), rule.reason]);
  return [["answer", "calls", "why"], ...rows];
}

/** Rules that both profiles have in the same words are told once. */
function argumentTable(): Table {
  const [usual, loopback, host, strict] = (["default", "loopback", "host", "strict"] as const).map((name) => policyOf(name).arguments);
  const of = (rules: readonly ArgumentRule[] | undefined, call: string) => rules!.find((rule) => rule.call === call);
  const rows = usual!.flatMap((rule) => {
    const row = (where: string, one: ArgumentRule) => [code(one.call), where, describeArgument(one), one.reason];
    const others = [["default with loopback", of(loopback, rule.call)], ["default with the host's network", of(host, rule.call)], ["strict", of(strict, rule.call)]] as const;
    const differing = others.flatMap(([where, other]) => (other === undefined || describeArgument(other) === describeArgument(rule) ? [] : [row(where, other)]));
    return [row(differing.length === 0 && others[2][1] !== undefined ? "all" : "default", rule), ...differing];
  });
  return [["call", "policy", "rule", "why"], ...rows];
}

/** What each limit is enforced by, with every limit set. */
function enforcementTable(): Table {
  const limited = effectiveLimits(parseConfig({ instance_id: "x" }, "docs"), {});
  const counted: readonly CgroupResource[] = ["memory", "cpu_time", "processes"];
  const group = (resources: readonly CgroupResource[], mechanism: CgroupMechanism = "cgroup-v1"): RunGroup => ({
    mechanismOf: (resource) => (resources.includes(resource) ? mechanism : null), resources: new Set(resources), joinFiles: [], birthplace: null, alarms: [], samplesPeak: false, outer: noOuterLimits, kill: () => {}, directories: [], cpuTimeMs: () => null, memoryPeakBytes: () => null, lookAtMemory: () => null, oomKills: () => 0, reachedOwnMemoryLimit: () => false, deniedForks: () => 0, reachedOwnProcessLimit: () => true, processesPeak: () => null, remove: () => {},
  });
  const landlock = confinementIn(6, [], "none", true);
  const by = (isolation: Isolation, of: RunGroup) => enforcement({ isolation, network: "none", allowed: [], without: [], landlock, ownUid: isolation === "full" }, of, limited, 1);
  const modes: readonly (readonly [title: string, enforced: Enforcement, user: string])[] = [
    ["root", by("full", group(counted)), "each box has its own uid"],
    ["root, version 2", by("full", group(counted, "cgroup-v2")), "each box has its own uid"],
    ["root without cgroups", by("full", group([])), "each box has its own uid"],
    ["user namespace with a group", by("userns", group(counted, "cgroup-v2")), "one of the caller's subordinate uids, or that of the caller"],
    ["user namespace", by("userns", group([])), "one of the caller's subordinate uids, or that of the caller"],
    ["no namespaces", by("none", group([])), "that of the caller, or each box's own (root of a container)"],
  ];
  const rows = (Object.keys(modes[0]![1]) as (keyof Enforcement)[]).map((field) => [code(field), ...modes.map(([, enforced, user]) => (field === "user" ? user : code(String(enforced[field]))))]);
  return [["field of `enforced`", ...modes.map(([title]) => title)], ...rows];
}

function checkTable(): Table {
  const rows = checkGroups.flatMap(({ checks }) => checks.map(({ id, title, how, worst, means, mend }) => [code(id), title, how, worst, means, mend]));
  return [["check", "what is looked at", "how", "worst", "what it means", "what mends it"], ...rows];
}

function compatOptionTable(): Table {
  const rows = compatOptions.map(({ name, short, argument, placeholder = "", help }) => {
    const value = argument === "none" ? "" : argument === "optional" ? `[=${placeholder}]` : `=${placeholder}`;
    return [`${short === undefined ? "" : `\`-${short}\`, `}${code(`--${name}${value}`)}`, help];
  });
  return [["option", "what it does"], ...rows];
}

/** null: it cannot be made on this machine, and what stands there stays. */
const makers: Readonly<Record<string, () => Table | null | Promise<Table>>> = {
  ...apiTables,
  ...Object.fromEntries((Object.keys(commands) as CommandName[]).map((name) => [`flags of ${name}`, () => flagTable(name)])),
  "options of the isolate command": compatOptionTable,
  "exit codes": exitCodeTable,
  limits: limitTable,
  "built-in languages": languageTable,
  ...Object.fromEntries(pluginNames.map((name) => [`plugin ${name}`, () => pluginTable(name)])),
  "compile limits": compileLimitTable,
  ...serveTables,
  "run needs": () => [
    ["key of `run.needs`", "default", "meaning"],
    ["`processes`", String(defaultRunNeeds.processes), "a lower process limit of a run is raised to this"],
    ["`memory`", String(defaultRunNeeds.memoryBytes), "a lower memory limit of a run is refused before anything runs"],
  ],
  "system calls of default": () => callTable(policyOf("default").rules),
  "system calls refused by strict": () => callTable(refusedByStrict),
  "system calls of strict": () => callTable(policyOf("strict").rules.filter(({ action }) => action === "allow")),
  "system calls by argument": argumentTable,
  "system calls of a start": () => callTable(neededToStart),
  "launch sequence": () => launchSequence(),
  "init sequence": initSequence,
  "enforcement by mode": enforcementTable,
  "escape suite": escapeSuite,
  hosts: hostTable,
  "checks of doctor": checkTable,
  "pack keys": () => keyTable(""),
  ...Object.fromEntries(["entry_point", "toolchain", "compile", "run", "run.limits", "piston", "test"].map((key) => [`keys of ${key}`, () => keyTable(`${key}.`)])),
  placeholders: () => [["placeholder", "stands for"], ...Object.entries(placeholders).map(([name, meaning]) => [code(`{${name}}`), meaning])],
};

/** Names of all tables. */
export const tableNames: readonly string[] = Object.keys(makers);

const marked = /(<!-- (table|file): ([^>]*?) -->\n)[\s\S]*?(<!-- end -->)/g;

/** Names of the tables that a document has. */
export function tablesIn(text: string): string[] {
  return [...text.matchAll(marked)].filter(([, , kind]) => kind === "table").map(([, , , name = ""]) => name);
}

/** The document with every marked part as it should be. @throws Error for a table or a file that there is not */
export async function withMarkedParts(text: string): Promise<string> {
  let result = "";
  let kept = 0;
  for (const match of text.matchAll(marked)) {
    const [whole, begin = "", kind, name = "", end = ""] = match;
    const now = whole.slice(begin.length, whole.length - end.length);
    result += text.slice(kept, match.index) + begin + (kind === "table" ? ((await table(name)) ?? now) : fencedFile(name)) + end;
    kept = match.index + whole.length;
  }
  return result + text.slice(kept);
}

async function table(name: string): Promise<string | null> {
  const maker = makers[name];
  if (maker === undefined) throw new Error(`unknown table '${name}' (known: ${tableNames.join(", ")})`);
  const made = await maker();
  return made === null ? null : render(made);
}

const fenceOf: Readonly<Record<string, string>> = { ".sh": "sh", ".py": "python", ".mjs": "js", ".ts": "ts", ".yaml": "yaml" };

/** @param path from the top of the project */
function fencedFile(path: string): string {
  return `\`\`\`${fenceOf[extname(path)] ?? ""}\n${readFileSync(join(import.meta.dir, "../..", path), "utf8")}\`\`\`\n`;
}

function render([head = [], ...rows]: Table): string {
  // A bar would end the cell.
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}

/** The documents, from the top of the project. */
export function documents(): string[] {
  const pages = [...new Bun.Glob("docs/*.md").scanSync(join(import.meta.dir, "../.."))];
  return ["README.md", "CONTRIBUTING.md", ...pages.toSorted()];
}
