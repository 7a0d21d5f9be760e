/** `languages list`: every language that a source may be in, and whether this host has what it needs. */
import { resolveStateDir } from "../../../config/load.ts";
import { configError, exitCodes, IsolateError } from "../../../model/errors.ts";
import { adviceAbout, describeToolchain, inPlace, probeToolchains, type ToolchainState } from "../../../pack-check/toolchain.ts";
import { type LanguageInForce, languagesInForce } from "../../../language/in-force.ts";
import type { Adjustment, Language } from "../../../language/language.ts";
import { joinWords } from "../../../language/words.ts";
import { escapeControls } from "../../write.ts";
import { jsonDocument, printText } from "../../output.ts";
import { fitColumns } from "../../table.ts";
import { outputWidth } from "../../width.ts";
import { defaultWidth } from "../../wrap.ts";
import { warnOf } from "../../warn.ts";
import { originName } from "./origin.ts";
import { showBytes, showSeconds } from "../../quantities.ts";
import { languagesOf, type LanguagesFlags, type LanguagesVerb } from "./verb.ts";

/** A language of the list; `state` is null when this host could not be asked. */
export interface ListedLanguage extends LanguageInForce {
  readonly state: ToolchainState | null;
}

export const listLanguages: LanguagesVerb = async (words, flags) => {
  if (words.length > 0) throw configError(`unexpected argument '${words[0]}' for languages list`);
  if (flags.json && flags.markdown) throw configError("--json and --markdown exclude each other");
  const { languages, problems } = await languagesOf(flags);
  await warnOf(problems);
  const choices = languagesInForce(languages);
  const here = inPlace(choices.map(({ language }) => language), languages);
  const inForce = choices.map((choice, index) => ({ ...choice, language: here[index]! }));
  const states = await probe(inForce.map(({ language }) => language), flags);
  const listed = inForce.map((entry): ListedLanguage => ({ ...entry, state: states?.get(entry.language) ?? null }));
  printText(flags.json ? jsonDocument(listed.map(describeListed)) : flags.markdown ? formatMarkdown(listed) : formatList(listed, outputWidth()));
  return exitCodes.success;
};

/** The list is of use where no box can be made, too. */
async function probe(languages: readonly Language[], flags: LanguagesFlags): Promise<ReadonlyMap<Language, ToolchainState> | null> {
  try {
    return await probeToolchains(languages, { stateDir: resolveStateDir(flags["state-dir"]) });
  } catch (error) {
    if (!(error instanceof IsolateError)) throw error;
    await warnOf([`cannot ask for versions: ${error.message}`]);
    return null;
  }
}

export function formatList(listed: readonly ListedLanguage[], width = defaultWidth): string {
  const rows = listed.map(({ language: { id, name, origin }, extensions, state }) => [id, name, extensions.join(" "), versionText(state), originName(origin)]);
  const advice = listed.flatMap(({ language: { id }, state }) => {
    // That something has to be installed is said already.
    const text = state?.kind === "outside" || (state?.kind === "missing" && state.elsewhere !== null) ? adviceAbout(state) : null;
    return text === null ? [] : [`${id}: ${escapeControls(text)}\n`];
  });
  return fitColumns([["ID", "NAME", "EXTENSIONS", "VERSION", "ORIGIN"], ...rows], width) + (advice.length === 0 ? "" : `\n${advice.join("")}`);
}

function versionText(state: ToolchainState | null): string {
  return state === null ? "not known" : describeToolchain(state);
}

/** For `--json`; commands are templates, times in seconds, sizes in bytes. */
export function describeListed({ language, extensions, state }: ListedLanguage) {
  const { id, name, aliases, shebang, priority, origin, layer, compile, run, time, memory, toolchain, tests } = language;
  return {
    id, name, aliases, extensions, shebang, priority, origin, layer,
    compile: compile && { command: compile.command, limits: limitsOf(compile.limits) },
    run: { command: run.command, limits: limitsOf(run.limits), needs: { processes: run.needs.processes, memory: run.needs.memoryBytes } },
    time,
    memory,
    toolchain: { command: toolchain?.command ?? null, minimum: toolchain?.minimum ?? null, ...describeState(state) },
    tests: tests.length,
  };
}

/** Under the names of the pack format. */
function limitsOf(limits: Partial<Record<keyof typeof limitNames, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(limits).map(([name, value]) => [limitNames[name as keyof typeof limitNames], value]));
}

const limitNames = {
  cpuTimeSeconds: "time", wallTimeSeconds: "wall_time", memoryBytes: "memory", processes: "processes", fileSizeBytes: "file_size", stackBytes: "stack", outputBytes: "output",
} as const;

/** A toolchain in JSON; null: it could not be asked. */
export function describeState(state: ToolchainState | null) {
  const none = { state: null, version: null, too_old: false, built_in: false, program: null, elsewhere: null, host_path: null, mount: null, reason: null };
  switch (state?.kind) {
    case undefined: return none;
    case "found": return { ...none, state: state.kind, version: state.version, too_old: state.tooOld, built_in: state.builtIn === true };
    case "missing": return { ...none, state: state.kind, program: state.program, elsewhere: state.elsewhere };
    case "outside": return { ...none, state: state.kind, program: state.program, host_path: state.hostPath, mount: state.mount };
    case "failed": return { ...none, state: state.kind, reason: state.reason };
  }
}

/** The table for the page of a contest. */
export function formatMarkdown(listed: readonly ListedLanguage[]): string {
  const rows = listed.map(({ language, extensions, state }) => [
    plain(language.name), plain(publicVersion(state)), extensions.map(code).join(" "), language.compile === null ? "" : code(joinWords(language.compile.command)),
    code(joinWords(language.run.command)), plain(limitsText(language)),
  ]);
  const head = ["Language", "Version", "Extensions", "Compile", "Run", "Limits"];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

/** Nobody outside has to know what is installed where. */
function publicVersion(state: ToolchainState | null): string {
  if (state === null || (state.kind === "found" && state.version === null)) return "";
  return state.kind === "found" ? describeToolchain(state) : "not installed";
}

/** `time x 2 + 0.5 s, memory at least 80 MB` */
function limitsText({ compile, run, time, memory }: Language): string {
  const { limits, needs } = run;
  const scaled = (name: string, fixed: number | undefined, adjustment: Adjustment | null, show: (value: number) => string) => {
    const { factor, add } = adjustment ?? { factor: 1, add: 0 };
    if (fixed !== undefined) return [`${name} ${show(fixed * factor + add)}`];
    return factor === 1 && add === 0 ? [] : [`${name}${factor === 1 ? "" : ` x ${factor}`}${add === 0 ? "" : ` + ${show(add)}`}`];
  };
  return [
    ...scaled("time", limits.cpuTimeSeconds, time, showSeconds),
    ...scaled("memory", limits.memoryBytes, memory, showBytes),
    ...(needs.memoryBytes === 0 ? [] : [`memory at least ${showBytes(needs.memoryBytes)}`]),
    ...(limits.stackBytes === undefined ? [] : [`stack ${showBytes(limits.stackBytes)}`]),
    ...(compile === null ? [] : [`compile time ${showSeconds(compile.limits.cpuTimeSeconds)}`]),
  ].join(", ");
}

/** One line, and no bar that would end the cell. */
function cell(text: string): string {
  return escapeControls(text).replace(/[\n\t]/g, " ").trim().replaceAll("|", "\\|");
}

/** Text that is nothing but text in Markdown and in the HTML that is made from it. */
function plain(text: string): string {
  return cell(text.replace(/[\\`*_[\]<>&]/g, (character) => (character === "<" ? "&lt;" : character === ">" ? "&gt;" : character === "&" ? "&amp;" : `\\${character}`)));
}

function code(text: string): string {
  return text.includes("`") ? `\`\` ${cell(text)} \`\`` : `\`${cell(text)}\``;
}
