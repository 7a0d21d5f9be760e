// Mount rules, command lines and templates: texts with a grammar of their own.
import { expect } from "bun:test";
import { expandTemplate, parseTemplate, stepPlaceholders } from "../../../src/language/placeholders.ts";
import { joinWords, splitWords } from "../../../src/language/words.ts";
import { type MountRule, parseMountRule } from "../../../src/model/mounts.ts";
import { awkward, inherited, property, type Random, typed } from "./property.ts";

const rulePieces = [..."abc/.=: ", "..", "/", ":", "=", "./", ":rw", ":ro", ":dev", ":noexec", ":maybe", ":fs", ":tmp", ":norec", "proc", "dev", "tmpfs", "sysfs", "usr", "\0", "é", ...inherited];

function printRule(rule: MountRule): string {
  const options = [rule.devices && "dev", rule.noExec && "noexec", rule.maybe && "maybe", !rule.recursive && "norec"].filter((option) => option !== false);
  const write = rule.writable && rule.kind !== "scratch" ? ["rw"] : [];
  switch (rule.kind) {
    case "remove": return `${rule.inside}=`;
    case "scratch": return [rule.inside, "tmp", ...options].join(":");
    case "filesystem": return [`${rule.inside}=${rule.source}`, "fs", ...write, ...options].join(":");
    default: return [`${rule.inside}=${rule.source}`, ...write, ...options].join(":");
  }
}

property("a mount rule that is taken leads nowhere else, says what it means again, and is read-only unless it says rw", 4000, (random) => {
  const text = random.text(rulePieces, 7);
  const { value: rule, error } = typed(() => parseMountRule(text));
  if (rule === null) {
    expect(error.message).toContain(text);
    return;
  }
  expect(["bind", "filesystem", "scratch", "remove"]).toContain(rule.kind);
  expect(rule.inside.split("/").every((part) => part !== "" && part !== "." && part !== "..")).toBeTrue();
  expect(text).not.toContain("\0");
  if (rule.kind === "bind") {
    expect(rule.source).toMatch(/^\.?\//);
    if (rule.source.startsWith("./")) expect(rule.source.split("/")).not.toContain("..");
    expect(rule.inside).not.toMatch(/^(dev|proc)$/);
  }
  expect(rule.inside).not.toMatch(/^proc\//);
  const options = text.split(":").slice(1);
  if (options.includes("ro")) expect({ text, writable: rule.writable }).toEqual({ text, writable: false });
  if (rule.writable) expect(options.includes("rw") || options.includes("tmp")).toBeTrue();
  expect(parseMountRule(printRule(rule))).toEqual(rule);
});

/** A word as a careful person writes it for a shell. */
function quoted(random: Random, word: string): string {
  const bySingle = () => `'${word.replaceAll("'", `'\\''`)}'`;
  const byDouble = () => `"${word.replace(/[$`"\\]/g, "\\$&")}"`;
  const byBackslash = () => (word === "" || word.includes("\n") ? bySingle() : word.replace(/[^A-Za-z0-9]/gs, "\\$&"));
  return random.pick([bySingle, byDouble, byBackslash])();
}

property("words that were quoted are the same words again", 3000, (random) => {
  const words = random.list(5, () => random.text(awkward, 6));
  const line = words.map((word) => quoted(random, word)).join(random.text([" ", "\t", "\n"], 2) + " ");
  expect(splitWords(line)).toEqual(words);
  expect(splitWords(joinWords(words))).toEqual(words);
});

property("any command line is split or refused with a typed error, and its words survive being quoted", 3000, (random) => {
  const line = random.once(2) ? random.text([..."ab '\"\\\n\t$`"], 12) : random.text(awkward, 20);
  const { value: words } = typed(() => splitWords(line));
  if (words === null) {
    expect(line).toMatch(/['"\\]/);
    return;
  }
  expect(splitWords(words.map((word) => quoted(random, word)).join(" "))).toEqual(words);
  // Nothing is expanded: every character of a word stood in the line. (Halves of a pair may meet only in the word.)
  expect(words.join("").split("").filter((unit) => !line.includes(unit))).toEqual([]);
});

property("a template is refused with a sentence, or it fills in with nothing of its braces left", 3000, (random) => {
  const template = random.text(["{", "}", "{{", "}}", "{source}", "{memory_mb-64}", "{time_s}", "{mainclass", "source}", "a", " ", "-", ...inherited.map((name) => `{${name}}`)], 6);
  const parts = parseTemplate(template, stepPlaceholders);
  if (typeof parts === "string") {
    expect(parts).toMatch(/single|placeholder|subtracted/);
    return;
  }
  const text = parts.map((part) => (part.kind === "text" ? part.text : "V")).join("");
  expect(expandTemplate(template, stepPlaceholders, () => "V")).toBe(text);
  const printed = parts.map((part) => (part.kind === "text" ? part.text.replace(/[{}]/g, "$&$&") : `{${part.name}${part.minus === 0 ? "" : `-${part.minus}`}}`)).join("");
  expect(parseTemplate(printed, stepPlaceholders)).toEqual(parts);
});
