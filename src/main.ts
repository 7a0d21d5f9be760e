/**
 * The entry of the binary. Nothing is imported before it is known what for. Whatever goes wrong from here on ends with a code of ours:
 * the runtime would end with 1, which says that a program ran and failed.
 */
import type { exitCodes } from "./model/errors.ts";

/** Not imported: the file of the codes may be what cannot be loaded. */
const internalError: (typeof exitCodes)["internalError"] = 5;

/** For what nobody has caught; hardly ever loaded. */
function end(error: unknown): never {
  let code: number = internalError;
  try {
    // require and not import: nothing else may come in between and end with another code.
    code = (require("./cli/fatal.ts") as typeof import("./cli/fatal.ts")).tellFatal(error);
  } finally {
    // The only code of isolate for what is no program's fault.
    process.exit(isIsolate() ? 2 : code);
  }
}

process.on("uncaughtException", end);
process.on("unhandledRejection", end);

/** The names of ioi/isolate and of its two helpers, each with a command line of its own. */
const namesOfIsolate: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = {
  isolate: async (argv) => await (await import("./compat/main.ts")).runIsolate(argv, process.argv0),
  // What it would set, doctor says.
  "isolate-check-environment": async () => await (await import("./cli/index.ts")).runCommandLine(["doctor"]),
  "isolate-cg-keeper": async () => (await import("./compat/cg-keeper.ts")).answerForCgKeeper(),
};

/** What we are by the name that we were called by; most often nothing but ourselves. */
function calledAs(name = process.argv0): ((argv: readonly string[]) => Promise<number>) | undefined {
  const last = name.slice(name.lastIndexOf("/") + 1);
  return last.startsWith("isolate") ? namesOfIsolate[last] : undefined;
}

function isIsolate(): boolean {
  return process.argv[2] === "isolate" || calledAs() !== undefined;
}

/** Whether it is worth to look for a short answer. */
function mayBeShort(argv: readonly string[]): boolean {
  if (argv.length > 3) return false;
  const last = argv.at(-1);
  return last === "--version" || last === "--help" || last === "-h" || argv[0] === "help";
}

try {
  const argv = process.argv.slice(2);
  if (process.platform !== "linux") {
    const { writeDiagnostic } = await import("./cli/write.ts");
    const { exitCodes } = await import("./model/errors.ts");
    writeDiagnostic(`mini-isolate: this program needs Linux (namespaces, cgroups); this is ${process.platform}\n`);
    process.exitCode = exitCodes.usage;
  } else if (calledAs() !== undefined) process.exitCode = await calledAs()!(argv);
  // A process of the service, for its programs.
  else if (argv[0] === ".slot") process.exitCode = await (await import("./serve/work/slot-process.ts")).runSlotProcess();
  else if (argv[0] === "isolate") process.exitCode = await (await import("./compat/main.ts")).runIsolate(argv.slice(1), "isolate");
  else if (!mayBeShort(argv) || !(await (await import("./cli/short-answer.ts")).answerShortly(argv))) {
    const { runCommandLine, signalOf } = await import("./cli/index.ts");
    const code = await runCommandLine(argv);
    const signal = signalOf(code);
    if (signal !== null) (await import("./kernel/death.ts")).dieBySignal(signal);
    process.exitCode = code;
  }
} catch (error) {
  end(error);
}
