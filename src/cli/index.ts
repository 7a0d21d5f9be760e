/** The root command: finds the command, hands it its checked arguments, turns errors into exit codes. */
import { areAsWritten } from "../kernel/own-arguments.ts";
import { bySignal } from "../model/ending.ts";
import { configError, exitCodes } from "../model/errors.ts";
import { signals } from "../kernel/os-numbers.ts";
import { raiseOwnFileSizeLimit } from "../kernel/process.ts";
import { servedNow } from "../keeper/served.ts";
import { writeDiagnostic } from "./write.ts";
import { parseArguments, type Arguments } from "./args.ts";
import { commands, type CommandName } from "./flags.ts";
import { nearest } from "../model/nearest.ts";
import { printText } from "./output.ts";
import { reportError } from "./report.ts";
import { isUnread } from "./unread.ts";

/** `isolate` has a command line of its own. */
type OwnCommand = Exclude<CommandName, "isolate">;

/** For whoever ends the process. */
export { signalOf } from "../model/ending.ts";

/** Each command's code is loaded when it is asked for. The number is the exit code. */
const runners: { readonly [C in OwnCommand]: (args: Arguments<C>, argv: readonly string[]) => Promise<number> } = {
  init: async (args) => (await import("./commands/init.ts")).init(args),
  run: async (args) => (await import("./commands/run.ts")).run(args),
  execute: async (args, argv) => (await import("./commands/execute.ts")).execute(args, argv),
  batch: async (args) => (await import("./commands/batch.ts")).batch(args),
  judge: async (args) => (await import("./commands/judge.ts")).judge(args),
  serve: async (args) => (await import("./commands/serve.ts")).serve(args),
  worker: async (args) => (await import("./commands/worker.ts")).worker(args),
  list: async (args) => (await import("./commands/list.ts")).list(args),
  info: async (args) => (await import("./commands/info.ts")).info(args),
  cleanup: async (args) => (await import("./commands/cleanup.ts")).cleanup(args),
  languages: async (args) => (await import("./commands/languages.ts")).languages(args),
  keeper: async (args) => (await import("./commands/keeper.ts")).keeper(args, runCommandLine),
  client: async (args) => (await import("./commands/client.ts")).client(args),
  doctor: async (args) => (await import("./commands/doctor.ts")).doctor(args),
  completions: async (args) => (await import("./commands/completions.ts")).completions(args),
  man: async () => (await import("./commands/man.ts")).man(),
  seccomp: async (args) => (await import("./commands/seccomp.ts")).seccomp(args),
};

/**
 * One call of the program. Never throws: every error has become a message on standard error, and a document where one was asked for.
 * @param argv the arguments without the program itself
 * @returns the exit code, or what {@link bySignal} has
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  try {
    raiseOwnFileSizeLimit();
    if (!areAsWritten(argv)) throw configError("cannot use arguments that are not UTF-8");
    return await dispatch(argv);
  } catch (error) {
    // As with any other program that writes into a closed pipe.
    if (isUnread()) return bySignal(signals.SIGPIPE);
    const code = reportError(error);
    if (argv.some((argument) => argument.startsWith("--json"))) (await import("./error-document.ts")).printErrorDocument(argv, error);
    return code;
  }
}

async function dispatch([word, ...rest]: readonly string[]): Promise<number> {
  if (word === undefined) {
    const { helpText } = await import("./short-answer.ts");
    writeDiagnostic(`mini-isolate: no command given\n\n${await helpText(null)}`);
    return exitCodes.usage;
  }
  if (word === "-h" || word === "--help") return await showHelp(null);
  if (word === "help") {
    const { isHelpPage } = await import("./short-answer.ts");
    const page = rest.join(" ");
    if (await isHelpPage(page)) return await showHelp(page);
    if (rest.length > 1 && !verbTakers.has(rest[0]!)) throw configError(`unexpected argument '${rest[1]}' for help`, "mini-isolate help COMMAND");
    const command = commandNamed(rest[0]!);
    throw configError(`unknown word '${rest[1]}' for ${command}`, `mini-isolate help ${command}`);
  }
  if (word === "--version") {
    const { versionLine } = await import("./short-answer.ts");
    printText(`${versionLine()}\n`);
    return exitCodes.success;
  }
  if (word === "isolate") return await runIsolateCommand(rest);
  return await runCommand(commandNamed(word) as OwnCommand, rest);
}

/** The binary itself comes here only for clients of a keeper (main.ts). */
async function runIsolateCommand(argv: readonly string[]): Promise<number> {
  const { runIsolate } = await import("../compat/main.ts");
  const served = servedNow();
  return await runIsolate(argv, "isolate", ...(served === null ? [] : [{ write: (fd: 1 | 2, bytes: Uint8Array) => served.write(fd, bytes), waiter: served.waiter, signals: served.signals }]));
}

async function runCommand<C extends OwnCommand>(name: C, argv: readonly string[]): Promise<number> {
  const args = parseArguments(name, argv);
  if (args === null) {
    const { isHelpPage } = await import("./short-answer.ts");
    const verb = commands[name].operands === "words" ? argv.find((word) => !word.startsWith("-")) : undefined;
    return await showHelp(verb !== undefined && (await isHelpPage(`${name} ${verb}`)) ? `${name} ${verb}` : name);
  }
  return await runners[name](args, argv);
}

/** Commands whose words have pages of their own. */
const verbTakers: ReadonlySet<string> = new Set(["languages", "seccomp", "keeper", "client"]);

async function showHelp(name: string | null): Promise<number> {
  const { helpText } = await import("./short-answer.ts");
  printText(await helpText(name));
  return exitCodes.success;
}

function commandNamed(word: string): CommandName {
  if (Object.hasOwn(commands, word)) return word as CommandName;
  const names = Object.keys(commands);
  if (word.startsWith("-")) {
    const { isolateHint } = require("./isolate-hints.ts") as typeof import("./isolate-hints.ts");
    throw configError(`unknown flag ${word}`, isolateHint(null, word, undefined) ?? "the command comes first: mini-isolate COMMAND [flags]");
  }
  const near = nearest(word, [...names, "help"]);
  throw configError(`unknown command '${word}'`, near === null ? `the commands are ${names.join(" ")}` : `did you mean ${near}?`);
}
