/** The rules of `--dir`: which directories a program sees at which path. */
import { fatal, usage, type Failure } from "./failure.ts";
import type { Dialect } from "./numbers.ts";

export interface Rule {
  /** Path in the box as it was given, without slashes before it. */
  readonly inside: string;
  /** As it was given: a `tmp` directory is kept under this name. */
  readonly given: string;
  /** Path outside, `./` for what is in the box's own directory; the name of a file system with `fs`; null: the rule is removed. */
  readonly outside: string | null;
  readonly options: readonly RuleOption[];
  readonly isDefault: boolean;
}

const optionNames = ["rw", "dev", "noexec", "fs", "maybe", "tmp", "norec"] as const;
export type RuleOption = (typeof optionNames)[number];

/** Those that show no device of the host. */
const fileSystems = ["proc", "sysfs", "tmpfs", "devpts"];

/**
 * Those of version 2.6 in both dialects: before, /dev was bound with what is mounted below it, and every box could write to the /dev/shm
 * of the host.
 */
const defaults = ["box=./box:rw", "bin", "dev:dev:norec", "dev/shm=tmpfs:fs:rw", "lib", "lib64:maybe", "proc=proc:fs", "tmp:tmp", "usr"];

export function defaultRules(): Rule[] {
  return defaults.map((text) => ({ ...parseRule(text, 2), isDefault: true }));
}

/** Adds a rule, or puts it in the place of the one for the same path. @throws Failure */
export function changeRules(rules: Rule[], text: string, dialect: Dialect): void {
  const rule = parseRule(text, dialect);
  const at = rules.findIndex(({ inside }) => inside === rule.inside);
  if (at < 0) rules.push(rule);
  else rules[at] = rule;
}

/** The rules that hold. */
export function rulesInForce(rules: readonly Rule[], withDefaults: boolean): Rule[] {
  return rules.filter((rule) => rule.outside !== null && (withDefaults || !rule.isDefault));
}

function parseRule(text: string, dialect: Dialect): Rule {
  const refuse = (reason: string): Failure => usage(dialect === 1 ? `Invalid directory rule specified: ${text}` : `Invalid directory rule '${text}': ${reason}`);
  const [paths = "", ...words] = text.split(":");
  const equals = paths.indexOf("=");
  const given = equals < 0 ? paths : paths.slice(0, equals);
  const inside = given.replace(/^\/+/, "");
  const right = equals < 0 ? null : paths.slice(equals + 1);
  const unknown = words.find((word) => !(optionNames as readonly string[]).includes(word));
  if (unknown !== undefined) throw dialect === 1 ? fatal(`Unknown directory option ${unknown}`) : refuse(`Unknown option '${unknown}'`);
  const named = words as RuleOption[];
  const has = (option: RuleOption) => named.includes(option);
  const rule = (outside: string | null): Rule => ({ inside, given, outside, options: has("tmp") ? [...named, "rw"] : named, isDefault: false });
  if (inside === "" || inside.split("/").includes("..")) throw refuse("Invalid path");
  if (has("fs") && has("tmp")) throw refuse("Flags 'fs' and 'tmp' are mutually exclusive");
  if (right === "" && !has("tmp")) return rule(null);
  if (has("tmp")) {
    if (right !== null) throw refuse("Temporary directory mounts do not have a right-hand side");
    return rule(`./tmp/${given.replaceAll("/", ":")}`);
  }
  if (has("fs")) {
    if (right === null || right.includes("/")) throw refuse(right === null ? "Missing filesystem name" : "This filesystem is not supported");
    if (!fileSystems.includes(right) && dialect === 2) throw refuse("This filesystem is not supported");
    return rule(right);
  }
  const outside = right ?? `/${inside}`;
  if (!outside.startsWith("/") && !outside.startsWith("./")) throw refuse("Right-hand side must start with '/' or './'");
  return rule(outside);
}

/** Whether a file system may be mounted; version 1 finds out only when it mounts it. */
export function isMountable(fileSystem: string): boolean {
  return fileSystems.includes(fileSystem);
}
