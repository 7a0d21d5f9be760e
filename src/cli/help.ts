/** Help pages, made from the registry of flags. Only the build does that (help-texts.ts), so no command loads this. */
import { limits } from "../model/limits.ts";
import { bytesPerMebibyte } from "../model/units.ts";
import { commands, flagOf, flagsOf, type CommandName, type FlagDefinition, type FlagName } from "./flags.ts";
import { examples } from "./help/examples.ts";
import { doctorCodeRows, exitCodeRows } from "./help/exit-codes.ts";
import { flagGroups, otherFlags } from "./help/groups.ts";
import { renderPage, type Block, type Page } from "./help/page.ts";
import { topics } from "./help/topics.ts";
import { verbsOf, type VerbHelp } from "./help/verbs.ts";
import { rangeOf, unlimitedWord } from "./values.ts";
import { defaultWidth } from "./wrap.ts";

const units: Partial<Record<FlagDefinition["kind"], string>> = { seconds: "seconds, fractions allowed", mebibytes: "MB", count: "a whole number" };

/** What a flag does, its unit and whether it can be lifted: one line. */
export function describeFlag(definition: FlagDefinition): string {
  const what = definition.help ?? limits[definition.limit!].description;
  const notes = [units[definition.kind], rangeOf(definition)?.canBeUnlimited ? `or ${unlimitedWord}` : undefined];
  const unit = notes.filter((note) => note !== undefined).join(", ");
  return unit === "" ? what : `${what}; ${unit}`;
}

/** The default of a flag in words, in the unit that it is written in; null when there is none. */
export function defaultOf(definition: FlagDefinition): string | null {
  if (definition.default !== undefined) return definition.default;
  if (definition.limit === undefined || definition.help !== undefined) return null;
  const value = limits[definition.limit].default;
  if (value === null) return unlimitedWord;
  return String(definition.kind === "mebibytes" ? value / bytesPerMebibyte : value);
}

/** Where the descriptions of flags begin. */
const flagColumn = 26;

/** The default as a help text has it: a limit of a box is followed by that of a temporary one. */
function shownDefault(definition: FlagDefinition): string | null {
  const { help, limit, default: said } = definition;
  const ofNewBox = help === undefined || limit === undefined ? null : defaultOf({ ...(definition.hint === undefined ? {} : { hint: definition.hint }), kind: definition.kind, limit });
  if (said === undefined) return ofNewBox ?? defaultOf(definition);
  return said === "that of the box" && ofNewBox !== null ? `${said}; of a temporary one ${ofNewBox}` : said;
}

function flagRow(command: CommandName, name: FlagName): readonly [string, string] {
  const definition = flagOf(command, name);
  const value = definition.kind === "switch" ? null : shownDefault(definition);
  const about = describeFlag(definition);
  return [definition.kind === "switch" ? `--${name}` : `--${name} ${definition.hint}`, value === null ? about : `${about} (default: ${value})`];
}

/** In groups where there are many. */
function flagBlocks(command: CommandName, names: readonly FlagName[]): Block[] {
  if (names.length === 0) return [];
  const table = (title: string, those: readonly FlagName[]): Block[] => (
    those.length === 0 ? [] : [{ title }, { rows: those.map((name) => flagRow(command, name)), column: flagColumn }]
  );
  if (names.length <= 9) return table("FLAGS", names);
  const grouped = flagGroups.map(([title, members]) => [title, members.filter((name) => names.includes(name))] as const);
  const rest = names.filter((name) => !grouped.some(([, members]) => members.includes(name)));
  return [...grouped.flatMap(([title, members]) => table(title, members)), ...table(otherFlags, rest)];
}

function exampleBlocks(name: string): Block[] {
  const lines = examples[name];
  return lines === undefined ? [] : [{ title: "EXAMPLES" }, { lines }];
}

const operandsOf: Partial<Record<CommandName, string>> = { judge: " SOLUTION... TESTS | PROBLEM [SUBMISSION...]", isolate: " ...", completions: " bash|zsh|fish" };

function commandPage(name: CommandName): Page {
  const { operands, summary } = commands[name];
  const verbs = verbsOf[name];
  const usage = operands === "program" ? " [--] PROGRAM [ARGS...]" : operands === "source" ? " [--] SOURCE [ARGS...]" : verbs === undefined ? (operandsOf[name] ?? "") : ` ${name === "keeper" ? "[VERB]" : "VERB"} ...`;
  const about: Block[] = operands === "program"
    ? [{ text: "" }, { text: "Everything after PROGRAM belongs to the program. A single argument with blanks is split into words." }]
    : operands === "source" ? [{ text: "" }, { text: "SOURCE is the source file, or - for standard input (with --language). Everything after it belongs to the program. With --source FILE, arguments of the program follow --." }] : [];
  const codes = name === "doctor" ? doctorCodeRows : name === "run" || name === "execute" ? exitCodeRows : null;
  return [
    { text: summary }, { text: "" }, { text: `Usage: mini-isolate ${name}${flagsOf(name).length === 0 ? "" : " [FLAGS]"}${usage}` }, ...about,
    ...(verbs === undefined ? [] : [{ title: "VERBS" }, { rows: Object.entries(verbs).map(([verb, { words, summary }]) => [`${verb} ${words}`.trimEnd(), summary] as const), column: 20 }]),
    ...flagBlocks(name, flagsOf(name)),
    ...exampleBlocks(name),
    ...(codes === null ? [] : [{ title: "EXIT CODES" }, { rows: codes, column: 6 }]),
  ];
}

function verbPage(command: CommandName, verb: string, { words, summary, flags }: VerbHelp): Page {
  return [
    { text: summary }, { text: "" }, { text: `Usage: mini-isolate ${command} ${verb}${flags.length === 0 ? "" : " [FLAGS]"} ${words}`.trimEnd() },
    ...flagBlocks(command, flags), ...exampleBlocks(`${command} ${verb}`),
  ];
}

function rootPage(): Page {
  return [
    { text: "mini-isolate runs untrusted programs under limits and says truthfully what happened" }, { text: "" }, { text: "Usage: mini-isolate COMMAND [FLAGS] ..." },
    { title: "COMMANDS" }, { rows: Object.entries(commands).map(([name, { summary }]) => [name, summary] as const), column: 14 },
    { title: "TOPICS" }, { rows: Object.entries(topics).map(([name, { summary }]) => [name, summary] as const), column: 14 },
    { title: "FLAGS" }, { rows: [["-h, --help", "show this help; after a command or a verb, its own"], ["--version", "show version and commit"]], column: 14 },
    ...exampleBlocks(""),
    { title: "EXIT CODES" }, { rows: exitCodeRows, column: 6 },
    { text: "" }, { text: "mini-isolate help COMMAND|TOPIC says more." },
  ];
}

/** Every page: of the whole under the empty name, of commands, of verbs (`languages list`) and of topics. */
export function helpPages(): Readonly<Record<string, Page>> {
  const names = Object.keys(commands) as CommandName[];
  return {
    "": rootPage(),
    ...Object.fromEntries(Object.entries(topics).map(([name, { page }]) => [name, page])),
    ...Object.fromEntries(names.map((name) => [name, commandPage(name)])),
    ...Object.fromEntries(names.flatMap((name) => Object.entries(verbsOf[name] ?? {}).map(([verb, help]) => [`${name} ${verb}`, verbPage(name, verb, help)] as const))),
  };
}

/** The help text of a page, or of the whole when `name` is null; plain text, ends with a line feed. @param stateDir the one in force; null: in words */
export function renderHelp(name: string | null, width = defaultWidth, stateDir: string | null = null): string {
  return renderPage(helpPages()[name ?? ""]!, width, stateDir);
}
