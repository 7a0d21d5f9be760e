/** `languages test`: every language's own programs, run in boxes and compared with what its pack says. */
import { resolveStateDir } from "../../../config/load.ts";
import { exitCodes, IsolateError } from "../../../model/errors.ts";
import { SignalInbox, stoppingSignals } from "../../../executor/watch/signals.ts";
import { runPackTest } from "../../../pack-check/pack-tests.ts";
import { inPlace, probeToolchains, type ToolchainState } from "../../../pack-check/toolchain.ts";
import { isTerminal } from "../../../kernel/files.ts";
import { languagesInForce } from "../../../language/in-force.ts";
import type { Language } from "../../../language/language.ts";
import { escapeControls, writeDiagnostic } from "../../write.ts";
import { jsonDocument, printText } from "../../output.ts";
import { warnOf } from "../../warn.ts";
import { widthForReader } from "../../width.ts";
import { describeReport, formatReport, isUsable, type LanguageReport } from "./test-report.ts";
import { languagesNamed, type LanguagesVerb } from "./verb.ts";

export const testLanguages: LanguagesVerb = async (words, flags) => {
  const { languages, problems, named } = await languagesNamed(words, flags);
  await warnOf(problems);
  const chosen = inPlace(words.length > 0 ? [...new Set(named.flatMap(({ languages }) => languages))] : languagesInForce(languages).map(({ language }) => language), languages);
  const stateDir = resolveStateDir(flags["state-dir"]);
  const inbox = new SignalInbox(stoppingSignals);
  const progress = new Progress();
  try {
    progress.show("looking for compilers and runtimes");
    const toolchains = await probeToolchains(chosen, { stateDir });
    const reports: LanguageReport[] = [];
    for (const [index, language] of chosen.entries()) {
      reports.push(await testLanguage(language, toolchains.get(language)!, async (test, run) => {
        progress.show(`testing ${language.id} (${index + 1} of ${chosen.length})`, test);
        const outcome = await run();
        await stopIfAsked(inbox);
        return outcome;
      }));
    }
    progress.clear();
    printText(flags.json ? jsonDocument(describeReport(reports)) : formatReport(reports, widthForReader()));
    return exitCodeOf(reports, words.length > 0);
  } finally {
    progress.clear();
    inbox.close();
  }

  async function testLanguage(language: Language, toolchain: ToolchainState, step: <T>(test: string, run: () => Promise<T>) => Promise<T>): Promise<LanguageReport> {
    if (!isUsable(toolchain)) return { language, toolchain, outcomes: [] };
    const outcomes = [];
    for (const test of language.tests) outcomes.push(await step(test.name, () => runPackTest(language, test, { stateDir })));
    return { language, toolchain, outcomes };
  }
};

/** A language that was asked for and cannot be tested is not a success. */
function exitCodeOf(reports: readonly LanguageReport[], asked: boolean): number {
  if (reports.some(({ outcomes }) => outcomes.some(({ passed }) => !passed))) return exitCodes.programFailed;
  return asked && reports.some(({ toolchain }) => !isUsable(toolchain)) ? exitCodes.unavailable : exitCodes.success;
}

/** The run that a signal came into has ended and is cleaned up; nothing more is begun. @throws IsolateError */
async function stopIfAsked(inbox: SignalInbox): Promise<void> {
  // Only a turn of the event loop lets a handler run.
  await new Promise((resolve) => setImmediate(resolve));
  const [signal] = inbox.take();
  if (signal !== undefined) throw new IsolateError("Process", `stopped because mini-isolate received ${signal}`, { aboutHost: false });
}

/** What goes on, on standard error: one line that is rewritten on a terminal, otherwise a line for each language. */
class Progress {
  readonly #terminal = isTerminal(2);
  #last = "";

  show(what: string, detail?: string): void {
    if (this.#terminal) {
      writeDiagnostic(`\r\x1b[K${escapeControls(detail === undefined ? what : `${what}: ${detail}`).slice(0, 79)}`);
    } else if (what !== this.#last) {
      writeDiagnostic(`${escapeControls(what)}\n`);
    }
    this.#last = what;
  }

  clear(): void {
    if (this.#terminal && this.#last !== "") writeDiagnostic("\r\x1b[K");
    this.#last = "";
  }
}
